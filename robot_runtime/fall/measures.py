"""The numbers with units that go out with a fall, for the person who decides."""

from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.event import Measure
from robot_runtime.fall.features import STILL_G, Window, angle
from robot_runtime.fall.history import GRID_HZ

if TYPE_CHECKING:
    from robot_runtime.fall.observer import Look

# |a| below this on the way down counts as free fall (a falling body keeps part of its weight's pull).
FREE_FALL_G = 0.7
FREE_FALL_WITHIN_S = 1.2
SETTLED_AFTER_S = 1.0


def measures(look: Look) -> tuple[Measure, ...]:
    """Free fall (s), impact (g), tilt change (°) and stillness so far (s) at one look."""
    vectors, hit = look.window.vectors, look.window.impact
    sizes = np.sqrt((vectors * vectors).sum(axis=1))
    down = sizes[max(0, hit - round(FREE_FALL_WITHIN_S * GRID_HZ)) : hit]
    before, now = (
        vectors[: max(1, hit - round(GRID_HZ))].mean(axis=0),
        vectors[-round(0.6 * GRID_HZ) :].mean(axis=0),
    )
    restless = np.flatnonzero(np.abs(sizes[hit:] - 1) >= STILL_G)
    still = len(sizes) - hit - 1 - (int(restless[-1]) if len(restless) else 0)
    return (
        Measure("free_fall", round(float((down < FREE_FALL_G).sum()) / GRID_HZ, 2), "s"),
        Measure("impact", round(look.impact.size, 2), "g"),
        Measure("tilt_change", round(angle(before, now)), "°"),
        Measure("stillness", round(still / GRID_HZ, 2), "s"),
    )


def moved_g(window: Window) -> float:
    """Root mean square movement about the resting posture since a second after the hit, g."""
    rest = window.vectors[window.impact + round(SETTLED_AFTER_S * GRID_HZ) :]
    if len(rest) < round(GRID_HZ):
        return float("inf")
    off = rest - rest.mean(axis=0)
    return float(np.sqrt((off * off).sum() / len(rest)))
