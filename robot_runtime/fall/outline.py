"""The coarse shape of the seconds around an impact: sizes, jerks and turns in bins; no rotation matters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.history import GRID_HZ, Floats, total

if TYPE_CHECKING:
    from robot_runtime.fall.features import Window

# Samples of the grid before the impact (2.48 s).
BEFORE = 62
SIZE_BIN, TURN_BIN = 4, 6


@dataclass(frozen=True, slots=True)
class Outlined:
    """The steps around a hit that are outlined: vectors, their sizes (g), jerks (g a step), directions."""

    vectors: Floats
    sizes: Floats
    jerks: Floats
    units: Floats


def outlined(window: Window, after_s: float) -> Outlined:
    """From `BEFORE` steps before the impact to `after_s` after it."""
    v = padded(window, after_s)
    sizes = np.sqrt(total(v * v, axis=1))
    steps = v[1:] - v[:-1]
    jerks = np.sqrt(total(steps * steps, axis=1))
    return Outlined(v, sizes, np.concatenate([jerks[:1], jerks]), v / np.maximum(sizes, 1e-6)[:, None])


def outline(of: Outlined) -> Floats:
    """Log size (mean, peak) and log jerk per 160 ms, cosine to last and first posture per 240 ms.

    The length depends on the seconds after the impact that are outlined alone; what the history lacks is
    filled with its nearest known posture.
    """
    size_bins = _bins(of.sizes, SIZE_BIN)
    return np.concatenate(
        [
            np.log(0.1 + total(size_bins, axis=1) / SIZE_BIN),
            np.log(0.1 + size_bins.max(axis=1)),
            np.log(0.02 + total(_bins(of.jerks, SIZE_BIN), axis=1) / SIZE_BIN),
            total(_bins(of.units @ _unit(total(of.vectors[-15:])), TURN_BIN), axis=1) / TURN_BIN,
            total(_bins(of.units @ _unit(total(of.vectors[:25])), TURN_BIN), axis=1) / TURN_BIN,
        ]
    )


def steps(after_s: float) -> int:
    """How many vectors `padded` gives."""
    return BEFORE + int(after_s * GRID_HZ)


def padded(window: Window, after_s: float) -> Floats:
    """The vectors from `BEFORE` steps before the impact to `after_s` after it, what is missing filled in."""
    v, p, after = window.vectors, window.impact, int(after_s * GRID_HZ)
    v = v[max(0, p - BEFORE) : p + after]
    missing_before = max(0, BEFORE - p)
    missing_after = BEFORE + after - missing_before - len(v)
    if missing_before or missing_after:
        head = np.repeat(v[:5].mean(axis=0)[None], missing_before, axis=0)
        tail = np.repeat(v[-1:], missing_after, axis=0)
        v = np.concatenate([head, v, tail])
    return v


def _bins(values: Floats, width: int) -> Floats:
    """Bins of `width`, the last one ending with the window."""
    return values[len(values) % width :].reshape(-1, width)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.sqrt(vector @ vector)), 1e-6)
    return unit
