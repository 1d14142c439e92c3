"""How calm the seconds before and after an impact are, by their middle and their upper values.

One movement of the arm spoils a mean or a last stretch of stillness, but not the middle of all values.
"""

from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.history import GRID_HZ, Floats, total

if TYPE_CHECKING:
    from robot_runtime.fall.features import Window

# Seconds around the impact that belong to neither side.
APART_S = 0.4
LEAST = 3
HALF, MOST = 0.5, 0.9


def calm(window: Window) -> Floats:
    """Jerk before and after (g/s), |size - 1| after (g), middle and upper; ratio of jerks. Shape (7,)."""
    v, p, sizes = window.vectors, window.impact, window.sizes
    steps = v[1:] - v[:-1]
    jerks = np.sqrt(total(steps * steps, axis=1)) * GRID_HZ
    apart = round(APART_S * GRID_HZ)
    before, after = _ordered(jerks[: max(LEAST, p - apart)]), _ordered(jerks[p + apart :])
    off = _ordered(np.abs(sizes[p + apart :] - 1))
    middle_before, middle_after = _at(before, HALF), _at(after, HALF)
    return np.array(
        [
            middle_before,
            _at(before, MOST),
            middle_after,
            _at(after, MOST),
            _at(off, HALF),
            _at(off, MOST),
            middle_after / (0.2 + middle_before),
        ]
    )


def _ordered(values: Floats) -> Floats:
    ordered: Floats = np.sort(values)
    return ordered


def _at(ordered: Floats, share: float) -> float:
    """The value that `share` of them lie below; 0 where there is none."""
    return float(ordered[int(share * (len(ordered) - 1))]) if len(ordered) else 0.0
