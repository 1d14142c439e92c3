"""The sum over shapes for a single look: the same as for many, at a fifth of the price.

How much it counts to find a shape at a place is known beforehand, for each shape and place. So the
likenesses of all shapes go into one array, and one comparison and two products make the sum.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.fall.history import Floats

type Singles = npt.NDArray[np.float32]

BYTES = 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """The shapes of one stride side by side for each line, (lines, taps, most a line has); gaps are zeros."""

    stride: int
    which: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    kernels: Singles


@dataclass(frozen=True, slots=True)
class RowSum:
    """A row for each shape (and each gap beside the shapes of a stride), a column for each place.

    `counts` is what a shape counts where it is found, `highest` what its highest likeness is multiplied by;
    `nowhere` is what a likeness is where a stretched shape would stand over the edge.
    """

    plan: tuple[tuple[int, Singles, slice], ...]
    nowhere: Singles
    levels: Singles
    counts: Singles
    highest: Singles
    named: Singles
    offset: float

    def score(self, lines: Singles, named: Singles) -> float:
        """The sum, from lines of the shape (lines, steps), contiguous, and the named numbers."""
        alike = self.nowhere.copy()
        count, steps = lines.shape
        for stride, kernels, rows in self.plan:
            taps = kernels.shape[2]
            places = steps - (taps - 1) * stride
            apart = (BYTES * steps, BYTES * stride, BYTES)
            points = np.ndarray((count, taps, places), np.float32, lines, strides=apart)
            alike[rows, :places] = np.matmul(kernels, points).reshape(-1, places)
        found = (alike > self.levels).astype(np.float32)
        summed = np.dot(found.ravel(), self.counts) + np.dot(alike.max(axis=1), self.highest)
        return float(summed + np.dot(named, self.named)) + self.offset


def row_sum(stretches: Sequence[Stretch], levels: Singles, weights: Floats, steps: int) -> RowSum:
    """From shapes with their levels and weights (see `Shapes`), for lines of so many steps."""
    count, taps = len(levels), stretches[0].kernels.shape[1]
    anywhere, later, highest = weights[: 3 * count].reshape(3, count)
    rows = sum(one.kernels.shape[0] * one.kernels.shape[2] for one in stretches)
    wide = steps - (taps - 1) * min(one.stride for one in stretches)
    counts, limits, factors = np.zeros((rows, wide)), np.full(rows, np.inf), np.zeros(rows)
    plan, begin = [], 0
    for one in stretches:
        lines, _, most = one.kernels.shape
        at = begin + one.line * most + one.place
        places = steps - (taps - 1) * one.stride
        half = places // 2
        counts[at, :places] = anywhere[one.which, None] / places
        counts[at, half:places] += later[one.which, None] / (places - half)
        limits[at], factors[at] = levels[one.which], highest[one.which]
        kernels = np.ascontiguousarray(one.kernels.transpose(0, 2, 1))
        plan.append((one.stride, kernels, slice(begin, begin + lines * most)))
        begin += lines * most
    return RowSum(
        tuple(plan),
        np.full((rows, wide), -np.inf, np.float32),
        limits.astype(np.float32)[:, None],
        counts.astype(np.float32).ravel(),
        factors.astype(np.float32),
        weights[3 * count : -1].astype(np.float32),
        float(weights[-1]),
    )
