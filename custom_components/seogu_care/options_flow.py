"""Changing a household later."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import OptionsFlowWithReload

from .flow_forms import options_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigFlowResult


class HouseholdOptionsFlow(OptionsFlowWithReload):
    """How long the robot listens, whom to tell, which sensors count."""

    async def async_step_init(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """One form; the household is loaded anew with what is chosen."""
        if user_input is not None:
            return self.async_create_entry(data=dict(user_input))
        return self.async_show_form(
            step_id="init", data_schema=options_form(self.hass, self.config_entry.options)
        )
