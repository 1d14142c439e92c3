"""The trained model of one placement: voters, a calibration and a threshold for each look."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.event import FallError
from robot_runtime.fall.forest import Forest
from robot_runtime.fall.nets import Nets
from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.policy import Thresholds
from robot_runtime.fall.shapes import Shapes
from robot_runtime.fall.voters import Beside, Voters, log_odds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from robot_runtime.fall.history import Floats

# Changes with the meaning of the arrays or of a look's numbers: an older file is refused, not misread.
FORMAT = 4
TREES = ("roots", "feature", "number", "right")
SHAPES = ("kernels", "strides", "line", "levels", "weights")
NETS = (
    "knots", "first", "first_step", "first_bias", "second", "second_bias", "last", "last_bias",
)  # fmt: skip
MANIFEST = "manifest.json"
# A look alone is noisy: its log-odds are averaged with the look before it, and with all before help comes
# unasked.
AGREEING, ALL_AGREEING = 2, len(LOOKS_S)


@dataclass(frozen=True, slots=True)
class Model:
    """`calibration` holds slope and offset of the logistic that makes the voters' score a probability."""

    placement: str
    version: str
    voters: tuple[Voters, ...]
    calibration: tuple[tuple[float, float], ...]
    thresholds: Thresholds

    def odds(self, number: int, values: Floats) -> float:
        """Calibrated log-odds that the hit was a fall, from the numbers of look `number`."""
        slope, offset = self.calibration[number]
        return slope * log_odds(self.voters[number].score(values)) + offset


def probability(odds: Sequence[float], agreeing: int = AGREEING) -> float:
    """From the log-odds of a hit's looks so far: the newest `agreeing` of them count alike."""
    newest = odds[-agreeing:]
    return 1 / (1 + exp(-sum(newest) / len(newest)))


def save(model: Model, folder: Path) -> Path:
    """Write `<placement>.npz` and enter it with its checksum in the manifest; returns the file's path."""
    about = {
        "format": FORMAT,
        "placement": model.placement,
        "version": model.version,
        "looks_s": LOOKS_S,
        "calibration": model.calibration,
        "thresholds": asdict(model.thresholds),
    }
    arrays = arrays_of(model.voters)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.placement}.npz"
    told = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez_compressed(path, allow_pickle=False, about=told, **arrays)
    manifest = folder / MANIFEST
    entries = json.loads(manifest.read_text()) if manifest.is_file() else {}
    entries[model.placement] = {
        "version": model.version,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    manifest.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n")
    return path


@cache
def shipped(placement: str) -> Model:
    """The model that comes with the robot; FallError when its file is damaged or missing."""
    folder = files("robot_runtime.fall") / "models"
    entries = json.loads((folder / MANIFEST).read_text())
    if placement not in entries:
        raise FallError(f"no fall model for {placement!r}: there is one for {', '.join(sorted(entries))}")
    content = (folder / f"{placement}.npz").read_bytes()
    if hashlib.sha256(content).hexdigest() != entries[placement]["sha256"]:
        raise FallError(
            f"the fall model {placement}.npz is damaged (checksum differs): reinstall the robot's software"
        )
    return load(content)


def load(content: bytes) -> Model:
    """A model from the bytes of its file. Nothing in it is executed: arrays and JSON only."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            arrays = {name: kept[name] for name in kept.files if name != "about"}
    except (ValueError, KeyError, OSError) as error:
        raise FallError(f"this is no fall model: {error}") from error
    if about["format"] != FORMAT or tuple(about["looks_s"]) != LOOKS_S:
        raise FallError(
            "the fall model is of another version than the software: train it again (seogu-robot train-falls)"
        )
    voters = voters_of(arrays)
    limits = dict(about["thresholds"])
    for name in ("suspect", "suspect_soft"):
        limits[name] = tuple(limits[name])
    calibration = tuple((slope, offset) for slope, offset in about["calibration"])
    return Model(about["placement"], about["version"], voters, calibration, Thresholds(**limits))


def arrays_of(voters: Sequence[Voters]) -> dict[str, np.ndarray]:
    """Voters as named arrays."""
    arrays = {"depths": np.array([each.forest.depth for each in voters])}
    for k, each in enumerate(voters):
        arrays |= {f"{name}_{k}": getattr(each.forest, name) for name in TREES}
        if each.beside is not None:
            shapes, nets = each.beside.shapes, each.beside.nets
            arrays |= {f"{name}_{k}": getattr(shapes, name) for name in SHAPES}
            arrays[f"span_{k}"] = np.array([shapes.begin, shapes.end])
            arrays |= {f"{name}_{k}": getattr(nets, name) for name in NETS}
    return arrays


def voters_of(arrays: Mapping[str, np.ndarray]) -> tuple[Voters, ...]:
    """Voters out of named arrays."""
    found = []
    for k, depth in enumerate(arrays["depths"].tolist()):
        forest = Forest(**{name: arrays[f"{name}_{k}"] for name in TREES}, depth=depth)
        beside = None
        if f"span_{k}" in arrays:
            begin, end = arrays[f"span_{k}"].tolist()
            shapes = Shapes(**{name: arrays[f"{name}_{k}"] for name in SHAPES}, begin=begin, end=end)
            beside = Beside(
                shapes, Nets(**{name: arrays[f"{name}_{k}"] for name in NETS}, begin=begin, end=end)
            )
        found.append(Voters(forest, beside))
    return tuple(found)
