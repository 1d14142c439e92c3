"""From a sensor's changes to signs of life: which of them a person made, and the silence since the last."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from .company import Company
from .daybook import Daybook
from .health import Health
from .picture import Picture
from .placing import Places
from .sensors import ENDED_BY_HAND, Sensor
from .silence import Ordinary, Silence
from .thresholds import (
    BLURRED_BELOW,
    BUSY_ABOVE,
    BUSY_WITHIN_MIN,
    EVENING_MIN,
    LIKELY_OUT_BELOW,
    LONG_SILENCE_MIN,
    LONGEST_SILENCE_HOME_MIN,
    LONGEST_SILENCE_OUT_MIN,
)
from .whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .clock import Moment
    from .health import Fault

# Sensors whose repeated "on" is a new sign, though no "off" came between.
_PULSES: Final = frozenset({"motion", "flush", "vibration"})

# Saturday and Sunday as the rest of a day's ordinal by 7.
_WEEKEND: Final = frozenset({6, 0})


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rooms with a sensor that is surely `broken`, and those `doubted` for any reason: silent ones, too.

    `blurred`: so much can't be seen that nobody knows whether they have left a room.
    """

    broken: frozenset[str]
    doubted: frozenset[str]
    blurred: bool


class Signs:
    """Reads events, tells life from machines, and keeps the silence that has gone on since the last sign."""

    def __init__(self, sensors: Mapping[str, Sensor], ordinary: Ordinary) -> None:
        self.sensors = sensors
        self.health = Health(sensors.values())
        self.places = Places(sensors.values())
        self.where = Whereabouts(sensors.values())
        self.book = Daybook()
        self.company = Company()
        self.picture = Picture()
        self.silence: Silence | None = None
        self._ordinary = ordinary
        self._on: dict[str, bool] = {}
        self._by = ""  # the sensor that the silence began with
        self._before: Silence | None = None  # the silence as it was before that sensor's first sign in a row
        self._busy = 0  # a bit for each of the last 30 minutes in which there was a sign
        self._busy_at = 0

    def take(self, now: Moment, name: str, *, active: bool) -> bool:
        """Take in one event; tells whether another silence goes on now."""
        sensor = self.sensors[name]
        if not self._is_sign(now.at, sensor, active=active):
            return False
        silent = 0.0 if self.silence is None else now.at - self.silence.at
        if silent < 0.0:
            return False  # told late: something newer is known
        if self.health.sign(now.at, name, silent) is not None:
            return self._take_back(name)
        if self.silence is not None:
            self._ordinary.ended(self.silence, silent)
        self.places.sign(now, name)
        if (move := self.places.moved.get(name)) is not None:
            sensor = _carried_off(sensor, move.room)
            self.company.unplaced()
            company = []
        else:
            company = self.company.sign(now, sensor)
        self.book.sign(now, sensor, self.silence)
        self.book.had_company(company)
        self.picture.sign(now, sensor.room)
        if silent >= LONG_SILENCE_MIN and self.where.out_since(now.at) is not None:
            self.picture.was_out(now, silent)
        if name != self._by:
            self._before = self.silence
        self._by = name
        self.where.move(now.at, now.wall, sensor, active=active)
        self._begin(now)
        return True

    def faults(self, at: float) -> dict[str, Fault]:
        """The sensors that can't be trusted now, and why."""
        moved: dict[str, Fault] = dict.fromkeys(self.places.moved, "moved")
        return moved | self.health.faults(at)

    def unseen(self, at: float) -> Unseen:
        """The rooms that can't be seen as before."""
        faults = self.faults(at)
        # Of a sensor that gives no sign nobody knows whether it is broken or its room is not used any more.
        broken = {self.sensors[name].room for name, fault in faults.items() if fault != "missed"}
        doubted = {self.sensors[name].room for name in faults}
        return Unseen(frozenset(broken), frozenset(doubted), self.health.coverage(at) < BLURRED_BELOW)

    def stands(self, at: float, name: str, *, active: bool) -> None:
        """A sensor is met as it is: somebody may have moved it long ago."""
        if self._on.get(name) is not active:
            self._on[name] = active
            self.health.switched(at, name, active=active)

    def _is_sign(self, at: float, sensor: Sensor, *, active: bool) -> bool:
        """Whether a person did this; an event that says nothing new, or ends by itself, is no sign."""
        before = self._on.get(sensor.name)
        self._on[sensor.name] = active
        self.health.switched(at, sensor.name, active=active)
        pulses = sensor.kind in _PULSES or not self.health.ends(sensor.name)
        if active is before and (not pulses or self.health.stuck(at, sensor.name)):
            return False
        return active or (sensor.kind in ENDED_BY_HAND and before is not None)

    def _take_back(self, name: str) -> bool:
        """What a sensor said before it was found out was no life either."""
        if self._by != name or self._before is None:
            return False
        self.silence, self._before = replace(self._before, learnable=False, outlook=None), None
        return True

    def _begin(self, now: Moment) -> None:
        minute = int(now.at)
        shift = min(max(minute - self._busy_at, 0), BUSY_WITHIN_MIN)
        self._busy = ((self._busy << shift) | 1) & ((1 << BUSY_WITHIN_MIN) - 1)
        self._busy_at = minute
        busy = "busy" if self._busy.bit_count() > BUSY_ABOVE else "calm"
        at_home = self.where.at_home
        longest = LONGEST_SILENCE_OUT_MIN if at_home < LIKELY_OUT_BELOW else LONGEST_SILENCE_HOME_MIN
        # The place, what was touched there and how it was left, whether they were up and about, and the
        # weekend (from Friday evening to Sunday evening): each longer name leans on the shorter.
        left = f"{self.where.sensor}{'+' if self._on.get(self.where.sensor) else '-'}"
        place = f"{self.where.place}|{left}|{busy}"
        if (now.day + (now.wall >= EVENING_MIN)) % 7 in _WEEKEND:
            place += "|weekend"
        self.silence = Silence(now.at, now.wall, now.day, place, at_home, longest)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "health": self.health.to_dict(),
            "places": self.places.to_dict(),
            "where": self.where.to_dict(),
            "book": self.book.to_dict(),
            "company": self.company.to_dict(),
            "picture": self.picture.to_dict(),
            "silence": self.silence.to_dict() if self.silence else None,
            "before": self._before.to_dict() if self._before else None,
            "by": self._by,
            "on": dict(self._on),
            "busy": [self._busy, self._busy_at],
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.health.read(stored["health"])
        if "places" in stored:  # older states have none
            self.places.read(stored["places"])
        self.where.read(stored["where"])
        self.book.read(stored["book"])
        if "company" in stored:  # older states have none
            self.company.read(stored["company"])
        if "picture" in stored:  # older states have none
            self.picture.read(stored["picture"])
        self.silence = self._ordinary.silence(stored["silence"]) if stored["silence"] else None
        self._before = self._ordinary.silence(stored["before"]) if stored["before"] else None
        self._by, self._on = stored["by"], dict(stored["on"])
        self._busy, self._busy_at = stored["busy"]


def _carried_off(sensor: Sensor, room: str) -> Sensor:
    """A sensor that was carried to another room: nothing rests on where it is."""
    return replace(sensor, room=f"{room}?", zone="other")
