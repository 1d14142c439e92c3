"""What a robot's heartbeat complains of, shown as repairs and taken away when it is over."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback

from custom_components.seogu_care import issues
from custom_components.seogu_care.const import CONF_ROBOTS

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

REPAIRS = {
    "hearing": "robot_deaf",
    "overdriven": "robot_overdriven",
    "sound_lost": "robot_slow",
    "second_engine": "robot_second_engine",
    "speech": "robot_mute",
    "store_reset": "robot_store_reset",
}
LOW_PERCENT, CHARGED_PERCENT = 15, 25
"""The robot calls a wearable's battery low at 15 %; a level that wanders around it is told once."""


@callback
def show(hass: HomeAssistant, entry: ConfigEntry[Any], robot: str, trouble: frozenset[str]) -> None:
    """``trouble``: as the heartbeat names it; what is not known here is left to the robot's log."""
    known = entry.data.get(CONF_ROBOTS, {}).get(robot, {})
    for name, repair in REPAIRS.items():
        if name in trouble:
            issues.tell_about(hass, entry, repair, robot, robot=known.get("name") or robot)
        else:
            issues.clear_about(hass, entry, repair, robot)


@callback
def show_battery(hass: HomeAssistant, entry: ConfigEntry[Any], robot: str, percent: int | None) -> None:
    """The family is told to charge the wearable until it is charged."""
    if percent is None:
        return
    known = entry.data.get(CONF_ROBOTS, {}).get(robot, {})
    if percent <= LOW_PERCENT:
        issues.tell_about(hass, entry, "wearable_battery_low", robot, robot=known.get("name") or robot)
    elif percent >= CHARGED_PERCENT:
        issues.clear_about(hass, entry, "wearable_battery_low", robot)
