"""A second opinion beside the forest: which short shapes stand in the seconds around an impact.

Four lines that no rotation of the sensor changes are searched for random short shapes, stretched in time.
How often each is found, and how clearly, is weighed in one sum (Dempster, Petitjean and Webb, *ROCKET*, 2020,
and *MiniRocket*, 2021). A sum over many small signs carries over to other wearables better than trees alone.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.features import NAMES
from robot_runtime.fall.outline import padded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robot_runtime.fall.features import Window
    from robot_runtime.fall.history import Floats

type Singles = npt.NDArray[np.float32]

LINES = 4
TAPS = 9
# A shape's nine points lie 1 to 9 grid steps (40 ms) apart.
FARTHEST = 9
# Of a look's numbers, the named ones (they come first) are weighed as well.
NAMED = len(NAMES)
# Rows searched at once, so that memory stays small.
AT_ONCE = 200
START, END = 25, 15


def lines(window: Window, after_s: float) -> Floats:
    """Log size, log jerk, cosine to the last and to the first posture: `LINES` after each other, flat.

    As many steps as the outline has, 2.48 s before the impact and `after_s` after it.
    """
    v = padded(window, after_s)
    sizes = np.sqrt((v * v).sum(axis=1))
    steps = np.diff(v, axis=0)
    jerks = np.sqrt((steps * steps).sum(axis=1))
    units = v / np.maximum(sizes, 1e-6)[:, None]
    last, first = v[-END:].sum(axis=0), v[:START].sum(axis=0)
    return np.concatenate(
        [
            np.log(0.2 + sizes),
            np.log(0.03 + np.concatenate([jerks[:1], jerks])),
            units @ (last / max(float(np.sqrt(last @ last)), 1e-6)),
            units @ (first / max(float(np.sqrt(first @ first)), 1e-6)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is searched for and how it weighs. In a look's numbers the lines stand from `begin` to `end`.

    `kernels` has the shape (shapes, taps); `strides` (rising) and `line` say how far each is stretched and
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

    def score(self, row: Floats) -> float:
        """Log-odds that it was a fall, from one look's numbers."""
        return float(self.scores(row.astype(np.float32)[None])[0])

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
        anywhere, later, most = [], [], []
        for which, alike in self.likeness(rows):
            found = alike > self.levels[which][None, :, None]
            anywhere.append(found.mean(axis=2))
            later.append(found[:, :, found.shape[2] // 2 :].mean(axis=2))
            most.append(alike.max(axis=2))
        named = rows[:, :NAMED]
        signs: Singles = np.concatenate([*anywhere, *later, *most, named], axis=1).astype(np.float32)
        return signs

    def likeness(self, rows: Singles) -> Iterator[tuple[slice, Singles]]:
        """Per stride: which shapes, and how alike each place is to each, shape (n, shapes, places)."""
        each = rows[:, self.begin : self.end].reshape(len(rows), LINES, -1)
        for stride in range(1, FARTHEST + 1):
            first, last = np.searchsorted(self.strides, (stride, stride + 1)).tolist()
            which = slice(first, last)
            if first < last:
                stretches = each[:, self.line[which]][:, :, _places(each.shape[2], stride)]
                yield which, (stretches @ self.kernels[which][:, :, None])[..., 0]


@cache
def _places(steps: int, stride: int) -> npt.NDArray[np.int64]:
    starts = np.arange(steps - (TAPS - 1) * stride)
    return starts[:, None] + stride * np.arange(TAPS)
