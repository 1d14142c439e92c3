"""What the robot's whole fall path costs: a sensor's bytes, decoder, detector, what is worn, at 50 Hz.

Processor time, not time on the clock: other programs on the machine hardly change it.
"""

import struct
import time
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.events import EventLog
from robot_runtime.fall import FallDetector
from robot_runtime.movement import Movement
from robot_runtime.radio.drivers import polar
from robot_runtime.radio.wearable import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from robot_runtime.fall.training.recordings import Recording

RATE_HZ = 50
# Samples in a frame of the H10, and how much of each kind is played.
IN_A_FRAME, QUIET_S, BUSY_S = 36, 3600, 1800


def costs(placement: str, recordings: Sequence[Recording]) -> dict[str, float]:
    """Percent of one core: resting, and in recorded daily acts one right after the other, without a pause."""
    rng = np.random.default_rng(1)
    rest = rng.normal([0.1, 0.2, 0.97], 0.008, (QUIET_S * RATE_HZ, 3))
    acts = np.concatenate([_at_50_hz(one) for one in recordings if not one.fall][: BUSY_S // 5])
    busy = np.resize(acts, (BUSY_S * RATE_HZ, 3))
    return {
        "core_at_rest_pct": _share(placement, rest),
        "core_in_daily_acts_pct": _share(placement, busy),
    }


def _at_50_hz(one: Recording) -> npt.NDArray[np.float64]:
    times = np.maximum.accumulate(one.times)
    at = np.arange(times[0], times[0] + min(60.0, times[-1] - times[0]), 1 / RATE_HZ)
    return np.column_stack([np.interp(at, times, one.accel[:, axis]) for axis in range(3)])


def _share(placement: str, accel: npt.NDArray[np.float64]) -> float:
    milli = np.clip(np.round(accel * 1000), -8000, 8000).astype("<i2")
    frames = []
    for begin in range(0, len(milli) - IN_A_FRAME + 1, IN_A_FRAME):
        last_s = (begin + IN_A_FRAME - 1) / RATE_HZ
        head = struct.pack("<BQB", polar.ACCELERATION, int(last_s * 1e9), 0x01)
        frames.append((last_s, head + milli[begin : begin + IN_A_FRAME].tobytes()))
    decode = polar.H10.session(RATE_HZ).decode
    movement = Movement(FallDetector(RATE_HZ, placement), EventLog(None), lambda *_: None)
    begin_s = time.process_time()
    for arrived_s, frame in frames:
        movement.on_samples([each for each in decode(frame, arrived_s) if isinstance(each, Sample)])
    return 100 * (time.process_time() - begin_s) / (len(frames) * IN_A_FRAME / RATE_HZ)
