"""Makes the wearable that the configuration names."""

from functools import partial
from typing import TYPE_CHECKING

from robot_runtime.errors import WearableError
from robot_runtime.radio.ble import BleWearable
from robot_runtime.radio.drivers import DRIVERS
from robot_runtime.radio.replay import Replay

if TYPE_CHECKING:
    from robot_runtime.config import WearableConfig
    from robot_runtime.events import EventLog
    from robot_runtime.radio.wearable import Wearable


def make(config: WearableConfig, log: EventLog) -> Wearable | None:
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
            driver.start(config.rate_hz)
        except ValueError as error:
            raise WearableError(str(error)) from error
        return BleWearable(config.address, driver, config.rate_hz, partial(_linked, log))
    return None


def _played(log: EventLog, recording: str, step: str) -> None:
    log.add("replay", recording=recording, step=step)


def _linked(log: EventLog, step: str, reason: str) -> None:
    log.add("wearable_link", step=step, reason=reason)
