"""What a state of Home Assistant says of a sensor: active, not active, or that it can't be reached."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN

if TYPE_CHECKING:
    from homeassistant.core import State

SILENT: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN, "", "none"})
POWER_ON_W: Final = 15.0
"""Above any standby (EU regulation 2023/826 allows 8 W at most), below a television that runs."""
_AT_REST: Final = frozenset({"off", "standby", "idle", "closed", "not_home", "clear", "0"})


def is_silent(state: State | None) -> bool:
    """Whether nothing can be told from it."""
    return state is None or state.state in SILENT


def active(state: State) -> bool | None:
    """Whether the sensor is active; None where its state says nothing (unavailable, or no number)."""
    if state.state in SILENT:
        return None
    if state.entity_id.startswith("event."):
        return True  # each new state of an event entity is a pulse
    if state.entity_id.startswith("sensor."):
        try:
            return float(state.state) >= POWER_ON_W
        except ValueError:
            return None
    return state.state not in _AT_REST
