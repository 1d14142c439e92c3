"""Who judges the looks of one number: a forest, at the wrist also a sum over shapes, and networks."""

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from robot_runtime.fall.forest import Forest
    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.nets import Nets
    from robot_runtime.fall.shapes import Shapes

# What the sum over shapes and the networks count beside the forest's one, as log-odds.
SHAPES_COUNT, NETS_COUNT = 0.5, 0.75
ALL_COUNT = 1 + SHAPES_COUNT + NETS_COUNT
SURE = 1e-4
# Where the forest sees less than this, nobody beside it makes a suspicion of it: they are not asked.
WORTH_ASKING = 0.1


@dataclass(frozen=True, slots=True)
class Beside:
    """Who judges a look beside the forest."""

    shapes: Shapes
    nets: Nets


@dataclass(frozen=True, slots=True)
class Voters:
    """Score looks from 0 to 1; the weighted mean of the voters' log-odds decides."""

    forest: Forest
    beside: Beside | None = None

    def score(self, values: Floats) -> float:
        """Of one look's numbers."""
        score = self.forest.score(values)
        if self.beside is None or score < WORTH_ASKING:
            return score
        shapes, nets = self.beside.shapes.score(values), self.beside.nets.score(values)
        odds = log_odds(score) + SHAPES_COUNT * shapes + NETS_COUNT * nets
        return 1 / (1 + exp(-odds / ALL_COUNT))

    def scores(self, rows: npt.NDArray[np.float32]) -> Floats:
        """The same for many rows, shape (n, numbers)."""
        scores = self.forest.scores(rows)
        if self.beside is None:
            return scores
        asked = scores >= WORTH_ASKING
        kept = np.clip(scores[asked], SURE, 1 - SURE)
        shapes, nets = self.beside.shapes.scores(rows[asked]), self.beside.nets.scores(rows[asked])
        odds = np.log(kept / (1 - kept)) + SHAPES_COUNT * shapes + NETS_COUNT * nets
        scores[asked] = 1 / (1 + np.exp(-odds / ALL_COUNT))
        return scores


def log_odds(score: float) -> float:
    """Of a score in 0..1, kept finite."""
    score = min(1 - SURE, max(SURE, score))
    return log(score / (1 - score))
