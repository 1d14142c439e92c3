"""The wearables that the robot knows, by the name used in the configuration."""

from typing import TYPE_CHECKING

from robot_runtime.radio.drivers import infinitime, polar

if TYPE_CHECKING:
    from robot_runtime.radio.driver import Driver

DRIVERS: dict[str, Driver] = {driver.name: driver for driver in (polar.DRIVER, infinitime.DRIVER)}
