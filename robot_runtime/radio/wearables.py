"""Makes the wearables that the configuration names, one a resident, and runs them side by side."""

from functools import partial
from typing import TYPE_CHECKING, Any

from robot_runtime.errors import WearableError
from robot_runtime.fall import FallDetector
from robot_runtime.movement import Movement
from robot_runtime.radio.ble import BleWearable
from robot_runtime.radio.drivers import DRIVERS
from robot_runtime.radio.finder import Finder
from robot_runtime.radio.replay import Replay

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from robot_runtime.config import WearableConfig
    from robot_runtime.events import EventLog
    from robot_runtime.radio.wearable import Wearable
    from robot_runtime.reminders import Reminders


class Wearables:
    """Each wearable with its own detector; how they are, for the heartbeat, is how the worst of them is."""

    def __init__(
        self,
        configs: Iterable[WearableConfig],
        log: EventLog,
        new_sign: Callable[[str, dict[str, Any]], object],
        reminders: Reminders,
    ) -> None:
        """Raises ``WearableError`` for a driver or a rate that can't be."""
        self.finder = Finder()
        self.movements: list[Movement] = []
        self._log = log
        self._new_sign = new_sign
        self._reminders = reminders
        self._addresses: set[str] = set()
        self._ready: list[tuple[Wearable, Movement]] = []
        self._running: asyncio.TaskGroup | None = None
        for config in configs:
            self.add(config)

    def add(self, config: WearableConfig) -> None:
        """One more; it runs at once when the others do."""
        wearable = make(config, self._log, self.finder)
        if wearable is None:
            return
        detector = FallDetector(config.rate_hz, config.placement)
        movement = Movement(detector, self._log, self._new_sign, self._reminders, config.resident)
        self.movements.append(movement)
        if config.address is not None:
            self._addresses.add(config.address)
        if self._running is None:
            self._ready.append((wearable, movement))
        else:
            self._running.create_task(wearable.run(movement))

    def start(self, parts: asyncio.TaskGroup) -> None:
        """Runs them, and those that are added later, among the robot's other parts."""
        self._running = parts
        for wearable, movement in self._ready:
            parts.create_task(wearable.run(movement))
        self._ready.clear()

    def knows(self, address: str) -> bool:
        """Whether this device is one of them."""
        return address in self._addresses

    @property
    def state(self) -> str:
        """``none``, ``offline`` when one of them is, else ``online``."""
        if not self.movements:
            return "none"
        return "online" if all(each.state == "online" for each in self.movements) else "offline"

    @property
    def worn(self) -> bool:
        """False when one of them lies about."""
        return all(each.worn for each in self.movements)

    @property
    def battery(self) -> int | None:
        """The lowest level, percent."""
        return min((each.battery for each in self.movements if each.battery is not None), default=None)


def make(config: WearableConfig, log: EventLog, finder: Finder) -> Wearable | None:
    """``None`` when there is none; raises ``WearableError`` for a driver or a rate that can't be."""
    if config.replay_dir is not None:
        return Replay(config.replay_dir, config.rate_hz, partial(_played, log))
    if config.address is not None:
        driver = DRIVERS.get(config.driver)
        if driver is None:
            raise WearableError(
                f"wearable.driver is {config.driver!r}; it may be {', '.join(sorted(DRIVERS))}"
            )
        try:
            driver.session(config.rate_hz)
        except ValueError as error:
            raise WearableError(str(error)) from error
        return BleWearable(config.address, driver, config.rate_hz, partial(_linked, log), finder)
    return None


def _played(log: EventLog, recording: str, step: str) -> None:
    log.add("replay", recording=recording, step=step)


def _linked(log: EventLog, step: str, reason: str) -> None:
    log.add("wearable_link", step=step, reason=reason)
