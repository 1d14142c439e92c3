"""The robot as a notify entity: what is sent is said aloud, when the hour allows."""

from typing import TYPE_CHECKING

from homeassistant.components.notify import NotifyEntity, NotifyEntityDescription
from homeassistant.components.notify.const import NotifyEntityFeature
from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN
from .entity import RobotEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
MOST_SPOKEN = 1000
"""Characters; longer words are no notice, and the robot would speak for minutes."""
SPEAK = NotifyEntityDescription(key="speak", translation_key="speak")


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds one for each robot."""
    async_add_entities(RobotNotice(entry, link, SPEAK) for link in entry.runtime_data.robots.links.values())


class RobotNotice(RobotEntity, NotifyEntity):
    """Stored first: a robot that is away says it when it is back, within the day."""

    _attr_supported_features = NotifyEntityFeature.TITLE

    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Never over a check-in, and not in the robot's quiet hours."""
        words = " ".join(part.strip() for part in (title or "", message) if part.strip())
        if not words or len(words) > MOST_SPOKEN:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="words_to_say",
                translation_placeholders={"most": str(MOST_SPOKEN)},
            )
        await self.link.voice.leave(words)
