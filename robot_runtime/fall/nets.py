"""A third opinion: a few small neural networks over how a look's numbers rank among those seen in training.

A number is first told by its place among the training's (`LEVELS` normal quantiles), so that no scale matters
and nothing is ever out of range. Trees cut one number at a time; networks weigh all of them together.
"""

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.shapes import LINES

if TYPE_CHECKING:
    from robot_runtime.fall.history import Floats

type Singles = npt.NDArray[np.float32]

# Places a number is compared with: 0.6 % of the training's lie below the first, 50 % below the middle one.
FARTHEST, STEP = 2.5, 0.25
LEVELS = np.arange(-FARTHEST, FARTHEST + STEP / 2, STEP)
SHARES = np.array([NormalDist().cdf(level) for level in LEVELS.tolist()])
# Log-odds of one network are kept within this: none may outvote the others.
MOST_ODDS = 9.0
# Rows ranked at once, so that memory stays small.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Nets:
    """Networks of two hidden layers with rectified units, side by side.

    In a look's numbers the lines stand from `begin` to `end` (see `shapes`). `knots` (levels, numbers): what
    is compared with. `first` (numbers, nets x units), in steps of `first_step` (nets x units,), `first_bias`
    (the same), `second` (nets, units, units2), `second_bias` (nets, units2), `last` (nets, units2) and
    `last_bias` (nets,) are the weights.
    """

    knots: npt.NDArray[np.float16]
    first: npt.NDArray[np.int8]
    first_step: Singles
    first_bias: Singles
    second: npt.NDArray[np.float16]
    second_bias: Singles
    last: Singles
    last_bias: Singles
    begin: int
    end: int
    _first: Singles = field(init=False, repr=False, compare=False)
    _second: Singles = field(init=False, repr=False, compare=False)
    _knots: Singles = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first", self.first * self.first_step)
        object.__setattr__(self, "_second", self.second.astype(np.float32))
        object.__setattr__(self, "_knots", self.knots.astype(np.float32))

    def score(self, row: Floats) -> float:
        """Mean log-odds that it was a fall, from one look's numbers."""
        return float(self._odds(row[None].astype(np.float32))[0])

    def scores(self, rows: Singles) -> Floats:
        """The same for many rows, shape (n, numbers)."""
        odds: Floats = self._odds(rows).astype(np.float64)
        return odds

    def _odds(self, rows: Singles) -> Singles:
        nets, units, _ = self.second.shape
        ranked = ranks(seen(rows, self.begin, self.end), self._knots)
        hidden = np.maximum(ranked @ self._first + self.first_bias, 0).reshape(-1, nets, 1, units)
        hidden = np.maximum((hidden @ self._second)[:, :, 0] + self.second_bias, 0)
        odds = (hidden * self.last).sum(axis=2) + self.last_bias
        mean: Singles = np.clip(odds, -MOST_ODDS, MOST_ODDS).mean(axis=1)
        return mean


def seen(rows: Singles, begin: int, end: int) -> Singles:
    """What the networks look at: all numbers, of the lines the means of two steps."""
    lines = rows[:, begin:end].reshape(len(rows), LINES, (end - begin) // LINES)
    pairs = (lines[:, :, :-1:2] + lines[:, :, 1::2]) / 2
    return np.concatenate([rows[:, :begin], pairs.reshape(len(rows), LINES * pairs.shape[2])], axis=1)


def knots_of(rows: Singles) -> npt.NDArray[np.float16]:
    """What rows (as `seen`) are to be compared with, (levels, numbers), from the training's rows."""
    knots: npt.NDArray[np.float16] = np.quantile(rows, SHARES, axis=0).astype(np.float16)
    return knots


def ranks(rows: Singles, knots: Singles) -> Singles:
    """Each number's place among the training's, in standard deviations of a normal one, -2.625 to 2.625."""
    ranked = np.empty(rows.shape, np.float32)
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE, None]
        # A number that equals several knots stands in their middle.
        passed = np.count_nonzero(knots < some, axis=1) + np.count_nonzero(knots <= some, axis=1)
        ranked[at : at + AT_ONCE] = passed * np.float32(STEP / 2) - np.float32(FARTHEST + STEP / 2)
    return ranked
