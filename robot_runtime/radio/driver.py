"""What the robot must know of a Bluetooth wearable; each device is one small file under ``drivers/``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from robot_runtime.radio.wearable import Battery, Pulse, Sample

type Reading = Sample | Battery | Pulse
type Decoder = Callable[[bytes, float], list[Reading]]
"""Takes a notification and when it arrived (s); gives readings, or raises ``FrameError``."""
type Commands = tuple[tuple[str, bytes], ...]
"""What to write, in order: characteristic and bytes."""

ABSURD_G = 40.0
"""No wearable's accelerometer reaches beyond 16 g an axis (27.7 g in all): such a frame is broken."""


class FrameError(ValueError):
    """A notification that is no frame of this device: left out with a line in the log."""


class RefusedError(ValueError):
    """The device refused what it was asked for; the message says what."""


class Session(Protocol):
    """One connection to a device; a new connection gets a new one."""

    @property
    def first(self) -> Commands:
        """What is written once notifications are on."""

    def answered(self, answer: bytes) -> Commands:
        """What follows from an answer; raises ``RefusedError`` for one that says no."""

    def decode(self, data: bytes, arrived_s: float) -> list[Reading]:
        """Readings of a notification that arrived at this time (s); raises ``FrameError``."""


class Plain:
    """A session with a device that never answers."""

    def __init__(self, decoder: Decoder, first: Commands = ()) -> None:
        self.first = first
        self._decoder = decoder

    def answered(self, _answer: bytes) -> Commands:
        """Nothing follows."""
        return ()

    def decode(self, data: bytes, arrived_s: float) -> list[Reading]:
        """As the decoder reads it."""
        return self._decoder(data, arrived_s)


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of device: what it is called, what streams, what is said to it, how its bytes are read.

    ``names`` are how its advertised name may begin; ``rate_hz`` is what pairing asks of it. ``session``
    begins a connection at a rate and raises ``ValueError`` for one the device can't have; commands are
    written in pieces of at most ``piece`` bytes. ``answers`` is the characteristic on which the device
    answers commands. ``feels_skin``: whether what it says of skin contact can be believed.
    """

    name: str
    label: str
    names: tuple[str, ...]
    rate_hz: float
    stream: str
    session: Callable[[float], Session]
    piece: int = 512
    answers: str | None = None
    feels_skin: bool = True


def acceleration(t_s: float, x: float, y: float, z: float) -> Sample:
    """A sample in g; ``FrameError`` for what no sensor measures or is not a number."""
    if not x * x + y * y + z * z < ABSURD_G * ABSURD_G:
        raise FrameError(f"an acceleration of ({x:g}, {y:g}, {z:g}) g")
    return Sample(t_s, (x, y, z))
