"""The bodies of Polar's acceleration frames: whole triples or packed differences, in mg or counts.

Source: Polar, *Polar Measurement Data Specification for 3rd Party* 1.0 (2024), *Frame types ACC* and *Delta
frame sample example*; its SDK for 0x81.
"""

from typing import TYPE_CHECKING

from robot_runtime.radio.driver import FrameError

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = {0x00: 1, 0x01: 2, 0x02: 3}
"""Frame types of whole triples in mg: bytes a value."""
PACKED_COUNTS, PACKED_MG = 0x80, 0x81
AXES = 3
FIRST_BYTES = 2
"""Bytes a value of a packed frame's first triple: the resolution of 16 bits."""
MOST_BITS = 32
G_A_COUNT = 8 / 32768
"""Where the sensor told no factor: 16 bits over ±8 g. Polar's own example tells 0.000244."""


def triples(frame_type: int, body: bytes, factor: float | None) -> Iterator[tuple[float, float, float]]:
    """Samples in g; raises ``FrameError``. ``factor`` as the sensor told it when it was started."""
    if frame_type in WHOLE:
        scale, counts = 0.001, _whole(body, WHOLE[frame_type])
    elif frame_type == PACKED_COUNTS:
        scale, counts = G_A_COUNT if factor is None else factor, _unpacked(body)
    elif frame_type == PACKED_MG:
        scale, counts = 0.001 * (1.0 if factor is None else factor), _unpacked(body)
    else:
        raise FrameError(f"frame type {frame_type:#x} is not known")
    for x, y, z in counts:
        yield x * scale, y * scale, z * scale


def _whole(body: bytes, size: int) -> Iterator[tuple[int, int, int]]:
    if len(body) % (AXES * size):
        raise FrameError(f"{len(body)} bytes are no whole number of samples")
    for at in range(0, len(body), AXES * size):
        yield _triple(body, at, size)


def _triple(body: bytes, at: int, size: int) -> tuple[int, int, int]:
    x, y, z = (
        int.from_bytes(body[begin : begin + size], "little", signed=True)
        for begin in range(at, at + AXES * size, size)
    )
    return x, y, z


def _unpacked(body: bytes) -> Iterator[tuple[int, int, int]]:
    at = AXES * FIRST_BYTES
    if len(body) < at:
        raise FrameError("a packed frame begins with a whole sample")
    x, y, z = _triple(body, 0, FIRST_BYTES)
    yield x, y, z
    while at + 2 <= len(body):
        bits, count = body[at], body[at + 1]
        length = (bits * count * AXES + 7) // 8
        at += 2
        if not 0 < bits <= MOST_BITS or at + length > len(body):
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
