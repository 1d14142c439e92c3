"""Polar Verity Sense and H10: the accelerometer stream of Polar's measurement data service (PMD).

The robot asks on the control point what can be measured (0x01), then starts it (0x02). Each is answered:
0xF0, the command, the type (2 for acceleration), a status (0: done), whether more follows, and settings;
a start's answer tells the factor from counts to g. Frames: type, the last sample's time in ns (64 bit),
the frame type, samples. The H10 sends whole triples in mg; with the top bit set they are packed as a
first triple and blocks of differences: bits a difference, number of triples, then the bits, lowest first.
The Verity Sense sends those (0x80), in counts. Source: Polar, *Polar Measurement Data Specification for
3rd Party* 1.0 (2024), and its SDK for 0x81; *PolarVeritySense.md* there says that the sensor's skin
contact can't be trusted.
"""

import struct
from functools import partial
from typing import TYPE_CHECKING

from robot_runtime.radio.clock import SensorClock
from robot_runtime.radio.driver import Commands, Driver, FrameError, Reading, RefusedError, acceleration
from robot_runtime.radio.drivers.polar_frames import triples

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_POINT = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

ACCELERATION = 2
SETTINGS, START, ANSWER = 0x01, 0x02, 0xF0
RATE, BITS, RANGE, CHANNELS, FACTOR = 0, 1, 2, 4, 5
SIZES = {RATE: 2, BITS: 2, RANGE: 2, 3: 4, CHANNELS: 1, FACTOR: 4}
"""Bytes of a value, by setting."""
H10_RATES_HZ = (25, 50, 100, 200)
SENSE_RATES_HZ = (50, 52)
"""The OH1's and the Verity Sense's; others need its laboratory ("SDK") mode, in which it feels no pulse."""
AS_GOOD_AS = 0.05
"""A rate so near to the one that was asked for is taken (as 50 for 52)."""
DONE, ALREADY = 0, 6
REFUSALS = {
    1: "it does not know the command",
    2: "it does not know the measurement",
    3: "it does not measure this",
    4: "the command's length is wrong",
    5: "it does not know the setting",
    7: "it does not have this resolution",
    8: "it does not have this rate",
    9: "it does not have this range",
    10: "its link carries too little at once (MTU)",
    11: "it does not have so many channels",
    12: "its state does not allow it",
    13: "it is charging",
}
_HEADER = struct.Struct("<BQB")
_ANSWER_HEAD = 5


class PolarSession:
    """Asks, starts, reads. The sensor's clock gives the times, its frames the true rate."""

    first: Commands = ((CONTROL_POINT, bytes((SETTINGS, ACCELERATION))),)

    def __init__(self, rate_hz: float, rates_hz: Sequence[int]) -> None:
        if rate_hz not in rates_hz:
            known = ", ".join(map(str, rates_hz))
            raise ValueError(f"wearable.rate_hz is {rate_hz:g}; this sensor knows {known}")
        self._rate_hz = rate_hz
        self._factor: float | None = None
        self._clock = SensorClock()
        self._last_sensor_s = float("-inf")

    def answered(self, answer: bytes) -> Commands:
        """The start command after the settings, nothing after the start."""
        if len(answer) < _ANSWER_HEAD or answer[0] != ANSWER or answer[2] != ACCELERATION:
            return ()
        command, status = answer[1], answer[3]
        if status not in {DONE, ALREADY}:
            why = REFUSALS.get(status, f"status {status}")
            raise RefusedError(f"the sensor refuses to stream: {why}")
        offered = settings(answer[_ANSWER_HEAD:])
        if command == SETTINGS:
            return (self._start(offered),)
        if command == START and FACTOR in offered:
            (self._factor,) = struct.unpack("<f", struct.pack("<I", offered[FACTOR][0]))
        return ()

    def _start(self, offered: dict[int, list[int]]) -> tuple[str, bytes]:
        """The widest range and finest resolution there is, at the rate that was asked for."""
        rates = offered.get(RATE, [])
        rate = min(rates, key=lambda each: abs(each - self._rate_hz), default=0)
        if abs(rate - self._rate_hz) > AS_GOOD_AS * self._rate_hz:
            known = ", ".join(map(str, rates)) or "none"
            raise RefusedError(f"it measures {known} times a second; wearable.rate_hz is {self._rate_hz:g}")
        self._rate_hz = float(rate)
        best = {each: max(offered[each]) for each in (BITS, RANGE, CHANNELS) if each in offered}
        chosen = {RATE: rate} | best
        parts = (bytes((key, 1)) + value.to_bytes(SIZES[key], "little") for key, value in chosen.items())
        return CONTROL_POINT, bytes((START, ACCELERATION)) + b"".join(parts)

    def decode(self, data: bytes, arrived_s: float) -> list[Reading]:
        """The samples of one frame."""
        if len(data) < _HEADER.size:
            raise FrameError(f"a frame has at least {_HEADER.size} bytes, not {len(data)}")
        kind, time_ns, frame_type = _HEADER.unpack_from(data)
        if kind != ACCELERATION:
            raise FrameError(f"a frame of the kind {kind}, not acceleration")
        samples_g = list(triples(frame_type, data[_HEADER.size :], self._factor))
        if not samples_g:
            return []
        sensor_s = time_ns / 1e9
        step_s = _step(sensor_s - self._last_sensor_s, len(samples_g), 1 / self._rate_hz)
        self._last_sensor_s = sensor_s
        first_s = self._clock.place(sensor_s, arrived_s) - (len(samples_g) - 1) * step_s
        return [
            acceleration(self._clock.forward(first_s + index * step_s), *each)
            for index, each in enumerate(samples_g)
        ]


def _step(since_s: float, count: int, nominal_s: float) -> float:
    """Seconds between samples: the sensor's own when it is near the nominal, which a lost frame's is not."""
    step_s = since_s / count
    return step_s if 0.9 * nominal_s < step_s < 1.1 * nominal_s else nominal_s


def settings(body: bytes) -> dict[int, list[int]]:
    """What stands in an answer: setting, number of values, values; what is cut short is left out."""
    found: dict[int, list[int]] = {}
    at = 0
    while at + 2 <= len(body):
        key, count = body[at], body[at + 1]
        size = SIZES.get(key)
        if size is None or at + 2 + size * count > len(body):
            break
        values = body[at + 2 : at + 2 + size * count]
        if count:
            found[key] = [int.from_bytes(values[i : i + size], "little") for i in range(0, len(values), size)]
        at += 2 + size * count
    return found


SENSE = Driver(
    name="polar",
    label="Polar Verity Sense",
    names=("Polar Sense", "Polar OH1"),
    rate_hz=52.0,
    stream=DATA,
    session=partial(PolarSession, rates_hz=SENSE_RATES_HZ),
    answers=CONTROL_POINT,
    feels_skin=False,
)
H10 = Driver(
    name="polar_h10",
    label="Polar H10",
    names=("Polar H10",),
    rate_hz=50.0,
    stream=DATA,
    session=partial(PolarSession, rates_hz=H10_RATES_HZ),
    answers=CONTROL_POINT,
)
