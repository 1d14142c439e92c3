"""Who judges the looks of one number: a forest, and beside it, where there is one, a sum over shapes."""

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from robot_runtime.fall.forest import Forest
    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.shapes import Shapes

# What the sum over shapes counts beside the forest, as log-odds.
SHAPES_COUNT = 0.5
SURE = 1e-4
# Where the forest sees less than this, no sum makes a suspicion of it: the shapes are not searched for.
WORTH_ASKING = 0.1


@dataclass(frozen=True, slots=True)
class Voters:
    """Score looks from 0 to 1; the weighted mean of the voters' log-odds decides."""

    forest: Forest
    shapes: Shapes | None = None

    def score(self, values: Floats) -> float:
        """Of one look's numbers."""
        score = self.forest.score(values)
        if self.shapes is None or score < WORTH_ASKING:
            return score
        odds = log_odds(score) + SHAPES_COUNT * self.shapes.score(values)
        return 1 / (1 + exp(-odds / (1 + SHAPES_COUNT)))

    def scores(self, rows: npt.NDArray[np.float32]) -> Floats:
        """The same for many rows, shape (n, numbers)."""
        scores = self.forest.scores(rows)
        if self.shapes is None:
            return scores
        asked = scores >= WORTH_ASKING
        kept = np.clip(scores[asked], SURE, 1 - SURE)
        odds = np.log(kept / (1 - kept)) + SHAPES_COUNT * self.shapes.scores(rows[asked])
        scores[asked] = 1 / (1 + np.exp(-odds / (1 + SHAPES_COUNT)))
        return scores


def log_odds(score: float) -> float:
    """Of a score in 0..1, kept finite."""
    score = min(1 - SURE, max(SURE, score))
    return log(score / (1 - score))
