"""Whether bridge and robots can be reached."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from .bridge.link import LinkState
from .entity import HouseholdEntity, RobotEntity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0

BRIDGE = BinarySensorEntityDescription(
    key="bridge_connected",
    translation_key="bridge_connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)
ROBOT = BinarySensorEntityDescription(
    key="robot_online",
    translation_key="robot_online",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds one for the bridge and one for each robot."""
    async_add_entities([BridgeConnected(entry, BRIDGE)])
    async_add_entities(RobotOnline(entry, link, ROBOT) for link in entry.runtime_data.robots.links.values())


class BridgeConnected(HouseholdEntity, BinarySensorEntity):
    """Whether the bridge has answered the last message; unavailable where there is no bridge."""

    @property
    def available(self) -> bool:
        """A household may live without a bridge."""
        return self.data.bridge is not None

    @property
    def is_on(self) -> bool | None:
        """Connected."""
        return None if self.data.bridge is None else self.data.bridge.state is LinkState.CONNECTED

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Why not, if not."""
        if self.data.bridge is None:
            return None
        return {
            "state": str(self.data.bridge.state),
            "error": self.data.bridge.last_error,
            "waiting": len(self.data.home.ledger.outbox),
        }


class RobotOnline(RobotEntity, BinarySensorEntity):
    """Whether the robot was heard in the last 30 s."""

    @property
    def is_on(self) -> bool:
        """Online."""
        return self.link.online

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """Whether it works with the home or alone."""
        beat = self.link.heartbeat
        return {"alone": None if beat is None else beat.alone}
