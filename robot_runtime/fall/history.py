"""The last seconds of samples, put on an even clock and an even grid.

Wearables send samples in bursts (some 100 ms apart), late, early, twice and with a clock that steps back.
Arrival order is taken for true; times are evened out here, with nothing but samples that have arrived.
"""

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

type Floats = npt.NDArray[np.float64]

# The grid all features are computed on: what the slowest useful wearable (12-25 Hz) still fills.
GRID_HZ = 25.0
# Kept of the past: the longest window a decision looks at, and some.
KEEP_S = 12.0
# A pause longer than this splits the history: nothing is known of what happened in it.
GAP_S = 1.0
# What had been waiting for so long is still put where it belongs.
BACKLOG_S = 6.0
# Samples can't be made faster than this times the nominal rate: what arrives faster had been waiting.
FASTEST = 1.08
# A clock that stepped back and forth again within this time is healed, not taken for a gap.
HEAL_S = 3.0
# Beyond what any wearable's accelerometer measures (16 g an axis, 27.7 g in all): a broken sample.
ABSURD_G = 40.0
# A sensor that sends nothing but zeros is broken, not weightless.
LEAST_G = 0.01
# Fewer samples make no line.
LEAST_SAMPLES = 3
# Sizes above this are capped: cheap wearables clip at 4 g an axis, and a fall is no more sure above it.
CAP_G = 6.0
SMOOTH_SAMPLES = 4

# What `sum` of an array comes to, without its way through Python, which takes longer than these short sums.
total = np.add.reduce


class History:
    """A bounded store of samples; `t` is the internal clock (never backward), `raw_t` the sender's."""

    def __init__(self, rate_hz: float) -> None:
        self.step_s = 1.0 / rate_hz
        self._room = int(KEEP_S * max(rate_hz, GRID_HZ) * 1.5) + 64
        self._rows = np.zeros((2 * self._room, 5))
        self._end = 0
        self._start = 0
        self._offset = 0.0
        self._stepped_back_at = float("-inf")
        self._last_raw = float("nan")
        self.now = float("-inf")
        self.count = 0
        self.gap_s = 0.0

    def add(self, raw_t: float, accel_g: Sequence[float]) -> bool:
        """Store a sample; False when it is unusable (not a number, absurd, no gravity at all)."""
        x, y, z = accel_g
        square = x * x + y * y + z * z
        if not (isfinite(raw_t) and LEAST_G * LEAST_G < square < ABSURD_G * ABSURD_G):
            return False
        t = self._internal(raw_t)
        self.gap_s = t - self.now if self._end > self._start else 0.0
        if self._end == len(self._rows):
            kept = self._rows[self._end - self._room :].copy()
            self._rows[: self._room] = kept
            self._start = max(0, self._start - (self._end - self._room))
            self._end = self._room
        self._rows[self._end] = (t, x, y, z, raw_t)
        self._end += 1
        self.count += 1
        self.now = t
        self._last_raw = raw_t
        return True

    def since(self, t: float, count: int) -> float:
        """Seconds of movement since the sample that came at `t` as number `count`.

        Samples that had been waiting arrive all at once: then their number tells the time, not the clock.
        """
        return max(self.now - t, (self.count - count) * self.step_s / FASTEST)

    def _internal(self, raw_t: float) -> float:
        if self._end == self._start:
            return raw_t + self._offset if raw_t + self._offset > self.now else self._rebase(raw_t)
        stride = raw_t - self._last_raw
        if stride < 0 and raw_t + self._offset < self.now:
            self._stepped_back_at = self.now
            return self._rebase(raw_t)
        if self._offset > 0 and stride > GAP_S / 2 and self.now - self._stepped_back_at < HEAL_S:
            self._offset -= min(self._offset, stride - self.step_s)
        return max(self.now, raw_t + self._offset)

    def _rebase(self, raw_t: float) -> float:
        t = self.now + self.step_s
        self._offset = t - raw_t
        return t

    def grid(self, before_s: float, count: int) -> tuple[Floats, Floats, float]:
        """Times (s) and vectors (g), shape (n,) and (n, 3), on the even grid ending with the newest sample.

        Starts `before_s` ahead of sample number `count`, after the last pause in which something was lost
        before that sample, or where the history starts; each value is the mean over one grid step. The last
        answer is when that sample was made. Empty when something was lost since.
        """
        rows = self._rows[self._start : self._end]
        place = len(rows) - 1 - (self.count - count)
        if place < 0 or len(rows) < LEAST_SAMPLES:
            return np.zeros(0), np.zeros((0, 3)), 0.0
        first = max(0, int(np.searchsorted(rows[:, 0], rows[place, 0] - before_s - BACKLOG_S)))
        rows, place = rows[first:], place - first
        even = self._evened(rows[:, 0])
        made = float(even[place])
        pauses = np.flatnonzero(even[1:] - even[:-1] > GAP_S)
        if len(pauses) and pauses[-1] >= place:
            return np.zeros(0), np.zeros((0, 3)), made
        start = int(pauses[-1]) + 1 if len(pauses) else 0
        even, rows = even[start:], rows[start:]
        if len(rows) < LEAST_SAMPLES:
            return np.zeros(0), np.zeros((0, 3)), made
        steps = int(min(even[-1] - made + before_s, even[-1] - even[0]) * GRID_HZ)
        if steps < 1:
            return np.zeros(0), np.zeros((0, 3)), made
        edges = even[-1] + (np.arange(-steps, 1)) / GRID_HZ
        areas = _integral(edges, even, _capped(rows[:, 1:4]))
        means = (areas[1:] - areas[:-1]) * GRID_HZ
        return (edges[1:] + edges[:-1]) / 2, means, made

    def _evened(self, arrived: Floats) -> Floats:
        """Sending times from arrival times: a sample left at the latest one step before the next one did."""
        ramp = np.arange(len(arrived)) * (self.step_s / FASTEST)
        sent: Floats = np.minimum.accumulate((arrived - ramp)[::-1])[::-1] + ramp
        breaks = np.flatnonzero(sent[1:] - sent[:-1] > GAP_S / 2) + 1
        for part in np.split(sent, breaks) if len(breaks) else (sent,):
            _smooth(part)
        return sent


def _integral(at: Floats, times: Floats, vectors: Floats) -> Floats:
    """The integral of the line through (times, vectors) up to each of `at`, exact within each step."""
    steps = times[1:] - times[:-1]
    area = np.zeros((len(times), 3))
    np.cumsum((vectors[1:] + vectors[:-1]) * (0.5 * steps)[:, None], axis=0, out=area[1:])
    i = np.minimum(np.maximum(times.searchsorted(at, "right") - 1, 0), len(times) - 2)
    span = np.maximum(steps[i], 1e-9)
    into = np.minimum(np.maximum(at - times[i], 0.0), span)[:, None]
    slope = (vectors[i + 1] - vectors[i]) / span[:, None]
    integral: Floats = area[i] + (vectors[i] + 0.5 * slope * into) * into
    return integral


def _capped(vectors: Floats) -> Floats:
    sizes = np.sqrt(total(vectors * vectors, axis=1))
    capped: Floats = vectors * np.minimum(1.0, CAP_G / np.maximum(sizes, 1e-9))[:, None]
    return capped


def _smooth(times: Floats) -> None:
    """Moving average in place, with windows that shrink toward both ends so that those stay put."""
    count = len(times)
    if count < LEAST_SAMPLES:
        return
    index = np.arange(count)
    half = np.minimum(np.minimum(index, count - 1 - index), SMOOTH_SAMPLES)
    total = np.concatenate([[0.0], np.cumsum(times)])
    times[:] = (total[index + half + 1] - total[index - half]) / (2 * half + 1)
