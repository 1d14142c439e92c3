"""The away switch: nobody is asked about silence while the resident is out."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription

from .entity import HouseholdEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
AWAY = SwitchEntityDescription(key="away", translation_key="away")


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds the switch."""
    async_add_entities([AwaySwitch(entry, AWAY)])


class AwaySwitch(HouseholdEntity, SwitchEntity):
    """On while the resident is out. Falls, pleas and hazards count all the same."""

    @property
    def is_on(self) -> bool:
        """Away."""
        return self.data.home.household.away

    async def async_turn_on(self, **_: Any) -> None:
        """The resident goes out."""
        await self.data.home.set_away(away=True)

    async def async_turn_off(self, **_: Any) -> None:
        """The resident is back."""
        await self.data.home.set_away(away=False)
