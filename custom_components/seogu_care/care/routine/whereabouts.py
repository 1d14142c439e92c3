"""Where the resident was last, and whether they may have gone out.

The place of a silence is the room of its last sign, with what tells more: resting on a bed or seat whose
sensor is still on, or at the exterior door:

- `@leaving`: the door moved and was shut, and nothing else was heard. Most likely out.
- `@door open`: the same, but the door still stands open. Who goes out shuts it; who falls there does not.
- `@arriving`: the door moved after a time away. Whoever comes home goes on into the home.
- `@doubt`: while they are thought to be out, one room alone shows signs. Sun on a motion sensor or a
  shaking cupboard do that; only two rooms soon after each other, or a door, seat or flush that a hand moved,
  show that somebody is at home. Each sensor that has spoken in an empty home before is believed less.
"""

from typing import TYPE_CHECKING, Any, Final, Literal

from .price import is_night
from .sensors import MOVED_BY_HAND, RESTED_ON, Sensor
from .thresholds import (
    AT_DOOR_MIN,
    AT_DOOR_ROOM_MIN,
    AT_HOME_BEHIND_DOOR,
    AT_HOME_BEHIND_DOOR_AT_NIGHT,
    AT_HOME_BEHIND_OPEN_DOOR,
    AT_HOME_LEAST,
    AT_HOME_WHERE_DOUBTED,
    GONE_AFTER_MIN,
    TWO_ROOMS_WITHIN_MIN,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAVING: Final = "@leaving"
DOOR_OPEN: Final = "@door open"
ARRIVING: Final = "@arriving"
DOUBT: Final = "@doubt"

_PRIORS: Final = {
    "shut": AT_HOME_BEHIND_DOOR,
    "open": AT_HOME_BEHIND_OPEN_DOOR,
    "night": AT_HOME_BEHIND_DOOR_AT_NIGHT,
}

State = Literal["home", "leaving", "gone", "arriving"]


class Whereabouts:
    """Follows the signs from room to room and through the door."""

    def __init__(self, sensors: Iterable[Sensor]) -> None:
        self._door_rooms = {s.room for s in sensors if s.kind == "exterior_door"}
        self.state: State = "home"
        self.place = "?"
        self.room = "?"
        self.sensor = ""
        self.last_at = float("-inf")
        self.door_at = float("-inf")
        self.doors_open: set[str] = set()
        self.way = "shut"  # how they left: the door `shut` or `open` behind them, or at `night`
        self.resting: str | None = None
        # Room and time of the last sign while thought to be out, and all sensors that gave one.
        self.seen: tuple[str, float] | None = None
        self.seen_by: set[str] = set()
        # For each such sensor: how often somebody was at home when it spoke, and how often nobody was.
        self.doubted: dict[str, list[float]] = {}
        # For each way: how often an absence turned out to be none, and how often it ended through the door.
        self.turned_out = {way: list(prior) for way, prior in _PRIORS.items()}

    def move(self, at: float, wall: float, sensor: Sensor, *, active: bool) -> None:
        """Take in a sign of life."""
        if self.state == "leaving" and at - self.last_at >= GONE_AFTER_MIN:
            self.state, self.seen = "gone", None
            self.seen_by.clear()
        if sensor.kind == "exterior_door":
            self._door(at, wall, sensor, active=active)
        else:
            self._room(at, sensor)
        if sensor.kind in RESTED_ON and active:
            self.resting = sensor.name
        elif sensor.name == self.resting or sensor.room != self.room:
            self.resting = None
        self.room, self.sensor, self.last_at = sensor.room, sensor.name, at
        self.place = self._place_of(sensor)

    def _door(self, at: float, wall: float, sensor: Sensor, *, active: bool) -> None:
        (self.doors_open.add if active else self.doors_open.discard)(sensor.name)
        if self.state == "gone":
            self.state = "arriving"
            self.turned_out[self.way][1] += 1.0
            self._learn_doubt(1)
        elif self.state != "arriving" or active or at - self.door_at > AT_DOOR_ROOM_MIN:
            # Opened again right after coming in, and nothing heard inside: off again.
            self.state = "leaving"
        self.way = "open" if self.doors_open else "night" if is_night(wall) else "shut"
        self.door_at = at

    def _room(self, at: float, sensor: Sensor) -> None:
        if self.state == "gone":
            room, seen_at = self.seen or (sensor.room, at)
            two_rooms = room != sensor.room and at - seen_at <= TWO_ROOMS_WITHIN_MIN
            if two_rooms or sensor.kind in MOVED_BY_HAND:
                self._is_home()
                return
            self.seen = (sensor.room, at)
            self.seen_by.add(sensor.name)
            return
        near = AT_DOOR_ROOM_MIN if sensor.room in self._door_rooms else AT_DOOR_MIN
        if at - self.door_at > near:
            self.state = "home"

    def _is_home(self) -> None:
        """An absence turned out to be none."""
        self.state = "home"
        self.turned_out[self.way][0] += 1.0
        self._learn_doubt(0)

    def _learn_doubt(self, which: int) -> None:
        """Whether what showed signs in the absence was life (0), or the home was empty (1)."""
        for name in self.seen_by:
            self.doubted.setdefault(name, list(AT_HOME_WHERE_DOUBTED))[which] += 1.0
        self.seen_by.clear()

    def _place_of(self, sensor: Sensor) -> str:
        if self.state == "leaving":
            return DOOR_OPEN if self.way == "open" else LEAVING
        if self.state == "arriving":
            return ARRIVING
        if self.state == "gone":
            return DOUBT
        return f"{sensor.room}/{sensor.kind}" if self.resting is not None else sensor.room

    @property
    def at_home(self) -> float:
        """The chance that somebody is at home when the silence has lasted ten minutes."""
        if self.place in {LEAVING, DOOR_OPEN}:
            home, out = self.turned_out[self.way]
            return max(home / (home + out), AT_HOME_LEAST)
        if self.place == DOUBT:
            home, out = self.doubted.get(self.sensor, AT_HOME_WHERE_DOUBTED)
            return max(home / (home + out), AT_HOME_LEAST)
        return 1.0

    def out_since(self, at: float) -> float | None:
        """The absolute minute at which they seem to have gone out, if they are out now."""
        if self.state == "gone" or (self.state == "leaving" and at - self.last_at >= GONE_AFTER_MIN):
            return self.door_at
        return None

    def heard(self) -> None:
        """The resident answered: they are at home, whatever the door said."""
        if self.state in {"leaving", "gone"}:
            self._is_home()
        self.state = "home"
        if self.place in {LEAVING, DOOR_OPEN, DOUBT}:
            self.place = self.room

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "state": self.state,
            "place": self.place,
            "room": self.room,
            "sensor": self.sensor,
            "last_at": self.last_at if self.last_at > float("-inf") else None,
            "door_at": self.door_at if self.door_at > float("-inf") else None,
            "doors_open": sorted(self.doors_open),
            "way": self.way,
            "resting": self.resting,
            "seen": list(self.seen) if self.seen else None,
            "seen_by": sorted(self.seen_by),
            "doubted": self.doubted,
            "turned_out": self.turned_out,
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.state, self.place, self.room = stored["state"], stored["place"], stored["room"]
        self.sensor, self.way, self.resting = stored["sensor"], stored["way"], stored["resting"]
        self.last_at = float("-inf") if stored["last_at"] is None else stored["last_at"]
        self.door_at = float("-inf") if stored["door_at"] is None else stored["door_at"]
        self.doors_open = set(stored["doors_open"])
        self.seen = (stored["seen"][0], stored["seen"][1]) if stored["seen"] else None
        # Older states have learned nothing of doubt.
        self.seen_by = set(stored.get("seen_by", ()))
        self.doubted = {name: list(counts) for name, counts in stored.get("doubted", {}).items()}
        self.turned_out = {way: list(counts) for way, counts in stored["turned_out"].items()}
