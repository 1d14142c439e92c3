"""The wearables that the robot knows, by the name used in the configuration."""

from typing import TYPE_CHECKING

from robot_runtime.radio.drivers import bangle, infinitime, polar

if TYPE_CHECKING:
    from robot_runtime.radio.driver import Driver

DRIVERS: dict[str, Driver] = {
    driver.name: driver for driver in (polar.SENSE, polar.H10, infinitime.DRIVER, bangle.DRIVER)
}


def for_name(advertised: str) -> Driver | None:
    """The driver of a device by the name it calls out, or None for one that is not known."""
    return next((each for each in DRIVERS.values() if advertised.startswith(each.names)), None)
