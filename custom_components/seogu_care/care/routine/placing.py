"""Whether a sensor still hangs where it did: by its own hours and by who speaks within a minute of it.

A sensor that was carried to another room keeps other hours from that day on, and other sensors speak within
the minute before and after its signs. Both together tell it from the sensors it left and joined (whose
company changes, but not their hours) and from a change in the resident's habits (whose hours change, but not
which rooms lie side by side). For each sensor a block of days is compared with all that came before: the
share of signs that would have to be told otherwise (total variation distance), for company and for hours.
A block far beyond the sensor's own past is suspected; a second one like the first, in the company of one
other room, is a move. Where several sensors change at once, or the new company is of all rooms, it is the
household that has changed, a guest for instance: no sensor is blamed, and the new is learned.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .thresholds import (
    BLOCK_DAYS,
    BLOCK_DAYS_MOST,
    BLOCK_SIGNS,
    BLOCKS_FADE,
    BLOCKS_TO_KNOW,
    COMPANY_CHANGED,
    COMPANY_TIMES,
    HOURS_CHANGED,
    HOURS_TIMES,
    ROOM_NAMED,
    TOGETHER_MIN,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .clock import Moment
    from .sensors import Sensor

_CARRIED: Final = frozenset({"motion", "vibration", "power", "appliance"})
"""What is stuck or plugged in, and so may be carried off; doors, beds and flushes stay."""
_NOBODY: Final = ""
_BURST_MIN: Final = 1 / 6
_HOURS: Final = 24
_KERNEL: Final = ((-2, 0.1), (-1, 0.25), (0, 0.3), (1, 0.25), (2, 0.1))


@dataclass(slots=True)
class Profile:
    """Who spoke within a minute of a sensor, and at what hours it spoke."""

    company: dict[str, float] = field(default_factory=dict)
    hours: list[float] = field(default_factory=lambda: [0.0] * _HOURS)
    signs: float = 0.0

    def add(self, other: Profile, fade: float) -> None:
        """Take in a block; what is older fades."""
        company = {name: count * fade for name, count in self.company.items()}
        for name, count in other.company.items():
            company[name] = company.get(name, 0.0) + count
        # Rounded, so that what is stored is short, and exact.
        self.company = {name: kept for name, count in company.items() if (kept := round(count, 2)) > 0.0}
        pairs = zip(self.hours, other.hours, strict=True)
        self.hours = [round(mine * fade + theirs, 2) for mine, theirs in pairs]
        self.signs = round(self.signs * fade + other.signs, 2)

    def to_list(self) -> list[Any]:
        """JSON-ready."""
        return [dict(self.company), list(self.hours), self.signs]

    @classmethod
    def of(cls, stored: list[Any]) -> Profile:
        """Take back what `to_list` gave."""
        return cls(dict(stored[0]), list(stored[1]), stored[2])


@dataclass(frozen=True, slots=True)
class Move:
    """Since which day (its ordinal) a sensor has been elsewhere, and the room it seems to be in."""

    since: int
    room: str


@dataclass(slots=True)
class _Place:
    """What is known of one sensor's place."""

    room: str
    before: Profile = field(default_factory=Profile)
    blocks: int = 0
    company_most: float = 0.0  # furthest that a block lay from those before it
    hours_most: float = 0.0
    block: Profile = field(default_factory=Profile)
    begun: int | None = None  # the block's first day
    suspected: Profile | None = None
    since: int = 0
    joined: str | None = None  # the room it was carried to

    @property
    def moved(self) -> bool:
        """Whether it hangs elsewhere."""
        return self.joined is not None

    def to_list(self) -> list[Any]:
        """JSON-ready."""
        return [
            self.room, self.before.to_list(), self.blocks, self.company_most, self.hours_most,
            self.block.to_list(), self.begun, self.suspected.to_list() if self.suspected else None,
            self.since, self.joined,
        ]  # fmt: skip

    @classmethod
    def of(cls, stored: list[Any]) -> _Place:
        """Take back what `to_list` gave."""
        room, before, blocks, company, hours, block, begun, suspected, since, joined = stored
        kept = None if suspected is None else Profile.of(suspected)
        profiles = (Profile.of(before), blocks, company, hours, Profile.of(block))
        return cls(room, *profiles, begun, kept, since, joined)


class Places:
    """Follows who speaks with whom, and at what hours."""

    def __init__(self, sensors: Iterable[Sensor]) -> None:
        self._sensors = {sensor.name: sensor for sensor in sensors}
        self._places = {sensor.name: _Place(sensor.room) for sensor in self._sensors.values()}
        self._last: dict[str, float] = {}  # each sensor's last sign, the latest last
        self.moved: dict[str, Move] = {}

    def sign(self, now: Moment, name: str) -> None:
        """Take in a sign of life."""
        place, at = self._places[name], now.at
        last = self._last.pop(name, None)
        self._last[name] = at
        if last is not None and at - last < _BURST_MIN:
            return
        if place.begun is None:
            place.begun = now.day
        elif self._is_full(place, now.day):
            self._close(name, place)
            place.block, place.begun = Profile(), now.day
        company, alone = place.block.company, True
        for other in reversed(self._last):
            if at - self._last[other] > TOGETHER_MIN:
                break
            if other != name:
                company[other] = company.get(other, 0.0) + 1.0
                theirs = self._places[other].block.company
                theirs[name] = theirs.get(name, 0.0) + 1.0
                alone = False
        if alone:
            company[_NOBODY] = company.get(_NOBODY, 0.0) + 1.0
        place.block.signs += 1.0
        place.block.hours[int(now.wall // 60) % _HOURS] += 1.0

    @staticmethod
    def _is_full(place: _Place, day: int) -> bool:
        """Whether a block has days and signs enough; one that never gets them is begun anew."""
        days = day - (day if place.begun is None else place.begun)
        return days >= BLOCK_DAYS and (place.block.signs >= BLOCK_SIGNS or days >= BLOCK_DAYS_MOST)

    def _close(self, name: str, place: _Place) -> None:
        """Compare a full block with what came before it."""
        block = place.block
        if block.signs < BLOCK_SIGNS:
            return
        if place.blocks == 0:
            self._learn(place)
            return
        company, hours = _apart(block, place.before)
        known = place.blocks >= BLOCKS_TO_KNOW and self._sensors[name].kind in _CARRIED
        odd = company > max(COMPANY_CHANGED, COMPANY_TIMES * place.company_most) and hours > max(
            HOURS_CHANGED, HOURS_TIMES * place.hours_most
        )
        if not (known and odd):
            place.company_most = max(place.company_most, company)
            place.hours_most = max(place.hours_most, hours)
            place.suspected = place.joined = None
            self.moved.pop(name, None)
            self._learn(place)
            return
        if place.moved:
            return
        joined = None if self._others_change(name) else self._joined(name, place)
        if place.suspected is None or _apart(block, place.suspected)[0] >= company / 2:
            place.suspected, place.since = block, place.begun or 0
        elif joined is not None:
            place.joined = joined
            self.moved[name] = Move(place.since, joined)
        else:
            place.before.add(place.suspected, BLOCKS_FADE)
            self._learn(place)
            place.suspected = None

    @staticmethod
    def _learn(place: _Place) -> None:
        place.before.add(place.block, BLOCKS_FADE)
        place.blocks += 1

    def _others_change(self, name: str) -> bool:
        """Whether other sensors have changed as well, and have not been found elsewhere."""
        places = self._places.items()
        return any(p.suspected is not None and not p.moved for other, p in places if other != name)

    def _joined(self, name: str, place: _Place) -> str | None:
        """The room whose sensors speak with it far more than before, if there is one."""
        gains: dict[str, float] = {}
        now, before = sum(place.block.company.values()), sum(place.before.company.values())
        for other, sensor in self._sensors.items():
            if other == name or sensor.room == place.room:
                continue
            gain = place.block.company.get(other, 0.0) / now - place.before.company.get(other, 0.0) / before
            gains[sensor.room] = gains.get(sensor.room, 0.0) + gain
        room = max(gains, key=lambda each: gains[each], default=None)
        return room if room is not None and gains[room] >= ROOM_NAMED else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "places": {name: place.to_list() for name, place in self._places.items()},
            "last": list(self._last.items()),
        }

    def read(self, stored: Mapping[str, Any]) -> None:
        """Take back what `to_dict` gave; of a sensor that was given another room nothing is known."""
        for name, values in stored["places"].items():
            if name in self._places and values[0] == self._places[name].room:
                self._places[name] = place = _Place.of(values)
                if place.joined is not None:
                    self.moved[name] = Move(place.since, place.joined)
        self._last = {name: at for name, at in stored["last"] if name in self._places}


def _apart(block: Profile, before: Profile) -> tuple[float, float]:
    """How far apart two profiles are, 0 to 1: in company and in hours."""
    company = _distance(block.company, before.company)
    return company, _distance(_smooth(block.hours), _smooth(before.hours))


def _smooth(hours: list[float]) -> dict[int, float]:
    """Neighbouring hours are alike."""
    return {
        hour: sum(share * hours[(hour + shift) % _HOURS] for shift, share in _KERNEL)
        for hour in range(_HOURS)
    }


def _distance[Key](one: dict[Key, float], other: dict[Key, float]) -> float:
    """The total variation distance of two counts."""
    of_one, of_other = sum(one.values()) or 1.0, sum(other.values()) or 1.0
    keys = one.keys() | other.keys()
    return 0.5 * sum(abs(one.get(key, 0.0) / of_one - other.get(key, 0.0) / of_other) for key in keys)
