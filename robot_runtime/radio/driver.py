"""What the robot must know of a Bluetooth wearable; each device is one small file under ``drivers/``."""

from collections.abc import Callable
from dataclasses import dataclass

from robot_runtime.radio.wearable import Battery, Pulse, Sample

type Reading = Sample | Battery | Pulse
type Decoder = Callable[[bytes, float], list[Reading]]
"""Takes a notification and when it arrived (s); gives readings, or raises ``FrameError``."""

ABSURD_G = 40.0
"""No wearable's accelerometer reaches beyond 16 g an axis (27.7 g in all): such a frame is broken."""


class FrameError(ValueError):
    """A notification that is no frame of this device: left out with a line in the log."""


class RefusedError(ValueError):
    """The device refused what it was asked for; the message says what."""


def no_complaint(_answer: bytes) -> None:
    """Of a device that does not answer commands."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of device: what it is called, what streams, what starts it, how its bytes are read.

    ``names`` are how its advertised name may begin; ``rate_hz`` is what pairing asks of it. ``start`` gives
    the commands (characteristic, bytes) for a rate and raises ``ValueError`` for one it does not know; each
    is written in pieces of at most ``piece`` bytes. Where the device answers commands on a characteristic
    (``answers``), ``complaint`` raises ``RefusedError`` for an answer that says no.
    """

    name: str
    label: str
    names: tuple[str, ...]
    rate_hz: float
    stream: str
    start: Callable[[float], tuple[tuple[str, bytes], ...]]
    decoder: Callable[[float], Decoder]
    piece: int = 512
    answers: str | None = None
    complaint: Callable[[bytes], None] = no_complaint


def acceleration(t_s: float, x: float, y: float, z: float) -> Sample:
    """A sample in g; ``FrameError`` for what no sensor measures or is not a number."""
    if not x * x + y * y + z * z < ABSURD_G * ABSURD_G:
        raise FrameError(f"an acceleration of ({x:g}, {y:g}, {z:g}) g")
    return Sample(t_s, (x, y, z))
