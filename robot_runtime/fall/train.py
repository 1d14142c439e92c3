"""Trains both models from the recordings: `seogu-robot train-falls --data ../shared/data`."""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from robot_runtime.fall.event import FallError
from robot_runtime.fall.model import Model, save
from robot_runtime.fall.policy import Thresholds
from robot_runtime.fall.training.choose import (
    SOFT_G,
    Budget,
    calibrate,
    certain_threshold,
    suspect_thresholds,
)
from robot_runtime.fall.training.recordings import DATASETS, read
from robot_runtime.fall.training.replay import replay
from robot_runtime.fall.training.scoring import Training, elected, rows_of
from robot_runtime.fall.training.variants import LENT_VARIANTS, WAIST_VARIANTS, WRIST_VARIANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.fall.training.choose import Scored

VERSIONS = {"wrist": "6", "waist": "4"}
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one placement's model is trained: variants, how it is judged, and what it may cost.

    `certain_step` is how much surer (log-odds) than the surest daily act, hard (`hard_g`) and then still
    (`still_g`) alike, a fall must be to raise an alarm without asking.
    `beside`: whether a sum over shapes and networks vote beside the forests. `lent`: the variants in which
    recordings of another placement are learnt from as well.
    """

    variants: tuple[str, ...]
    judged_on: tuple[str, ...]
    folds: int
    budget: Budget
    hard_g: float
    still_g: float
    certain_step: float
    beside: bool
    lent: tuple[str, ...] = ()


RECIPES = {
    "wrist": Recipe(
        WRIST_VARIANTS,
        ("as recorded", "slow"),
        6,
        Budget(0.985, free=False),
        3.0,
        0.3,
        1.5,
        True,
        LENT_VARIANTS,
    ),
    "waist": Recipe(WAIST_VARIANTS, ("as recorded",), 5, Budget(0.998), 2.5, 0.15, 1.5, False),
}


def train(
    data: Path, out: Path, cache: Path | None = None, placements: Sequence[str] = tuple(RECIPES)
) -> list[Path]:
    """Train and write the models; returns their files.

    Args:
        data: the folder with the datasets (`weda_fall`, `smartfallmm_watch`, `sisfall`).
        out: where the models and their manifest go.
        cache: a folder for what takes longest (looks of all recordings), or None to keep nothing.
        placements: which models.
    """
    return [save(train_one(data, placement, cache), out) for placement in placements]


def train_one(data: Path, placement: str, cache: Path | None) -> Model:
    """One model. Calibration and thresholds come from people the scoring forest never saw."""
    recipe = RECIPES[placement]
    recordings = {name: read(data, name) for name in DATASETS[placement]}
    tables = rows_of(data, placement, recipe.variants, recipe.lent, cache)
    parts = [(each, replay(each, kind, cache)) for each in recordings.values() for kind in recipe.judged_on]
    scored = Training(tables, recipe.beside, cache).by_person(parts, recipe.folds)
    calibration, thresholds = decide(scored, recipe)
    voters = elected(tables, cache, beside=recipe.beside)
    return Model(placement, VERSIONS[placement], voters, calibration, thresholds)


def decide(scored: Sequence[Scored], recipe: Recipe) -> tuple[tuple[tuple[float, float], ...], Thresholds]:
    """Calibration and thresholds from scores of people the scoring voters never saw."""
    calibration = calibrate(scored)
    hard, soft = suspect_thresholds(scored, calibration, recipe.budget)
    certain = certain_threshold(scored, calibration, (recipe.hard_g, recipe.still_g, recipe.certain_step))
    return calibration, Thresholds(hard, soft, SOFT_G, certain, recipe.hard_g, recipe.still_g)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when the models were written."""
    parser = argparse.ArgumentParser(prog="seogu-robot train-falls", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with the recordings"
    )
    parser.add_argument("--out", type=Path, default=HERE / "models", help="where the models go")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "seogu-falls", help="kept between runs"
    )
    parser.add_argument("--only", choices=sorted(RECIPES), help="train one placement's model only")
    given = parser.parse_args(arguments)
    try:
        paths = train(given.data, given.out, given.cache, [given.only] if given.only else tuple(RECIPES))
    except FallError as error:
        sys.stderr.write(f"train-falls: {error}\n")
        return 1
    for path in paths:
        sys.stdout.write(f"{path}: {path.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
