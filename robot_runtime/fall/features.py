"""Numbers of a window around an impact that no rotation of the sensor changes."""

from dataclasses import dataclass, field
from functools import cache
from math import acos, degrees, sqrt

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.history import GRID_HZ, Floats, total

# Seconds before the impact that a window holds.
BEFORE_S = 3.0
STILL_G = 0.12
# Sizes (g) below which time counts as falling, and above which it counts as hitting.
FALLING_G = (0.7, 0.5)
HITTING_G = (1.5, 2.0, 3.0)
NO_LENGTH = 1e-6
# What a spread needs at least; a peak needs one more.
TWO = 2

# A person's place in a recording (how long it ran before the hit) tells falls from daily acts in every
# acted dataset and nowhere else: no number here may depend on it.
NAMES = (
    # before
    "pre_spread", "pre_max", "pre_std", "pre_peaks", "pre_late_spread", "pre_level",
    # on the way down
    "low_min", "low_mean5", "low_07_s", "low_05_s", "low_sum", "low_to_impact_s", "low_spread",
    "tilt_before",
    # impact
    "peak", "peak_sum", "over_15_s", "over_20_s", "over_30_s", "width_s", "jerk_up", "jerk_down", "jerk_rms",
    "hit_peaks", "second_peak", "second_at_s", "hit_energy", "turn_path", "hit_to_before", "hit_to_after",
    "hit_cos_spread",
    "peak_over_pre", "similar_before", "similar_after", "swing",
    # after
    "post_spread", "post_std", "post_max", "post_min", "post_jerk", "post_peaks", "post_still",
    "post_run_s", "post_turn",
    "end_spread", "end_std", "end_level", "end_jerk", "mid_spread",
    # before against after
    "tilt", "tilt_late", "tilt_down", "tilt_settled", "spread_ratio", "end_over_peak",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Vectors (g), and their sizes, on the even grid from at most `BEFORE_S` before the impact up to now."""

    vectors: Floats
    impact: int
    sizes: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", np.sqrt(total(self.vectors * self.vectors, axis=1)))

    @property
    def after_s(self) -> float:
        """Seconds from impact to now."""
        return (len(self.vectors) - 1 - self.impact) / GRID_HZ


def features(window: Window) -> Floats:
    """The numbers named in `NAMES`, shape (len(NAMES),), all finite."""
    v, p, sizes = window.vectors, window.impact, window.sizes
    jerk = (v[1:] - v[:-1]) * GRID_HZ
    jerks = np.sqrt(total(jerk * jerk, axis=1))
    before, down, after = v[: max(1, p - _n(1.2))], v[max(0, p - _n(1.2)) : p + 1], v[p + _n(0.32) :]
    if len(after) < TWO:
        after = v[-2:]
    end = v[-min(len(after), _n(0.6)) :]
    late = v[max(0, p - _n(1.6)) : max(1, p - _n(0.6))]
    at_rest = [_mean(part) for part in (before, down[: max(1, len(down) - _n(0.3))], after, end)]
    hit = slice(max(0, p - _n(0.6)), p + _n(0.6) + 1)
    return np.array(
        [
            *_before(sizes, before, late, p),
            *_down(sizes, v, at_rest, p),
            *_impact(sizes[hit], sizes, p),
            *_jerks(jerks, sizes, v, p, at_rest),
            *_after(sizes, after, jerks),
            *_end(end, jerks, after),
            *_tilts(at_rest, v, p, before, end, float(sizes[p])),
        ]
    )


def _before(sizes: Floats, before: Floats, late: Floats, p: int) -> tuple[float, ...]:
    early = sizes[: max(1, p - _n(1.2))]
    return (
        _spread(before),
        float(early.max()),
        _std(early),
        float(len(_peaks(early, 1.4))),
        _spread(late),
        _average(np.abs(sizes[: max(1, p - _n(0.8))] - 1)),
    )


def _down(sizes: Floats, v: Floats, at_rest: list[Floats], p: int) -> tuple[float, ...]:
    down = sizes[max(0, p - _n(1.2)) : p + 1]
    lowest = int(down.argmin())
    return (
        float(down[lowest]),
        _average(np.sort(down)[:5]),
        int(np.count_nonzero(down < FALLING_G[0])) / GRID_HZ,
        int(np.count_nonzero(down < FALLING_G[1])) / GRID_HZ,
        float(total(np.maximum(0.0, 1 - down))) / GRID_HZ,
        (len(down) - 1 - lowest) / GRID_HZ,
        _spread(v[max(0, p - _n(1.0)) : max(1, p - _n(0.12))]),
        angle(at_rest[0], at_rest[1]),
    )


def _impact(hit: Floats, sizes: Floats, p: int) -> tuple[float, ...]:
    peak = float(sizes[p])
    around = sizes[max(0, p - _n(0.3)) : p + _n(0.5) + 1]
    near = sizes[max(0, p - _n(0.3)) : p + _n(0.3) + 1]
    return (
        peak,
        float(total(np.maximum(0.0, around - 1))) / GRID_HZ,
        int(np.count_nonzero(hit > HITTING_G[0])) / GRID_HZ,
        int(np.count_nonzero(hit > HITTING_G[1])) / GRID_HZ,
        int(np.count_nonzero(hit > HITTING_G[2])) / GRID_HZ,
        int(np.count_nonzero(near > (1 + peak) / 2)) / GRID_HZ,
    )


def _jerks(jerks: Floats, sizes: Floats, v: Floats, p: int, at_rest: list[Floats]) -> tuple[float, ...]:
    hit = slice(max(0, p - _n(0.6)), p + _n(0.8) + 1)
    around = sizes[hit].copy()
    peaks = _peaks(around, 1.5)
    centre = p - hit.start
    around[max(0, centre - 2) : centre + 3] = 0.0
    second = int(around.argmax())
    push = v[p] - at_rest[0]
    units = v[hit] / np.maximum(sizes[hit], 1e-6)[:, None]
    cosines = np.minimum(1.0, np.maximum(-1.0, total(units[1:] * units[:-1], axis=1)))
    window = v[hit]
    off = window - _mean(window)
    similar = 0.6 * float(sizes[p])
    return (
        float(jerks[max(0, p - _n(0.3)) : p + 1].max(initial=0.0)),
        float(jerks[p : p + _n(0.4)].max(initial=0.0)),
        _rms(jerks[hit]),
        float(len(peaks)),
        float(around[second]),
        (second - centre) / GRID_HZ,
        float(total(off * off, axis=None)) / GRID_HZ,
        float(total(np.degrees(np.arccos(cosines)))),
        angle(push, at_rest[0]),
        angle(push, at_rest[3]),
        float(1 - np.sqrt(total(_mean(units) ** 2))),
        float(sizes[p]) / max(1.0, float(sizes[: max(1, p - _n(0.8))].max())),
        float(len(_peaks(sizes[: max(1, p - _n(0.5))], max(1.3, similar)))),
        float(len(_peaks(sizes[p + _n(0.5) :], max(1.3, similar)))),
        _std(sizes[hit]),
    )


def _after(sizes: Floats, after: Floats, jerks: Floats) -> tuple[float, ...]:
    start = len(sizes) - len(after)
    size = sizes[start:]
    calm = size[max(0, min(len(size) - 3, _n(0.5))) :]
    quiet = np.abs(size - 1) < STILL_G
    smooth_jerk = jerks[max(0, start) :]
    return (
        _spread(after),
        _std(size),
        float(calm.max()),
        float(calm.min()),
        _rms(smooth_jerk),
        float(len(_peaks(size, 1.2))),
        int(np.count_nonzero(quiet)) / len(quiet),
        _last_run(quiet) / GRID_HZ,
        angle(_mean(after[: max(1, len(after) // 3)]), _mean(after[-max(1, len(after) // 3) :])),
    )


def _end(end: Floats, jerks: Floats, after: Floats) -> tuple[float, ...]:
    sizes = np.sqrt(total(end * end, axis=1))
    tail = jerks[-len(end) :]
    middle = after[: max(2, len(after) // 2)]
    return (_spread(end), _std(sizes), _average(sizes), _rms(tail), _spread(middle))


def _tilts(
    at_rest: list[Floats], v: Floats, p: int, before: Floats, end: Floats, peak: float
) -> tuple[float, ...]:
    standing, falling, lying, settled = at_rest
    early = _mean(v[: max(1, min(p, _n(1.0)))])
    spread = _spread(end)
    return (
        angle(standing, settled),
        angle(early, settled),
        angle(falling, settled),
        angle(lying, settled),
        spread / (0.02 + _spread(before)),
        spread / peak,
    )


def angle(a: Floats, b: Floats) -> float:
    """Degrees between two vectors; 0 where one has no length."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    sizes = sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
    if sizes < NO_LENGTH:
        return 0.0
    return degrees(acos(max(-1.0, min(1.0, (ax * bx + ay * by + az * bz) / sizes))))


@cache
def _n(seconds: float) -> int:
    return round(seconds * GRID_HZ)


def _average(numbers: Floats) -> float:
    return float(total(numbers)) / len(numbers)


def _rms(numbers: Floats) -> float:
    return sqrt(float(numbers @ numbers) / len(numbers)) if len(numbers) else 0.0


def _mean(part: Floats) -> Floats:
    mean: Floats = total(part, axis=0) / max(1, len(part))
    return mean


def _spread(part: Floats) -> float:
    """Root mean square distance from the mean vector, g."""
    if len(part) < TWO:
        return 0.0
    off = part - _mean(part)
    return float(np.sqrt(total(off * off, axis=None) / len(part)))


def _std(part: Floats) -> float:
    if len(part) < TWO:
        return 0.0
    mean = float(total(part)) / len(part)
    return float(np.sqrt(max(0.0, float(part @ part) / len(part) - mean * mean)))


def _peaks(sizes: Floats, floor: float) -> Floats:
    """Local maxima above `floor`."""
    if len(sizes) <= TWO:
        return np.zeros(0)
    mid = sizes[1:-1]
    found: Floats = mid[(mid > floor) & (mid >= sizes[:-2]) & (mid > sizes[2:])]
    return found


def _last_run(quiet: npt.NDArray[np.bool_]) -> int:
    """How many of the last samples in a row are True."""
    loud = np.flatnonzero(~quiet)
    return len(quiet) - 1 - int(loud[-1]) if len(loud) else len(quiet)
