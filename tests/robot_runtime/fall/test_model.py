import hashlib
import io
import json
import pickle
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest

from robot_runtime.fall import FallError
from robot_runtime.fall.forest import LEAF, Forest
from robot_runtime.fall.model import MANIFEST, load, save, shipped

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = files("robot_runtime.fall") / "models"


@pytest.mark.parametrize("placement", ["wrist", "waist"])
def test_model_is_small_and_matches_its_checksum(placement: str) -> None:
    content = (FOLDER / f"{placement}.npz").read_bytes()
    entry = json.loads((FOLDER / MANIFEST).read_text())[placement]
    assert len(content) < 1_800_000
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert shipped(placement).version == entry["version"]


@pytest.mark.parametrize("placement", ["wrist", "waist"])
def test_model_survives_a_round_trip(placement: str, tmp_path: Path) -> None:
    model = shipped(placement)
    again = load(save(model, tmp_path).read_bytes())
    row = np.random.default_rng(0).normal(size=1000)
    assert again.thresholds == model.thresholds
    assert [again.odds(k, row) for k in range(6)] == [model.odds(k, row) for k in range(6)]


def test_pickled_arrays_are_refused() -> None:
    file = io.BytesIO()
    np.savez(file, about=np.array([{"format": 1}], dtype=object))
    with pytest.raises(FallError, match="no fall model"):
        load(file.getvalue())


def test_pickle_is_refused() -> None:
    with pytest.raises(FallError, match="no fall model"):
        load(pickle.dumps({"format": 1}))


def test_model_of_another_format_is_refused_with_what_to_do() -> None:
    file = io.BytesIO()
    np.savez(file, about=np.frombuffer(json.dumps({"format": 0, "looks_s": []}).encode(), np.uint8))
    with pytest.raises(FallError, match="train it again"):
        load(file.getvalue())


def test_forest_scores_one_row_as_it_scores_many() -> None:
    # One split: a row goes to 0.25 where its first number is at most 1, else to 0.75; and a lone leaf of 0.5.
    forest = Forest(
        roots=np.array([0, 3], np.int32),
        feature=np.array([0, LEAF, LEAF, LEAF], np.uint8),
        number=np.array([1.0, 0.25, 0.75, 0.5], np.float16),
        right=np.array([2, 0, 0, 0], np.uint16),
        depth=1,
    )
    rows = np.array([[0.0], [1.0], [1.5]], np.float32)
    assert forest.scores(rows).tolist() == [0.375, 0.375, 0.625]
    assert [forest.score(row) for row in rows.astype(float)] == [0.375, 0.375, 0.625]


@pytest.mark.parametrize("placement", ["wrist", "waist"])
def test_one_look_is_judged_as_many_are(placement: str) -> None:
    rows = np.random.default_rng(1).normal(1.0, 2.0, size=(12, 1000)).astype(np.float32)
    for voters in shipped(placement).voters:
        one_by_one = [voters.score(row.astype(float)) for row in rows]
        assert one_by_one == pytest.approx(voters.scores(rows).tolist(), abs=1e-5)
