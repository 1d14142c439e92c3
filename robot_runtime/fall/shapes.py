"""A second opinion beside the forest: which short shapes stand in the seconds around an impact.

Four lines that no rotation of the sensor changes are searched for random short shapes, stretched in time.
How often each is found, and how clearly, is weighed in one sum (Dempster, Petitjean and Webb, *ROCKET*, 2020,
and *MiniRocket*, 2021). A sum over many small signs carries over to other wearables better than trees alone.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.features import NAMES
from robot_runtime.fall.history import total
from robot_runtime.fall.row_sum import RowSum, Singles, Stretch, row_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.outline import Outlined

LINES = 4
TAPS = 9
# A shape's nine points lie 1 to 9 grid steps (40 ms) apart.
FARTHEST = 9
# Of a look's numbers, the named ones (they come first) are weighed as well.
NAMED = len(NAMES)
# Rows searched at once, so that memory stays small.
AT_ONCE = 200
START, END = 25, 15


def lines(of: Outlined) -> Floats:
    """Log size, log jerk, cosine to the last and to the first posture: `LINES` after each other, flat."""
    last, first = total(of.vectors[-END:]), total(of.vectors[:START])
    return np.concatenate(
        [
            np.log(0.2 + of.sizes),
            np.log(0.03 + of.jerks),
            of.units @ (last / max(float(np.sqrt(last @ last)), 1e-6)),
            of.units @ (first / max(float(np.sqrt(first @ first)), 1e-6)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is searched for and how it weighs. In a look's numbers the lines stand from `begin` to `end`.

    `kernels` has the shape (shapes, taps); `strides` and `line` say how far each is stretched and
    where it is searched for; above its level, of `levels`, a shape counts as found. `weights` are for found
    anywhere, found in the later half, and highest likeness; then for the named numbers; the last is added.
    """

    kernels: Singles
    strides: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    levels: Singles
    weights: Singles
    begin: int
    end: int
    _plan: tuple[Stretch, ...] = field(init=False, repr=False, compare=False)
    _row_sum: RowSum = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_plan", tuple(self._stretches()))
        steps = (self.end - self.begin) // LINES
        summed = row_sum(self._plan, self.levels, self.weights.astype(np.float64), steps)
        object.__setattr__(self, "_row_sum", summed)

    def score(self, row: Floats) -> float:
        """Log-odds that it was a fall, from one look's numbers."""
        single = row.astype(np.float32)
        return self._row_sum.score(single[self.begin : self.end].reshape(LINES, -1), single[:NAMED])

    def scores(self, rows: Singles) -> Floats:
        """The same for many rows, shape (n, numbers)."""
        if not len(rows):
            return np.zeros(0)
        summed: Floats = self.signs(rows).astype(np.float64) @ self.weights[:-1] + float(self.weights[-1])
        return summed

    def signs(self, rows: Singles) -> Singles:
        """What is weighed, a row each."""
        return np.concatenate([self._signs(rows[at : at + AT_ONCE]) for at in range(0, len(rows), AT_ONCE)])

    def _signs(self, rows: Singles) -> Singles:
        count = len(self.kernels)
        signs = np.empty((len(rows), 3 * count + NAMED), np.float32)
        for one, alike in self.likeness(rows):
            levels = np.zeros(one.kernels.shape[::2], np.float32)
            levels[one.line, one.place] = self.levels[one.which]
            found = alike > levels[:, None, :]
            for k, each in enumerate((found, found[:, :, found.shape[2] // 2 :])):
                share = np.count_nonzero(each, axis=2) / np.float32(each.shape[2])
                signs[:, one.which + k * count] = share[:, one.line, one.place]
            signs[:, one.which + 2 * count] = alike.max(axis=2)[:, one.line, one.place]
        signs[:, 3 * count :] = rows[:, :NAMED]
        return signs

    def likeness(self, rows: Singles) -> Iterator[tuple[Stretch, Singles]]:
        """Per stride: how alike each place of a line is to each shape, (n, lines, places, shapes)."""
        each = rows[:, self.begin : self.end].reshape(len(rows), LINES, -1)
        for one in self._plan:
            yield one, each[:, :, _places(each.shape[2], one.stride)] @ one.kernels

    def _stretches(self) -> Iterator[Stretch]:
        for stride in np.unique(self.strides).tolist():
            which = np.flatnonzero(self.strides == stride)
            line = self.line[which]
            place = np.array([np.count_nonzero(line[:k] == line[k]) for k in range(len(which))])
            kernels = np.zeros((LINES, TAPS, int(place.max()) + 1), np.float32)
            kernels[line, :, place] = self.kernels[which]
            yield Stretch(stride, which, line, place, kernels)


@cache
def _places(steps: int, stride: int) -> npt.NDArray[np.int64]:
    starts = np.arange(steps - (TAPS - 1) * stride)
    return starts[:, None] + stride * np.arange(TAPS)
