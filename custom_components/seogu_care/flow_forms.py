"""The forms of the flows."""

from typing import TYPE_CHECKING, Any

import probatio
from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.helpers import selector

from .care import policy
from .const import (
    CONF_BRIDGE_CODE,
    CONF_BRIDGE_URL,
    CONF_HAZARDS,
    CONF_LISTEN,
    CONF_NAME,
    CONF_NOTIFY,
    CONF_SENSORS,
)
from .proposal import ACTIVITY, HAZARDS, proposed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

GENERAL_ACTIONS = {"send_message", "notify"}


def household_form(hass: HomeAssistant) -> probatio.Schema:
    """Name, and whom to tell."""
    return probatio.Schema(
        {probatio.Required(CONF_NAME): selector.TextSelector(), **_notify_field(hass, None)}
    )


def sensors_form(hass: HomeAssistant) -> probatio.Schema:
    """Sensors of life and of hazards, with what the home has filled in."""
    return probatio.Schema(_sensor_fields(proposed(hass, ACTIVITY), proposed(hass, HAZARDS)))


def bridge_form(given: Mapping[str, Any] | None) -> probatio.Schema:
    """The bridge's address and the code on the letter."""
    given = given or {}
    url = {"suggested_value": given.get(CONF_BRIDGE_URL, "")}
    code = {"suggested_value": given.get(CONF_BRIDGE_CODE, "")}
    return probatio.Schema(
        {
            probatio.Optional(CONF_BRIDGE_URL, description=url): selector.TextSelector(
                selector.TextSelectorConfig(type=selector.TextSelectorType.URL)
            ),
            probatio.Optional(CONF_BRIDGE_CODE, description=code): selector.TextSelector(),
        }
    )


def options_form(hass: HomeAssistant, options: Mapping[str, Any]) -> probatio.Schema:
    """All that can be changed later."""
    seconds = selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=policy.LISTEN_LEAST.total_seconds(),
            max=policy.LISTEN_MOST.total_seconds(),
            step=1,
            unit_of_measurement="s",
            mode=selector.NumberSelectorMode.BOX,
        )
    )
    listen = options.get(CONF_LISTEN, policy.LISTEN.total_seconds())
    return probatio.Schema(
        {
            probatio.Required(CONF_LISTEN, default=listen): seconds,
            **_notify_field(hass, options.get(CONF_NOTIFY)),
            **_sensor_fields(options.get(CONF_SENSORS, []), options.get(CONF_HAZARDS, [])),
        }
    )


def _notify_field(hass: HomeAssistant, current: str | None) -> dict[Any, Any]:
    actions = [f"{NOTIFY}.{name}" for name in hass.services.async_services_for_domain(NOTIFY)]
    entities = [state.entity_id for state in hass.states.async_all(NOTIFY)]
    names = sorted({*actions, *entities} - {f"{NOTIFY}.{name}" for name in GENERAL_ACTIONS})
    field = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=names, custom_value=True, mode=selector.SelectSelectorMode.DROPDOWN
        )
    )
    return {probatio.Optional(CONF_NOTIFY, description={"suggested_value": current}): field}


def _sensor_fields(activity: list[str], hazards: list[str]) -> dict[Any, Any]:
    def chooser(kinds: tuple[Any, ...]) -> selector.EntitySelector:
        return selector.EntitySelector(
            selector.EntitySelectorConfig(
                filter=[{"domain": "binary_sensor", "device_class": [str(kind) for kind in kinds]}],
                multiple=True,
            )
        )

    return {
        probatio.Optional(CONF_SENSORS, default=activity): chooser(ACTIVITY),
        probatio.Optional(CONF_HAZARDS, default=hazards): chooser(HAZARDS),
    }
