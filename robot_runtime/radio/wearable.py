"""What every source of movement delivers, whatever device is behind it."""

from dataclasses import dataclass
from typing import Protocol

BATTERY_LOW_PERCENT = 15
"""Some hours of an ordinary watch: time to charge it in the evening."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample on the stream's own clock: seconds, g with gravity, degrees per second."""

    t_s: float
    accel_g: tuple[float, float, float]
    gyro_dps: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Battery:
    """The battery's level."""

    percent: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """The heart's beats a minute; ``contact``: whether the skin is felt, None where the device can't tell."""

    per_minute: int
    contact: bool | None


class WearableSink(Protocol):
    """Who takes what the wearable delivers; called in the event loop."""

    def on_samples(self, samples: list[Sample]) -> None:
        """Samples in the order of their times."""

    def on_state(self, state: str) -> None:
        """``online`` or ``offline``."""

    def on_battery(self, percent: int) -> None:
        """The battery's level."""

    def on_pulse(self, pulse: Pulse) -> None:
        """The heart rate, from wearables that feel it."""


class Wearable(Protocol):
    """A source of movement."""

    async def run(self, sink: WearableSink) -> None:
        """For ever; reconnects by itself."""
