"""What all entities of a household and of its robots share."""

from typing import TYPE_CHECKING

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN, VERSION

if TYPE_CHECKING:
    from .robot.link import RobotLink
    from .runtime import SeoguCareConfigEntry


class HouseholdEntity(Entity):
    """Shows something of the household and follows its changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: SeoguCareConfigEntry, description: EntityDescription) -> None:
        """The unique id is `<entry id>_<key>`."""
        self.entity_description = description
        self.data = entry.runtime_data
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer="Seogu Care",
            model="Household",
            sw_version=VERSION,
        )

    async def async_added_to_hass(self) -> None:
        """Follows the home from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.data.home.listen(self.async_write_ha_state))


class RobotEntity(Entity):
    """Shows something of one robot."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: SeoguCareConfigEntry, link: RobotLink, description: EntityDescription) -> None:
        """The unique id is `<entry id>_<robot>_<key>`."""
        self.entity_description = description
        self.link = link
        self.home = entry.runtime_data.home
        known = self.home.robots[link.robot]
        self._attr_unique_id = f"{entry.entry_id}_{link.robot}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, link.robot)},
            name=known.get("name") or link.robot,
            manufacturer="Seogu Care",
            model="Care robot",
            serial_number=link.robot,
            sw_version=known.get("software"),
        )

    async def async_added_to_hass(self) -> None:
        """Follows the home from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.home.listen(self.async_write_ha_state))
