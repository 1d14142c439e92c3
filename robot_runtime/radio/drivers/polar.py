"""Polar Verity Sense and H10: the accelerometer stream of Polar's measurement data service (PMD).

After a start command on the control point, frames arrive: type (2 for acceleration), the last sample's time
in ns (64 bit), the frame type, samples in mg. Frame type 1 holds int16 triples (H10); with the top bit set
they are packed as a first triple and blocks of differences: bits a difference, number of triples, then the
bits, lowest first (Verity Sense). Commands are answered on the control point: 0xF0, the command, the type, a
status (0: done). Source: Polar's SDK documentation, *Polar Measurement Data Specification*.
"""

import struct
from typing import TYPE_CHECKING

from robot_runtime.radio.clock import SensorClock
from robot_runtime.radio.driver import Decoder, Driver, FrameError, Reading, RefusedError, acceleration

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_POINT = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

ACCELERATION = 2
PLAIN_MG, PACKED_MG = 0x01, 0x81
RATES_HZ = (25, 26, 50, 52, 100, 104, 200, 208)
"""Both families: the H10 counts 25, 50, 100, 200, the Verity Sense 26, 52, 104, 208."""
RANGE_G = 8
MAX_BITS = 16
START, ANSWER = 0x02, 0xF0
DONE, ALREADY = 0, 6
REFUSALS = {
    1: "it does not know the command",
    2: "it does not measure this",
    3: "it does not know the measurement",
    5: "it does not know the setting",
    7: "it is charging",
    10: "it is asleep",
    13: "its memory is in use",
}
_HEADER = struct.Struct("<BQB")
_TRIPLE = struct.Struct("<3h")


def start(rate_hz: float) -> tuple[tuple[str, bytes], ...]:
    """The command: start acceleration at a rate, with 16 bits and ±8 g."""
    rate = int(rate_hz)
    if rate not in RATES_HZ:
        known = ", ".join(map(str, RATES_HZ))
        raise ValueError(f"wearable.rate_hz is {rate_hz:g}; a Polar sensor knows {known}")
    command = struct.pack("<BB BBH BBH BBH", START, ACCELERATION, 0, 1, rate, 1, 1, MAX_BITS, 2, 1, RANGE_G)
    if rate % 26 == 0:
        command += bytes((4, 1, 3))  # the Verity Sense wants the number of channels
    return ((CONTROL_POINT, command),)


def complaint(answer: bytes) -> None:
    """Raises ``RefusedError`` when the control point's answer to the start command is a no."""
    if len(answer) < 4 or answer[0] != ANSWER or answer[1] != START:  # noqa: PLR2004 - the answer's head
        return
    status = answer[3]
    if status not in {DONE, ALREADY}:
        why = REFUSALS.get(status, f"status {status}")
        raise RefusedError(f"the sensor refuses to stream: {why}")


def decoder(rate_hz: float) -> Decoder:
    """The sensor's clock gives the times; its true rate is the frames' own where two of them follow."""
    clock, last_sensor_s = SensorClock(), float("-inf")

    def decode(data: bytes, arrived_s: float) -> list[Reading]:
        nonlocal last_sensor_s
        if len(data) < _HEADER.size:
            raise FrameError(f"a frame has at least {_HEADER.size} bytes, not {len(data)}")
        kind, time_ns, frame_type = _HEADER.unpack_from(data)
        if kind != ACCELERATION:
            raise FrameError(f"a frame of the kind {kind}, not acceleration")
        triples = list(_triples(frame_type, data[_HEADER.size :]))
        if not triples:
            return []
        sensor_s = time_ns / 1e9
        step_s = _step(sensor_s - last_sensor_s, len(triples), 1 / rate_hz)
        last_sensor_s = sensor_s
        first_s = clock.place(sensor_s, arrived_s) - (len(triples) - 1) * step_s
        return [
            acceleration(clock.forward(first_s + index * step_s), x / 1000, y / 1000, z / 1000)
            for index, (x, y, z) in enumerate(triples)
        ]

    return decode


def _step(since_s: float, count: int, nominal_s: float) -> float:
    """Seconds between samples: the sensor's own when it is near the nominal, which a lost frame's is not."""
    step_s = since_s / count
    return step_s if 0.9 * nominal_s < step_s < 1.1 * nominal_s else nominal_s


def _triples(frame_type: int, body: bytes) -> Iterator[tuple[int, int, int]]:
    if frame_type == PLAIN_MG:
        if len(body) % _TRIPLE.size:
            raise FrameError(f"{len(body)} bytes are no whole number of samples")
        return _TRIPLE.iter_unpack(body)
    if frame_type == PACKED_MG:
        return _unpacked(body)
    raise FrameError(f"frame type {frame_type:#x} is not known")


def _unpacked(body: bytes) -> Iterator[tuple[int, int, int]]:
    if len(body) < _TRIPLE.size:
        raise FrameError("a packed frame begins with a whole sample")
    x, y, z = _TRIPLE.unpack_from(body)
    yield x, y, z
    at = _TRIPLE.size
    while at + 2 <= len(body):
        bits, count = body[at], body[at + 1]
        length = (bits * count * 3 + 7) // 8
        at += 2
        if not 0 < bits <= MAX_BITS or at + length > len(body):
            raise FrameError(f"a block of {count} samples with {bits} bits does not fit the frame")
        packed = int.from_bytes(body[at : at + length], "little")
        at += length
        for _ in range(count):
            x, packed = x + _signed(packed, bits), packed >> bits
            y, packed = y + _signed(packed, bits), packed >> bits
            z, packed = z + _signed(packed, bits), packed >> bits
            yield x, y, z


def _signed(packed: int, bits: int) -> int:
    value = packed & ((1 << bits) - 1)
    return value - (1 << bits) if value >> (bits - 1) else value


SENSE = Driver(
    name="polar",
    label="Polar Verity Sense",
    names=("Polar Sense", "Polar OH1"),
    rate_hz=52.0,
    stream=DATA,
    start=start,
    decoder=decoder,
    answers=CONTROL_POINT,
    complaint=complaint,
)
H10 = Driver(
    name="polar_h10",
    label="Polar H10",
    names=("Polar H10",),
    rate_hz=50.0,
    stream=DATA,
    start=start,
    decoder=decoder,
    answers=CONTROL_POINT,
    complaint=complaint,
)
