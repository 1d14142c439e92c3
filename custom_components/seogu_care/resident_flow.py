"""The resident: who lives here."""

from typing import TYPE_CHECKING, Any

import probatio
from homeassistant.config_entries import ConfigSubentryFlow
from homeassistant.helpers import selector
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult

CONF_NAME = "name"
CONF_BIRTH_YEAR = "birth_year"
CONF_NOTES = "notes"
OLDEST = 1900


class ResidentFlow(ConfigSubentryFlow):
    """Name, year of birth and what helpers should know. It stays in this home."""

    async def async_step_user(self, user_input: Mapping[str, Any] | None = None) -> SubentryFlowResult:
        """A resident is added."""
        if user_input is not None and user_input[CONF_NAME].strip():
            return self.async_create_entry(title=user_input[CONF_NAME].strip(), data=_kept(user_input))
        return self._form("user", user_input or {}, failed=user_input is not None)

    async def async_step_reconfigure(self, user_input: Mapping[str, Any] | None = None) -> SubentryFlowResult:
        """What is known about a resident is changed."""
        subentry = self._get_reconfigure_subentry()
        if user_input is not None and user_input[CONF_NAME].strip():
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=user_input[CONF_NAME].strip(), data=_kept(user_input)
            )
        return self._form("reconfigure", user_input or subentry.data, failed=user_input is not None)

    def _form(self, step: str, known: Mapping[str, Any], *, failed: bool) -> SubentryFlowResult:
        year = selector.NumberSelector(
            selector.NumberSelectorConfig(
                min=OLDEST, max=dt_util.now().year, step=1, mode=selector.NumberSelectorMode.BOX
            )
        )
        notes = selector.TextSelector(selector.TextSelectorConfig(multiline=True))
        schema = probatio.Schema(
            {
                probatio.Required(CONF_NAME): selector.TextSelector(),
                probatio.Optional(CONF_BIRTH_YEAR): year,
                probatio.Optional(CONF_NOTES): notes,
            }
        )
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, known),
            errors={CONF_NAME: "name_empty"} if failed else {},
        )


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {CONF_NAME: given[CONF_NAME].strip()}
    if CONF_BIRTH_YEAR in given:
        kept[CONF_BIRTH_YEAR] = int(given[CONF_BIRTH_YEAR])
    if given.get(CONF_NOTES):
        kept[CONF_NOTES] = given[CONF_NOTES]
    return kept
