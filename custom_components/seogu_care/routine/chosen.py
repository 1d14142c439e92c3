"""Which of the home's entities tell of life, what kind of sensor each is, and the room it is in."""

from typing import TYPE_CHECKING, Final

from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.seogu_care.care.routine.sensors import KINDS
from custom_components.seogu_care.const import CONF_KINDS, CONF_SENSORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from homeassistant.core import HomeAssistant

ORDER: Final = (
    "motion",
    "exterior_door",
    "contact",
    "bed",
    "seat",
    "appliance",
    "power",
    "flush",
    "vibration",
)

# Words in an entity's name, its id or its area that tell more than its device class.
_OUTSIDE: Final = ("현관", "대문", "front", "entrance", "entry", "outside", "main door", "maindoor")
_INSIDE: Final = (
    "냉장고", "서랍", "찬장", "옷장", "방문", "욕실", "화장실", "약", "fridge", "refrigerator", "freezer",
    "drawer", "cabinet", "cupboard", "closet", "wardrobe", "bedroom", "bathroom", "toilet", "microwave",
    "washer",
)  # fmt: skip
_BED: Final = ("침대", "매트", "bed_", "bed ", "mattress", "bedsensor", "bed sensor")
_SEAT: Final = ("의자", "소파", "방석", "chair", "sofa", "couch", "seat")
_FLUSH: Final = ("물내림", "변기", "flush")
_PRESENCE: Final = ("재실", "레이더", "presence", "mmwave", "radar")
_BODY: Final = frozenset({"motion", "occupancy", "presence", "moving"})
_DOORS: Final = frozenset({"door", "opening", "garage_door"})
_PLAIN: Final = {"window": ("contact", True), "vibration": ("vibration", True), "power": ("power", True)}
_BY_DOMAIN: Final = {
    "sensor": ("power", False),
    **dict.fromkeys(("switch", "media_player", "light", "fan"), ("appliance", True)),
}


def sensors(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The sensors of the household as the core wants them: entity id → {"room": …, "kind": …}."""
    told = kinds(options)
    names = dict.fromkeys([*options.get(CONF_SENSORS, ()), *told])
    return {
        name: {"room": room(hass, name), "kind": told.get(name) or guess(hass, name)[0]} for name in names
    }


def kinds(options: Mapping[str, Any]) -> dict[str, str]:
    """What the family has said of single sensors: entity id → kind."""
    return {
        entity: kind
        for kind, entities in options.get(CONF_KINDS, {}).items()
        if kind in KINDS
        for entity in entities
    }


def room(hass: HomeAssistant, entity_id: str) -> str:
    """The entity's area, or its device's; where there is none its own name, so that rooms stay apart."""
    registry = er.async_get(hass)
    entry = registry.async_get(entity_id)
    area_id = None
    if entry is not None:
        area_id = entry.area_id
        if area_id is None and entry.device_id is not None:
            device = dr.async_get(hass).async_get(entry.device_id)
            area_id = None if device is None else device.area_id
    area = None if area_id is None else ar.async_get(hass).async_get_area(area_id)
    return area.name if area is not None else name(hass, entity_id)


def name(hass: HomeAssistant, entity_id: str) -> str:
    """What people call the entity."""
    state = hass.states.get(entity_id)
    if state is not None:
        return state.name
    entry = er.async_get(hass).async_get(entity_id)
    return (entry.name or entry.original_name if entry is not None else None) or entity_id


def guess(hass: HomeAssistant, entity_id: str) -> tuple[str, bool]:
    """The kind of a sensor by its device class and its name, and whether that is certain."""
    state = hass.states.get(entity_id)
    device_class = None if state is None else state.attributes.get("device_class")
    if device_class is None and (entry := er.async_get(hass).async_get(entity_id)) is not None:
        device_class = entry.device_class or entry.original_device_class
    words = f"{name(hass, entity_id)} {entity_id} {room(hass, entity_id)}".casefold()
    return _by_words(str(device_class), entity_id.partition(".")[0], words)


def _by_words(device_class: str, domain: str, words: str) -> tuple[str, bool]:
    def any_of(among: tuple[str, ...]) -> bool:
        return any(word in words for word in among)

    if any_of(_FLUSH):
        return "flush", True
    if device_class in _BODY or (device_class == "None" and domain == "binary_sensor"):
        if any_of(_BED):
            return "bed", True
        # Presence goes on while somebody sits still; motion does not.
        seat = device_class == "presence" or any_of((*_SEAT, *_PRESENCE))
        return ("seat", True) if seat else ("motion", device_class != "None")
    if device_class in _DOORS:
        inside = any_of(_INSIDE)
        outside = any_of(_OUTSIDE) and not inside
        return ("exterior_door" if outside else "contact"), inside or outside
    return _PLAIN.get(device_class) or _BY_DOMAIN.get(domain, ("appliance", False))
