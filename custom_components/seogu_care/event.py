"""The incident event: every step of every incident, for automations and the logbook."""

from typing import TYPE_CHECKING

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from .care.incident import State
from .entity import HouseholdEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .ledger import Announcement
    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
INCIDENT = EventEntityDescription(
    key="incident", translation_key="incident", event_types=[str(state) for state in State]
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds the event."""
    async_add_entities([IncidentEvent(entry, INCIDENT)])


class IncidentEvent(HouseholdEntity, EventEntity):
    """Shows the last step of an incident."""

    async def async_added_to_hass(self) -> None:
        """Hears of every step."""
        await super().async_added_to_hass()
        self.async_on_remove(self.data.home.listen_to_steps(self._on_step))

    @callback
    def _on_step(self, news: Announcement) -> None:
        data = self.data.home.event_data(news)
        kept = {key: data[key] for key in ("incident", "kind", "severity", "summary", "outcome")}
        self._trigger_event(str(news.state), kept)
        self.async_write_ha_state()
