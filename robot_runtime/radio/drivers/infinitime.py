"""PineTime with InfiniTime: its motion service notifies one raw sample of the BMA421 at a time.

Three little-endian int16; the sensor is set to ±2 g at 12 bits, so 1024 is 1 g. The watch sends some 10
samples a second and clips at 2 g: enough to see stillness and posture, little for a fall's impact. Prefer a
Polar sensor where falls matter. Source: InfiniTime, doc/ble.md and MotionService.md.
"""

import struct

from robot_runtime.radio.driver import Decoder, Driver, FrameError, Plain, Reading, acceleration

MOTION_SERVICE = "00030000-78fc-48fe-8e23-433b3a1942d0"
MOTION_VALUES = "00030002-78fc-48fe-8e23-433b3a1942d0"
COUNTS_PER_G = 1024.0
_FRAME = struct.Struct("<3h")


def decoder(_rate_hz: float) -> Decoder:
    """A sample's time is its arrival."""

    def decode(data: bytes, arrived_s: float) -> list[Reading]:
        if len(data) != _FRAME.size:
            raise FrameError(f"a motion value has {_FRAME.size} bytes, not {len(data)}")
        x, y, z = _FRAME.unpack(data)
        return [acceleration(arrived_s, x / COUNTS_PER_G, y / COUNTS_PER_G, z / COUNTS_PER_G)]

    return decode


DRIVER = Driver(
    name="infinitime",
    label="PineTime (InfiniTime)",
    names=("InfiniTime",),
    rate_hz=12.0,
    stream=MOTION_VALUES,
    session=lambda rate_hz: Plain(decoder(rate_hz)),
)
