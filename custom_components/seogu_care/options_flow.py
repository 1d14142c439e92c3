"""Changing a household later."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import OptionsFlowWithReload
from homeassistant.helpers import entity_registry as er

from .const import (
    CONF_ARRANGE,
    CONF_CALENDAR,
    CONF_FLOOR,
    CONF_HYGROMETERS,
    CONF_KINDS,
    CONF_OUTDOOR,
    CONF_STOVES,
    CONF_THERMOMETERS,
)
from .flow_forms import environment_form, kinds_form, options_form
from .routine.arrange import SensorTwiceError, arranged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigFlowResult

ENVIRONMENT: Final = (CONF_THERMOMETERS, CONF_HYGROMETERS, CONF_OUTDOOR, CONF_STOVES, CONF_FLOOR)

HOLIDAY: Final = "holiday"
"""Home Assistant's integration that makes calendars of public holidays."""


class HouseholdOptionsFlow(OptionsFlowWithReload):
    """How long the robot listens and how often it may ask, whom to tell, which sensors count, and as what."""

    def __init__(self) -> None:
        """Nothing is changed yet."""
        self._options: dict[str, Any] = {}

    async def async_step_init(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """The first form; the household is loaded anew with what is chosen."""
        errors: dict[str, str] = {}
        if user_input is not None and self._tells_public_holidays(user_input.get(CONF_CALENDAR)):
            errors[CONF_CALENDAR] = "public_holidays"
        elif user_input is not None:
            kept = {name: self.config_entry.options[name] for name in self._arranged_before()}
            self._options = {**kept, **user_input}
            if self._options.pop(CONF_ARRANGE, False):
                return await self.async_step_kinds()
            return self.async_create_entry(data=self._options)
        shown = {**self.config_entry.options, **(user_input or {})}
        return self.async_show_form(step_id="init", data_schema=options_form(self.hass, shown), errors=errors)

    async def async_step_kinds(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """What each sensor is."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._options[CONF_KINDS] = arranged(self.hass, self._options, user_input)
            except SensorTwiceError as err:
                errors[err.kind] = "sensor_twice"
            else:
                return await self.async_step_environment()
        return self.async_show_form(
            step_id="kinds",
            data_schema=kinds_form(self.hass, self._options),
            errors=errors,
            last_step=False,
        )

    async def async_step_environment(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """Thermometers, the stove, the floor."""
        if user_input is not None:
            for name in ENVIRONMENT:
                self._options.pop(name, None)
            return self.async_create_entry(data={**self._options, **user_input})
        return self.async_show_form(step_id="environment", data_schema=environment_form(self._options))

    def _tells_public_holidays(self, calendar: str | None) -> bool:
        """On public holidays the resident is at home as ever: such a calendar would silence the watch."""
        entry = er.async_get(self.hass).async_get(calendar) if calendar else None
        return entry is not None and entry.platform == HOLIDAY

    def _arranged_before(self) -> list[str]:
        return [name for name in (CONF_KINDS, *ENVIRONMENT) if name in self.config_entry.options]
