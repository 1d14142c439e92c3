"""Whether somebody else is there: two rooms that speak closer together, and oftener, than one body walks.

One person goes from room to room now and then; two in two rooms make the signs leap to and fro. Each change
of room within two minutes counts, the more the rarer this change is in this home (some rooms' sensors see
each other's door, and always speak together), and three hours with far more of them than all but one in two
hundred such windows before had a second person in them. Changes to and from the bathroom say nothing here: a
sick resident goes there often, alone. Hours with company are hardly learned, so that a guest stays one for
weeks, and whoever moves in becomes the household in the end.
"""

import math
from typing import TYPE_CHECKING, Any, Final

from .thresholds import (
    COMPANY_LEARNED,
    COMPANY_LEAST,
    COMPANY_MARGIN,
    COMPANY_RARE,
    COMPANY_WINDOW_HOURS,
    CROSSED_WITHIN_MIN,
    DAYS_TO_KNOW,
    FORGET_HALF_LIFE_DAYS,
    STAYS_BEFORE_HOUR,
    STAYS_FROM_HOUR,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .clock import Moment
    from .daybook import Page
    from .sensors import Sensor

HOURS: Final = 24
_ANY: Final = ""
_MOST: Final = 255  # windows with more are not told apart
_SURPRISE_MOST: Final = 2.0
_PAIR_PRIOR: Final = (0.5, 10.0)  # changes, and signs, before a pair of rooms is known


class Company:
    """Counts how often signs leap from room to room, hour by hour, beside what is usual here."""

    def __init__(self) -> None:
        self._room = ""  # of the last sign; empty where its sensor can't be placed
        self._zone = ""
        self._at = -math.inf
        # Signs of each room, and how many were soon followed by one of each other; and of this hour.
        self._changes: dict[str, dict[str, float]] = {}
        self._now: dict[str, dict[str, float]] = {}
        self._hours: list[list[float]] = []  # of the window: the hour's number since the year 1, its score
        self._usual: dict[int, float] = {}  # windows seen, by score
        self._known_from: int | None = None
        self._day = 0

    def sign(self, now: Moment, sensor: Sensor) -> list[int]:
        """Take in a sign; gives the hours (day's ordinal × 24 + hour) just found to have had company."""
        found: list[int] = []
        hour = now.day * HOURS + int(now.wall // 60)
        if not self._hours:
            self._hours = [[hour, 0.0]]
        elif hour > self._hours[-1][0]:
            found = self._close(now.day)
            first = hour - COMPANY_WINDOW_HOURS + 1
            self._hours = [each for each in self._hours if each[0] >= first] + [[hour, 0.0]]
        if self._room and now.at - self._at <= CROSSED_WITHIN_MIN and sensor.room != self._room:
            if "bathroom" not in {sensor.zone, self._zone}:
                self._hours[-1][1] += self._surprise(sensor.room)
            after = self._now.setdefault(self._room, {})
            after[sensor.room] = after.get(sensor.room, 0.0) + 1.0
        self._room, self._zone, self._at = sensor.room, sensor.zone, now.at
        after = self._now.setdefault(sensor.room, {})
        after[_ANY] = after.get(_ANY, 0.0) + 1.0
        return found

    def unplaced(self) -> None:
        """A sign of a sensor that hangs nobody knows where: the next one is no change of room."""
        self._room = ""

    def _surprise(self, room: str) -> float:
        """-log10 of how often a sign of the last room is followed so soon by one of this room."""
        changes, signs = _PAIR_PRIOR
        after = self._changes.get(self._room, {})
        seen = after.get(room, 0.0)
        share = (seen + changes) / (after.get(_ANY, 0.0) + signs)
        return min(max(-math.log10(share), 0.0), _SURPRISE_MOST)

    def _close(self, day: int) -> list[int]:
        """The last hour is over: judge the window that ends with it, and learn it."""
        if self._known_from is None:
            self._known_from = self._day = day
        score = sum(each[1] for each in self._hours)
        is_company = day - self._known_from >= DAYS_TO_KNOW and score >= self._limit()
        whole = min(int(score), _MOST)
        weight = COMPANY_LEARNED if is_company else 1.0
        self._usual[whole] = self._usual.get(whole, 0.0) + weight
        for room, after in self._now.items():
            known = self._changes.setdefault(room, {})
            for other, count in after.items():
                known[other] = known.get(other, 0.0) + weight * count
        self._now = {}
        if day > self._day:
            self._forget(0.5 ** ((day - self._day) / FORGET_HALF_LIFE_DAYS))
            self._day = day
        return [int(hour) for hour, changes in self._hours if changes] if is_company else []

    def _limit(self) -> float:
        """The score that all but a few windows stay below, with a margin."""
        beyond, above = COMPANY_RARE * sum(self._usual.values()), 0.0
        for score in sorted(self._usual, reverse=True):
            above += self._usual[score]
            if above > beyond:
                return max(COMPANY_LEAST, COMPANY_MARGIN * score + 1.0)
        return COMPANY_LEAST

    def _forget(self, keep: float) -> None:
        for after in self._changes.values():
            for room in after:
                after[room] *= keep
        for score in self._usual:
            self._usual[score] *= keep

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready and exact."""
        return {
            "last": [self._room, self._zone, self._at if self._room else None],
            "changes": {room: dict(after) for room, after in self._changes.items()},
            "now": {room: dict(after) for room, after in self._now.items()},
            "hours": [list(each) for each in self._hours],
            "usual": [list(each) for each in self._usual.items()],
            "days": [self._known_from, self._day],
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self._room, self._zone, at = stored["last"]
        self._at = -math.inf if at is None else at
        self._changes = {room: dict(after) for room, after in stored["changes"].items()}
        self._now = {room: dict(after) for room, after in stored["now"].items()}
        self._hours = [list(each) for each in stored["hours"]]
        self._usual = {int(score): count for score, count in stored["usual"]}
        self._known_from, self._day = stored["days"]


def hours_between(company: int) -> Iterator[int]:
    """The hours of a day from the first to the last with company: they will have been there between."""
    if company:
        yield from range((company & -company).bit_length() - 1, company.bit_length())


def stays(pages: Sequence[Page]) -> bool:
    """Whether somebody was there early and late on neighbouring days: no carer, no guest for coffee."""
    seen = 0
    for page in pages:
        seen |= page.company
    early, late = (1 << STAYS_BEFORE_HOUR) - 1, ~((1 << STAYS_FROM_HOUR) - 1)
    return bool(seen & early) and bool(seen & late)


def visits_alone(pages: Sequence[Page]) -> list[tuple[int, float]]:
    """For each page the bathroom visits in hours without company, and their usual share of a day's visits.

    The share is 1 for a day without company, and 0 where somebody stays. What is usual at an hour is learned
    from the days without company at that hour.
    """
    counts, days = [0.5] * HOURS, [1.0] * HOURS
    left_out = [
        set(range(HOURS) if stays(pages[max(i - 1, 0) : i + 2]) else hours_between(page.company))
        for i, page in enumerate(pages)
    ]
    for page, out in zip(pages, left_out, strict=True):
        for hour in set(range(HOURS)) - out:
            days[hour] += 1.0
        for hour in page.visits:
            counts[hour] += hour not in out
    rates = [count / of for count, of in zip(counts, days, strict=True)]
    whole = sum(rates)
    return [
        (
            page.toilet - sum(hour in out for hour in page.visits),
            1.0 - sum(rates[hour] for hour in out) / whole,
        )
        for page, out in zip(pages, left_out, strict=True)
    ]
