"""The buttons on the household's page: help that never waits for an answer, and "I am fine"."""

import uuid
from typing import TYPE_CHECKING

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.util import dt as dt_util

from .care.signs import Sos
from .entity import HouseholdEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
SOS = ButtonEntityDescription(key="sos", translation_key="sos")
OKAY = ButtonEntityDescription(key="okay", translation_key="okay")


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds the buttons."""
    async_add_entities([SosButton(entry, SOS), OkayButton(entry, OKAY)])


class SosButton(HouseholdEntity, ButtonEntity):
    """Raises an alert at once."""

    async def async_press(self) -> None:
        """Somebody needs help."""
        now = dt_util.utcnow()
        await self.data.home.take(Sos(id=str(uuid.uuid7()), at=now, source="home_assistant"))


class OkayButton(HouseholdEntity, ButtonEntity):
    """Answers every open question well, for a button on the wall or a screen; else it is a sign of life."""

    async def async_press(self) -> None:
        """The resident says that all is well."""
        if not await self.data.questions.answer("okay"):
            self.data.home.note_activity(dt_util.utcnow())
            self.data.routine.heard()
