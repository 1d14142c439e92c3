"""What the robot must know of a Bluetooth wearable; each device is one small file under ``drivers/``."""

from collections.abc import Callable
from dataclasses import dataclass

from robot_runtime.radio.wearable import Sample

type Decoder = Callable[[bytes, float], list[Sample]]
"""Takes a notification and when it arrived (s); gives samples, or raises ``FrameError``."""

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
"""The standard battery service's level, percent in one byte."""


class FrameError(ValueError):
    """A notification that is no frame of this device: left out with a line in the log."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of device: which characteristic streams, what starts it, how its bytes are read."""

    name: str
    stream: str
    start: Callable[[float], tuple[tuple[str, bytes], ...]]
    decoder: Callable[[float], Decoder]
