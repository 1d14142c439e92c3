"""What a sensor's change says: who moved it, and whether it is a sign of life."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from .errors import BadSensorError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "motion", "contact", "exterior_door", "bed", "seat", "appliance", "flush", "power", "vibration"
]
KINDS: Final = frozenset(get_args(Kind))

# Kinds whose end is a person's doing, too: somebody closed the door, somebody got up. The end of a motion,
# a flush or an appliance's run comes by itself.
ENDED_BY_HAND: Final = frozenset({"contact", "exterior_door", "bed", "seat"})
# Kinds that a person rests on: between their on and off somebody is there, at rest.
RESTED_ON: Final = frozenset({"bed", "seat"})

# Kinds that nothing but a hand or a body moves; sun, wind and machines set off the others now and then.
MOVED_BY_HAND: Final = ENDED_BY_HAND | {"flush"}

Zone = Literal["bathroom", "bedroom", "kitchen", "entrance", "living", "other"]
_ZONE_WORDS: Final[tuple[tuple[Zone, tuple[str, ...]], ...]] = (
    ("bathroom", ("bath", "toilet", "shower", "wc", "lavatory", "restroom", "화장실", "욕실", "샤워")),
    ("bedroom", ("bed", "sleep", "침실", "안방", "큰방", "작은방")),
    ("kitchen", ("kitchen", "cook", "pantry", "부엌", "주방", "다용도")),
    ("entrance", ("entr", "foyer", "hall", "front", "corridor", "현관", "복도")),
    ("living", ("living", "lounge", "sofa", "tv", "dining", "거실", "마루", "식당")),
)


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor of the home: where it is and what it tells of."""

    name: str
    room: str
    kind: str
    zone: Zone


def zone_of(room: str) -> Zone:
    """The use of a room, from its name in Korean or English; `other` where the name does not tell."""
    lowered = room.casefold()
    for zone, words in _ZONE_WORDS:
        if any(word in lowered for word in words):
            return zone
    return "other"


def read_sensors(sensors: Mapping[str, Mapping[str, Any]]) -> dict[str, Sensor]:
    """Check the description of a home's sensors; raises BadSensorError with what is wrong."""
    read: dict[str, Sensor] = {}
    for name, described in sensors.items():
        room, kind = described.get("room"), described.get("kind", "")
        if not isinstance(room, str) or not room:
            message = f"sensor {name!r} has no room: give the room (area) that it is in"
            raise BadSensorError(message)
        if kind not in KINDS:
            message = f"sensor {name!r} has the kind {kind!r}: use one of {', '.join(sorted(KINDS))}"
            raise BadSensorError(message)
        read[name] = Sensor(name, room, str(kind), zone_of(room))
    return read
