"""Silences, and what this home teaches about them."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Final

from .budget import Budget
from .clock import DAY
from .hazard import HORIZON_MIN, HazardTable
from .price import Outlook, outlook
from .thresholds import (
    FORGET_HALF_LIFE_DAYS,
    LIKELY_OUT_BELOW,
    LONG_SILENCE_MIN,
    OUT_WEIGHT,
    STAYS_MOST_MIN,
    STAYS_PRIOR_MIN,
    STAYS_TRUST,
)

# Ended silences wait to be learned for the next minute's tick, so that an event costs next to nothing; where
# nobody ticks (reading history) they are learned in lots.
_LOT: Final = 64


@dataclass(slots=True)
class Silence:
    """The time since a sign: when (absolute and on the wall), where, and how long it may last unasked."""

    at: float
    wall: float
    day: int
    place: str
    at_home: float = 1.0
    longest: float = HORIZON_MIN
    learnable: bool = True  # False where the core was not watching all the while
    outlook: Outlook | None = None

    def shift(self, minutes: float) -> None:
        """Leave out a time in which nobody watched."""
        self.at += minutes
        self.wall = (self.wall + minutes) % DAY
        self.learnable = False
        self.outlook = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; of what was expected only whether it had been worked out."""
        return {
            "at": self.at,
            "wall": self.wall,
            "day": self.day,
            "place": self.place,
            "at_home": self.at_home,
            "longest": self.longest,
            "learnable": self.learnable,
            "looked": self.outlook is not None,
        }


class Stays:
    """How long people are up and about in each place for each long silence there.

    A collapse comes in the midst of doing something, too, and a long silence follows. Where much is done and
    long silences are rare (the kitchen, the bathroom), a long one is the likelier to be a collapse.
    """

    def __init__(self) -> None:
        self.active: dict[str, float] = {}  # minutes in pauses too short to be a silence
        self.silences: dict[str, float] = {}

    def add(self, place: str, minutes: float) -> None:
        """A pause or a silence ended."""
        if minutes < LONG_SILENCE_MIN:
            self.active[place] = self.active.get(place, 0.0) + minutes
        else:
            self.silences[place] = self.silences.get(place, 0.0) + 1.0

    def forget(self, keep: float) -> None:
        """Fade."""
        for counts in (self.active, self.silences):
            for place in counts:
                counts[place] *= keep

    def before(self, place: str) -> float:
        """Minutes of being up and about that stand behind one long silence at a place."""
        home = (sum(self.active.values()) + STAYS_PRIOR_MIN) / (sum(self.silences.values()) + 1.0)
        room = place.partition("|")[0]
        active = sum(minutes for name, minutes in self.active.items() if name.partition("|")[0] == room)
        silences = sum(count for name, count in self.silences.items() if name.partition("|")[0] == room)
        of_room = (active + STAYS_TRUST * home) / (silences + STAYS_TRUST)
        own = self.active.get(place, 0.0) + STAYS_TRUST * of_room
        return min(own / (self.silences.get(place, 0.0) + STAYS_TRUST), STAYS_MOST_MIN)


class Ordinary:
    """What is ordinary in this home, learned from silences as they end; and what to expect of one."""

    def __init__(self, budget_a_week: float) -> None:
        self.table = HazardTable()
        self.stays = Stays()
        self.budget = Budget(budget_a_week)
        self.coverage = 1.0  # share of the home that can be seen now
        self._ended: deque[tuple[Silence, float]] = deque()
        self._day: int | None = None

    def ended(self, silence: Silence, minutes: float) -> None:
        """A sign came after `minutes`."""
        if minutes < LONG_SILENCE_MIN:
            self.stays.add(silence.place, minutes)
        elif silence.learnable:
            self._ended.append((replace(silence), minutes))
            if len(self._ended) >= _LOT:
                self.catch_up()

    def catch_up(self) -> None:
        """Learn what has ended."""
        while self._ended:
            silence, minutes = self._ended.popleft()
            self._new_day(silence.day)
            weight = OUT_WEIGHT if silence.at_home < LIKELY_OUT_BELOW else 1.0
            self.budget.note(silence.outlook or self.expect(silence), minutes, silence.longest, weight)
            if minutes < HORIZON_MIN:  # longer absences say nothing about days at home
                self.table.learn(silence.place, silence.wall, minutes)
                self.stays.add(silence.place, minutes)

    def _new_day(self, day: int) -> None:
        if self._day is None or day > self._day:
            if self._day is not None:
                keep = 0.5 ** ((day - self._day) / FORGET_HALF_LIFE_DAYS)
                self.table.forget(keep)
                self.stays.forget(keep)
            self.budget.new_day(day)
            self._day = day

    def silence(self, stored: dict[str, Any]) -> Silence:
        """Take back a silence, with what was expected of it: nothing was learned since."""
        kept = dict(stored)
        looked = kept.pop("looked")
        silence = Silence(**kept)
        if looked:
            silence.outlook = self.expect(silence)
        return silence

    def expect(self, silence: Silence, passed: float = 0.0) -> Outlook:
        """What to expect of a silence, from `passed` minutes into it on (when the resident answered)."""
        wall = (silence.wall + passed) % DAY
        ahead = self.table.ahead(silence.place, wall, passed) * self.coverage
        before = self.stays.before(silence.place) if passed == 0.0 else 0.0
        sure = None if silence.at_home == 1.0 else self.table.ahead("", wall, passed) * self.coverage
        return outlook(
            ahead,
            wall,
            silence.at_home,
            before,
            hazard_at_home=sure,
            night_cost=self.budget.night_cost,
            harm_full=self.budget.harm_full,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; learns first what has ended."""
        self.catch_up()
        return {
            "table": self.table.to_dict(),
            "budget": self.budget.to_dict(),
            "stays": [dict(self.stays.active), dict(self.stays.silences)],
            "day": self._day,
            "coverage": self.coverage,
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.table = HazardTable.from_dict(stored["table"])
        self.budget.read(stored["budget"])
        self.stays.active, self.stays.silences = map(dict, stored["stays"])
        self._day, self.coverage = stored["day"], stored["coverage"]
