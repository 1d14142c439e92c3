"""The forms of the flows."""

from typing import TYPE_CHECKING, Any

import probatio
from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.helpers import selector

from .care import policy
from .care.routine.thresholds import BUDGET_A_WEEK
from .const import (
    CONF_ARRANGE,
    CONF_ASK_ON,
    CONF_BRIDGE_CODE,
    CONF_BRIDGE_URL,
    CONF_BUDGET,
    CONF_CALENDAR,
    CONF_FLOOR,
    CONF_HAZARDS,
    CONF_HYGROMETERS,
    CONF_LISTEN,
    CONF_NAME,
    CONF_NOTIFY,
    CONF_OUTDOOR,
    CONF_SENSORS,
    CONF_SHARE,
    CONF_STOVES,
    CONF_THERMOMETERS,
    CONF_WEEKLY,
)
from .proposal import ACTIVITY, HAZARDS, proposed
from .routine.chosen import ORDER, sensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

GENERAL_ACTIONS = {"send_message", "notify"}
BUDGET_LEAST = 0.5
BUDGET_MOST = 7.0
BINARY = ("binary_sensor",)
DOMAINS_OF = {
    "appliance": ("binary_sensor", "switch", "media_player", "light", "fan"),
    "power": ("sensor", "binary_sensor"),
    "flush": ("binary_sensor", "event"),
    "vibration": ("binary_sensor", "event"),
}


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
            **_notify_field(hass, options.get(CONF_ASK_ON), CONF_ASK_ON),
            **_sensor_fields(options.get(CONF_SENSORS, []), options.get(CONF_HAZARDS, [])),
            probatio.Required(CONF_BUDGET, default=options.get(CONF_BUDGET, BUDGET_A_WEEK)): _budget(),
            probatio.Optional(
                CONF_CALENDAR, description={"suggested_value": options.get(CONF_CALENDAR)}
            ): selector.EntitySelector(selector.EntitySelectorConfig(domain="calendar")),
            probatio.Required(
                CONF_WEEKLY, default=options.get(CONF_WEEKLY, True)
            ): selector.BooleanSelector(),
            probatio.Required(CONF_SHARE, default=options.get(CONF_SHARE, False)): selector.BooleanSelector(),
            probatio.Required(CONF_ARRANGE, default=False): selector.BooleanSelector(),
        }
    )


def kinds_form(hass: HomeAssistant, options: Mapping[str, Any]) -> probatio.Schema:
    """What each chosen sensor is, with what its name and its device class say filled in."""
    described = sensors(hass, options)
    fields: dict[Any, Any] = {}
    for kind in ORDER:
        now = [name for name, each in described.items() if each["kind"] == kind]
        field = probatio.Optional(kind, description={"suggested_value": now})
        fields[field] = selector.EntitySelector(
            selector.EntitySelectorConfig(domain=list(DOMAINS_OF.get(kind, BINARY)), multiple=True)
        )
    return probatio.Schema(fields)


def environment_form(options: Mapping[str, Any]) -> probatio.Schema:
    """Thermometers, the stove, and what feels the floor."""

    def field(name: str) -> probatio.Optional:
        return probatio.Optional(name, description={"suggested_value": options.get(name)})

    def entities(
        domain: str | list[str], device_class: str | None = None, *, multiple: bool = True
    ) -> selector.EntitySelector:
        config = selector.EntitySelectorConfig(domain=domain, multiple=multiple)
        if device_class is not None:
            config["device_class"] = device_class
        return selector.EntitySelector(config)

    return probatio.Schema(
        {
            field(CONF_THERMOMETERS): entities("sensor", "temperature"),
            field(CONF_HYGROMETERS): entities("sensor", "humidity"),
            field(CONF_OUTDOOR): entities("weather", multiple=False),
            field(CONF_STOVES): entities(["binary_sensor", "sensor", "switch"]),
            field(CONF_FLOOR): entities("binary_sensor"),
        }
    )


def _budget() -> selector.NumberSelector:
    """Questions for nothing a week."""
    return selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=BUDGET_LEAST, max=BUDGET_MOST, step=0.5, mode=selector.NumberSelectorMode.SLIDER
        )
    )


def _notify_field(hass: HomeAssistant, current: str | None, name: str = CONF_NOTIFY) -> dict[Any, Any]:
    actions = [f"{NOTIFY}.{name}" for name in hass.services.async_services_for_domain(NOTIFY)]
    entities = [state.entity_id for state in hass.states.async_all(NOTIFY)]
    names = sorted({*actions, *entities} - {f"{NOTIFY}.{name}" for name in GENERAL_ACTIONS})
    field = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=names, custom_value=True, mode=selector.SelectSelectorMode.DROPDOWN
        )
    )
    return {probatio.Optional(name, description={"suggested_value": current}): field}


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
