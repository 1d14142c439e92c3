"""A wearable out of recordings, for benches and demonstrations, through the same path as a real one.

While nothing is played it behaves like a watch on a resting wrist. A ``*.csv`` that appears in the folder
(``t_s,ax_g,ay_g,az_g[,gx_dps,gy_dps,gz_dps]``; write it elsewhere and move it in) is claimed by renaming it
to ``.playing``, delivered at its real times, and renamed to ``.played``.
"""

import asyncio
import csv
import logging
import math
import random
import time
from collections import deque
from typing import TYPE_CHECKING

from robot_runtime.errors import WearableError
from robot_runtime.radio.wearable import Sample, WearableSink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

COLUMNS = ["t_s", "ax_g", "ay_g", "az_g"]
GYRO_COLUMNS = ["gx_dps", "gy_dps", "gz_dps"]
TICK_S = 0.05
"""Samples travel in small bursts, as over a radio."""
LOOK_S = 0.25
RESTING_NOISE_G = 0.008
BATTERY_PERCENT = 90
POSTURE_SAMPLES = 25


class Replay:
    """Plays what is put into a folder."""

    def __init__(self, folder: Path, rate_hz: float, on_played: Callable[[str, str], None]) -> None:
        """``rate_hz`` is the resting stream's rate; ``on_played(file name, "playing" or "played")``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._period_s = 1.0 / rate_hz
        self._on_played = on_played
        self._recent: deque[Sample] = deque(maxlen=POSTURE_SAMPLES)
        self._noise = random.Random(0)  # noqa: S311 - sensor noise, not a secret
        self._began = 0.0

    async def run(self, sink: WearableSink) -> None:
        """For ever."""
        self._began = time.monotonic()
        sink.on_state("online")
        sink.on_battery(BATTERY_PERCENT)
        looked_at = -LOOK_S
        next_t = 0.0
        while True:
            now_t = self._now()
            if now_t - looked_at >= LOOK_S:
                looked_at = now_t
                claimed = self._claim()
                if claimed is not None:
                    next_t = await self._play(*claimed, sink, next_t) + self._period_s
            samples, next_t = self._resting(next_t, self._now())
            if samples:
                sink.on_samples(samples)
            await asyncio.sleep(TICK_S)

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _resting(self, next_t: float, until: float) -> tuple[list[Sample], float]:
        """A still wrist that keeps the posture of the last recording."""
        down = self._posture()
        gyro = (0.0, 0.0, 0.0) if self._recent and self._recent[-1].gyro_dps is not None else None
        samples = []
        while next_t <= until:
            x, y, z = (axis + self._noise.gauss(0.0, RESTING_NOISE_G) for axis in down)
            samples.append(Sample(next_t, (x, y, z), gyro))
            next_t += self._period_s
        return samples, next_t

    def _posture(self) -> tuple[float, float, float]:
        sums = [sum(sample.accel_g[axis] for sample in self._recent) for axis in range(3)]
        length = math.hypot(*sums)
        return (0.0, 0.0, 1.0) if length == 0.0 else (sums[0] / length, sums[1] / length, sums[2] / length)

    def _claim(self) -> tuple[Path, list[Sample]] | None:
        for path in sorted(self._folder.glob("*.csv")):
            playing = path.with_suffix(".playing")
            try:
                path.rename(playing)
            except FileNotFoundError:
                continue
            try:
                return playing, read_csv(playing)
            except WearableError as error:
                _LOGGER.error("%s is not played: %s", path.name, error)  # noqa: TRY400
                playing.rename(path.with_suffix(".broken"))
        return None

    async def _play(self, path: Path, samples: list[Sample], sink: WearableSink, begin_t: float) -> float:
        """Delivers each sample when its time has come; returns the last one's time on the stream's clock."""
        _LOGGER.info("Playing %s: %d samples", path.stem, len(samples))
        self._on_played(path.stem, "playing")
        offset = begin_t - samples[0].t_s
        shifted = deque(Sample(each.t_s + offset, each.accel_g, each.gyro_dps) for each in samples)
        last_t = begin_t
        while shifted:
            due = []
            now_t = self._now()
            while shifted and shifted[0].t_s <= now_t:
                due.append(shifted.popleft())
            if due:
                sink.on_samples(due)
                self._recent.extend(due)
                last_t = max(last_t, due[-1].t_s)
            await asyncio.sleep(TICK_S)
        self._finish(path)
        return last_t

    def _finish(self, path: Path) -> None:
        path.rename(path.with_suffix(".played"))
        self._on_played(path.stem, "played")


def read_csv(path: Path) -> list[Sample]:
    """Reads a recording; raises ``WearableError`` naming the line that can't be read."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WearableError(f"it can't be read: {error}") from error
    if not rows or [name.strip() for name in rows[0]] not in (COLUMNS, COLUMNS + GYRO_COLUMNS):
        raise WearableError(f"its first line must be {','.join(COLUMNS)}[,{','.join(GYRO_COLUMNS)}]")
    samples = [_sample(number, row, len(rows[0])) for number, row in enumerate(rows[1:], 2) if row]
    if not samples:
        raise WearableError("it holds no samples")
    return samples


def _sample(number: int, row: list[str], width: int) -> Sample:
    try:
        values = [float(cell) for cell in row]
    except ValueError as error:
        raise WearableError(f"line {number}: {error}") from error
    if len(values) != width or not all(map(math.isfinite, values)):
        raise WearableError(f"line {number} must hold {width} finite numbers")
    t_s, ax, ay, az, *gyro = values
    return Sample(t_s, (ax, ay, az), (gyro[0], gyro[1], gyro[2]) if gyro else None)
