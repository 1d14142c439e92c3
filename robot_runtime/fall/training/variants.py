"""The same act as another wearable would have recorded it: rate, orientation, clipping, noise, bursts."""

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.history import FASTEST, LEAST_SAMPLES, Floats

if TYPE_CHECKING:
    from robot_runtime.fall.training.recordings import Recording

# "base" is the recording itself (see `without_rate_leak`); "slow" 20 Hz; `DRAWN` are drawn at random.
DRAWN = ("any", "slowish")
WRIST_VARIANTS = ("base", "slow", *DRAWN)
WAIST_VARIANTS = ("base", "any")
# What the waist lends the wrist: as slow as watches are.
LENT_VARIANTS = ("slow", "slowish")


@dataclass(frozen=True, slots=True)
class Stream:
    """Samples as they arrive.

    `stretch` is how much slower than the recording they run, `hit_s` when a fall's hit comes.
    """

    times: Floats
    accel: Floats
    rate_hz: float
    hit_s: float
    stretch: float = 1.0

    def recorded_s(self, recording: Recording, t: float) -> float:
        """A time of the stream on the recording's clock: as far from the hit as it was."""
        begin, began = (
            (self.hit_s, recording.hit_s)
            if recording.fall
            else (float(self.times[0]), float(recording.times[0]))
        )
        return began + (t - begin) / self.stretch


def variant(recording: Recording, kind: str) -> Stream:
    """One variant; the same recording and kind always give the same stream."""
    rng = np.random.default_rng(zlib.crc32(f"{recording.name} {kind}".encode()))
    times, accel = without_rate_leak(recording, rng)
    if kind == "base":
        return Stream(times, accel, recording.rate_hz, recording.hit_s)
    waist = recording.dataset == "sisfall"
    rate = 20.0
    clip, noise, stretch, scale, burst, offset = 0.0, 0.0, 1.0, 1.0, 0.0, np.zeros(3)
    if kind != "slow":
        fastest = 110.0 if waist else 45.0
        rate = _between(rng, 14.0, fastest) if kind == "any" else float(rng.uniform(17.0, 26.0))
        clip = float(rng.choice([0.0, 0.0, 8.0, 4.0] if waist else [0.0, 0.0, 4.0, 3.0]))
        noise = float(rng.choice([0.0, 0.01, 0.03]))
        stretch, scale = float(rng.uniform(0.9, 1.12)), float(rng.uniform(0.94, 1.06))
        offset = rng.normal(0.0, 0.025, 3)
        burst = float(rng.choice([0.0, 0.1, 0.25]))
    made = _evened(times, recording.rate_hz)
    even, vectors = _resampled(made, _turned(accel * scale, rng) + offset, rate, rng)
    if not len(even):
        return Stream(times, accel, recording.rate_hz, recording.hit_s)
    hit = float(made[np.abs(times - recording.hit_s).argmin()]) if recording.fall else float("nan")
    if clip:
        vectors = np.clip(vectors, -clip, clip)
    vectors = vectors + rng.normal(0.0, noise, vectors.shape)
    even, hit = times[0] + (even - times[0]) * stretch, times[0] + (hit - times[0]) * stretch
    if burst:
        even = np.ceil(even / burst) * burst + np.arange(len(even)) * 1e-6
    return Stream(even, vectors, rate, hit, stretch)


def without_rate_leak(recording: Recording, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Drop a fifth of the samples of WEDA's daily acts: falls come slower, and the rate would tell."""
    if recording.dataset != "weda_fall" or recording.fall:
        return recording.times, recording.accel
    kept = np.arange(len(recording.times)) % 5 != rng.integers(5)
    return recording.times[kept], recording.accel[kept]


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _evened(times: Floats, rate: float) -> Floats:
    ramp = np.arange(len(times)) / (FASTEST * rate)
    sent = np.minimum.accumulate((times - ramp)[::-1])[::-1] + ramp
    even: Floats = np.maximum.accumulate(sent) + np.arange(len(times)) * 1e-7
    return even


def _turned(accel: Floats, rng: np.random.Generator) -> Floats:
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turned: Floats = accel @ turn.T
    return turned


def _resampled(times: Floats, accel: Floats, rate: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Points picked from the line through the samples, as a slower wearable would; pauses stay pauses."""
    picked_times, picked = [np.zeros(0)], [np.zeros((0, 3))]
    breaks = np.flatnonzero(np.diff(times) > 1.0) + 1
    for part, vectors in zip(np.split(times, breaks), np.split(accel, breaks), strict=True):
        if len(part) < LEAST_SAMPLES:
            continue
        at = np.arange(part[0] + rng.uniform(0.0, 1.0 / rate), part[-1], 1.0 / rate)
        picked_times.append(at)
        picked.append(np.column_stack([np.interp(at, part, vectors[:, k]) for k in range(3)]))
    return np.concatenate(picked_times), np.concatenate(picked)
