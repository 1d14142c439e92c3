"""The routine as a picture: 24 hours across, days down, each quarter of an hour with its room and liveliness.

Kept as short texts, a year under 100 kB: for each quarter one character tells the room in which most signs
were, a second how many minutes had signs (1–9, more as 9). `.` is nothing heard, `~` thought to be out.
"""

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from .thresholds import DAYS_KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .clock import Moment
    from .sensors import Zone

QUARTER_MIN: Final = 15
QUARTERS: Final = 96
NOTHING: Final = "."
OUT: Final = "~"
# A room's letter; homes with more rooms show the rest as the last.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Picture:
    """Follows the signs of a day and keeps the days past."""

    def __init__(self) -> None:
        self.rooms: list[str] = []
        self.days: deque[tuple[int, str, str]] = deque(maxlen=DAYS_KEPT)  # day, rooms, liveliness
        self._day: int | None = None
        self._room = [NOTHING] * QUARTERS
        self._lively = [0] * QUARTERS
        self._minute = -1
        self._counts: dict[str, int] = {}  # minutes in this quarter by room's letter
        self._quarter = -1

    def sign(self, now: Moment, room: str) -> None:
        """There was life in a room."""
        minute = int(now.at)
        if minute == self._minute:
            return
        self._minute = minute
        self.turn(now.day)
        quarter = self._at(now)
        if quarter != self._quarter:
            self._quarter, self._counts = quarter, {}
        letter = self._letter(room)
        self._counts[letter] = self._counts.get(letter, 0) + 1
        self._room[quarter] = max(self._counts, key=lambda each: self._counts[each])
        self._lively[quarter] = min(self._lively[quarter] + 1, 9)

    def out(self, now: Moment) -> None:
        """They are thought to be out."""
        self.turn(now.day)
        quarter = self._at(now)
        if self._room[quarter] == NOTHING:
            self._room[quarter] = OUT

    def was_out(self, now: Moment, minutes: float) -> None:
        """They come back after so many minutes; what of it fell on an earlier day stays as it is."""
        self.turn(now.day)
        for quarter in range(self._at(now) - int(min(minutes, now.wall) // QUARTER_MIN), self._at(now)):
            if self._room[quarter] == NOTHING:
                self._room[quarter] = OUT

    def shown(self, days: int) -> list[tuple[int, str, str]]:
        """The last days with today's: day's ordinal, a room's letter a quarter, liveliness a quarter."""
        past = list(self.days)
        if self._day is not None:
            past.append((self._day, "".join(self._room), "".join(map(str, self._lively))))
        return past[-days:]

    @staticmethod
    def _at(now: Moment) -> int:
        return min(int(now.wall // QUARTER_MIN), QUARTERS - 1)

    def _letter(self, room: str) -> str:
        if room not in self.rooms and len(self.rooms) < len(_LETTERS):
            self.rooms.append(room)
        return _LETTERS[self.rooms.index(room)] if room in self.rooms else _LETTERS[-1]

    def turn(self, day: int) -> None:
        """Begin a day."""
        if self._day is not None and day <= self._day:
            return
        if self._day is not None:
            self.days.append((self._day, "".join(self._room), "".join(map(str, self._lively))))
        self._day, self._quarter, self._counts = day, -1, {}
        self._room, self._lively = [NOTHING] * QUARTERS, [0] * QUARTERS

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "rooms": list(self.rooms),
            "days": [list(day) for day in self.days],
            "today": [self._day, "".join(self._room), "".join(map(str, self._lively))],
            "minute": [self._minute, self._quarter, dict(self._counts)],
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.rooms = list(stored["rooms"])
        self.days.extend((day, rooms, lively) for day, rooms, lively in stored["days"])
        self._day, rooms, lively = stored["today"]
        self._room, self._lively = list(rooms), [int(each) for each in lively]
        self._minute, self._quarter, counts = stored["minute"]
        self._counts = dict(counts)


ZONE_LETTERS: Final[Mapping[Zone, str]] = {
    "bathroom": "B",
    "bedroom": "S",
    "kitchen": "K",
    "entrance": "E",
    "living": "L",
    "other": "O",
}
"""What leaves the home in place of a room: its use."""


def in_zones(rooms: str, names: list[str], zones: Mapping[str, Zone]) -> str:
    """A day's rooms as the uses of the rooms; a room that is no more is `other`."""
    letters = {_LETTERS[i]: ZONE_LETTERS[zones.get(name, "other")] for i, name in enumerate(names)}
    letters |= {NOTHING: NOTHING, OUT: OUT}
    return "".join(letters.get(room, ZONE_LETTERS["other"]) for room in rooms)


def without_gaps(shown: list[tuple[int, str, str]], days: int) -> list[tuple[int, str, str]]:
    """The last days one after the other: one of which nothing is known is blank, and keeps its incidents."""
    known = {day: (rooms, lively) for day, rooms, lively in shown}
    if not known:
        return []
    blank = NOTHING * QUARTERS, "0" * QUARTERS
    last = max(known)
    return [(day, *known.get(day, blank)) for day in range(max(min(known), last - days + 1), last + 1)]
