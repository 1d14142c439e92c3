"""Which household an action means."""

from typing import TYPE_CHECKING

import probatio
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import ServiceCall

    from .runtime import SeoguCareConfigEntry

ENTRY = {probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}


def household(call: ServiceCall) -> SeoguCareConfigEntry:
    """The household that is meant: the named one, or the only one."""
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    entries: list[SeoguCareConfigEntry] = [
        entry for entry in call.hass.config_entries.async_entries(DOMAIN) if wanted in {None, entry.entry_id}
    ]
    if not entries:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_household")
    if len(entries) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_household")
    if entries[0].state is not ConfigEntryState.LOADED:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="household_not_loaded")
    return entries[0]
