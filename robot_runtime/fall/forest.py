"""Decision forests as plain arrays: loaded without pickle, evaluated by numpy, all trees side by side."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from robot_runtime.fall.history import Floats

# What stands in `feature` of a leaf.
LEAF = 255
# Hardly all trees end sooner than this many steps down; from there on it is asked at every so-manieth step.
FIRST_STEPS, ASK_EVERY = 9, 3


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as one list of nodes, five bytes each.

    A row goes to the next node where its `feature` is at most `number`, else `right` nodes on; a leaf's
    `number` is its value. `roots` are the trees' first nodes, `depth` the longest way down.
    """

    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.uint8]
    number: npt.NDArray[np.float16]
    right: npt.NDArray[np.uint16]
    depth: int
    _wide: npt.NDArray[np.float32] = field(init=False, repr=False, compare=False)
    _jump: npt.NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _look: npt.NDArray[np.intp] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        leaf = self.feature == LEAF
        object.__setattr__(self, "_wide", self.number.astype(np.float32))
        object.__setattr__(self, "_look", np.where(leaf, 0, self.feature).astype(np.intp))
        # Two ways on from each node, left at even and right at odd places; a leaf leads to itself.
        jump = np.zeros(2 * len(leaf), np.intp)
        here = np.arange(len(leaf))
        jump[0::2] = np.where(leaf, here, here + 1)
        jump[1::2] = np.where(leaf, here, here + self.right)
        object.__setattr__(self, "_jump", jump)

    def score(self, row: Floats) -> float:
        """Mean leaf value over the trees."""
        row = row.astype(np.float32)
        at = self.roots.astype(np.intp)
        for step in range(self.depth):
            further = self._jump.take(2 * at + (row.take(self._look.take(at)) > self._wide.take(at)))
            if step >= FIRST_STEPS and step % ASK_EVERY == 0 and (further == at).all():
                break
            at = further
        return float(self._wide.take(at).mean())

    def scores(self, rows: npt.NDArray[np.float32]) -> Floats:
        """The same for many rows, shape (n, features)."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        each = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            at = self._jump[2 * at + (rows[each, self._look[at]] > self._wide[at])]
        mean: Floats = self._wide[at].mean(axis=1, dtype=np.float64)
        return mean
