"""Which of the home's sensors are proposed: by device class, and by area where the entity has one."""

from typing import TYPE_CHECKING

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass as Kind
from homeassistant.helpers import entity_registry as er

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

ACTIVITY = (Kind.MOTION, Kind.OCCUPANCY, Kind.PRESENCE, Kind.DOOR, Kind.OPENING, Kind.WINDOW, Kind.VIBRATION)
HAZARDS = (Kind.SMOKE, Kind.GAS, Kind.CO, Kind.MOISTURE)


def proposed(hass: HomeAssistant, kinds: tuple[Kind, ...]) -> list[str]:
    """The entities of these device classes that are in use, those with an area first."""
    registry = er.async_get(hass)
    found: list[tuple[bool, str]] = []
    for state in hass.states.async_all("binary_sensor"):
        if state.attributes.get("device_class") not in kinds:
            continue
        entry = registry.async_get(state.entity_id)
        if entry is not None and (entry.platform == "seogu_care" or entry.hidden_by is not None):
            continue
        found.append((_area(hass, entry) is None, state.entity_id))
    return [name for _, name in sorted(found)]


def _area(hass: HomeAssistant, entry: er.RegistryEntry | None) -> str | None:
    from homeassistant.helpers import device_registry as dr  # noqa: PLC0415

    if entry is None:
        return None
    if entry.area_id is not None or entry.device_id is None:
        return entry.area_id
    device = dr.async_get(hass).async_get(entry.device_id)
    return None if device is None else device.area_id
