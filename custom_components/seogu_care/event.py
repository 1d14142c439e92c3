"""Events for automations and the logbook: every step of every incident, and what the resident told others."""

from typing import TYPE_CHECKING

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from .care.incident import State
from .entity import HouseholdEntity, RobotEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .ledger import Announcement
    from .robot.letters import Letter
    from .robot.link import RobotLink
    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
INCIDENT = EventEntityDescription(
    key="incident", translation_key="incident", event_types=[str(state) for state in State]
)
LETTERS = [
    *("assist", "call_back", "call_family", "complaint", "counsel", "medicine", "notices", "read", "reply"),
    *("unanswered", "unwell", "welfare"),
]
SHOWN = {"name", "state"}
TALK = EventEntityDescription(key="talk", translation_key="talk", event_types=LETTERS)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds the event."""
    async_add_entities([IncidentEvent(entry, INCIDENT)])
    async_add_entities(TalkEvent(entry, link, TALK) for link in entry.runtime_data.robots.links.values())


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


class TalkEvent(RobotEntity, EventEntity):
    """Shows what the resident told the robot for others; the words themselves are not kept in the history."""

    def __init__(
        self, entry: SeoguCareConfigEntry, link: RobotLink, description: EventEntityDescription
    ) -> None:
        """Letters come from the household's letterbox."""
        super().__init__(entry, link, description)
        self._letterbox = entry.runtime_data.letterbox

    async def async_added_to_hass(self) -> None:
        """Hears of every letter."""
        await super().async_added_to_hass()
        self.async_on_remove(self._letterbox.listen(self._on_letter))

    @callback
    def _on_letter(self, letter: Letter) -> None:
        if letter.robot == self.link.robot and letter.kind in LETTERS:
            kept = {key: text for key, text in letter.data.items() if key in SHOWN}
            self._trigger_event(letter.kind, kept)
            self.async_write_ha_state()
