"""A page for each day, on which anomalies rest: rising, sleep, meals, toilet, outings, rooms."""

import math
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .clock import DAY
from .company import HOURS
from .price import is_night
from .thresholds import (
    DAYS_KEPT,
    DEEP_NIGHT_FROM_MIN,
    DEEP_NIGHT_TO_MIN,
    MEALS,
    SLEEP_FROM_MIN,
    SLEEP_PIECE_MIN,
    STAY_PRIOR,
    STAY_PRIOR_WEIGHT,
    STAYS_KEPT,
    STAYS_TO_KNOW,
    UP_EARLIEST_MIN,
    UP_SIGN_MINUTES,
)
from .whereabouts import DOOR_OPEN, DOUBT, LEAVING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .clock import Moment
    from .sensors import Sensor
    from .silence import Silence

_MEALS: Final = tuple(MEALS)
_OUT: Final = (LEAVING, DOOR_OPEN, DOUBT)


def is_deep_night(wall: float) -> bool:
    """The hours in which nobody is expected to be about."""
    return wall >= DEEP_NIGHT_FROM_MIN or wall < DEEP_NIGHT_TO_MIN


@dataclass(slots=True)
class Page:
    """One day. A night belongs to the day on which it ends."""

    day: int
    active: int = 0  # minutes with signs
    up: float | None = None  # minute of the day
    sleep: float = 0.0  # minutes of the night's long silences at home
    pieces: int = 0  # times they left the bedroom between midnight and rising
    toilet: int = 0  # visits to the bathroom
    wandering: int = 0  # minutes of the night with signs outside bedroom and bathroom
    left_at_night: int = 0
    out: float = 0.0  # minutes
    outings: int = 0
    meals: int = 0  # a bit for each meal with signs in the kitchen
    rooms: dict[str, int] = field(default_factory=dict)  # minutes with signs
    unwatched: float = 0.0  # minutes; older states have none
    company: int = 0  # a bit for each hour in which somebody else seemed to be there; older states have none
    visits: list[int] = field(default_factory=list)  # the hour of each visit to the bathroom

    def to_list(self) -> list[Any]:
        """Compact, JSON-ready."""
        return [
            self.day, self.active, self.up, self.sleep, self.pieces, self.toilet, self.wandering,
            self.left_at_night, self.out, self.outings, self.meals, self.rooms, self.unwatched,
            self.company, self.visits,
        ]  # fmt: skip

    def ate(self, meal: str) -> bool:
        """Whether there were signs in the kitchen at the time of a meal."""
        return bool(self.meals >> _MEALS.index(meal) & 1)


@dataclass(slots=True)
class Stays:
    """How long stays in the bathroom last: the logs of their lengths, and the longest."""

    count: float = 0.0
    total: float = 0.0  # of natural logs of minutes
    squares: float = 0.0
    longest: list[float] = field(default_factory=list)

    def past(self, minutes: float) -> None:
        """Learn from a stay that ended by itself."""
        log = math.log(max(minutes, 0.5))
        self.count, self.total, self.squares = self.count + 1.0, self.total + log, self.squares + log * log
        self.longest = sorted([*self.longest, minutes])[-STAYS_KEPT:]

    def rarity(self, minutes: float) -> float:
        """-log10 of the chance that a stay lasts so long: by a log-normal, but no less than was seen."""
        median, spread = STAY_PRIOR
        mean = (self.total + STAY_PRIOR_WEIGHT * math.log(median)) / (self.count + STAY_PRIOR_WEIGHT)
        # Squares about the mean, with the prior's own.
        squares = self.squares - 2.0 * mean * self.total + self.count * mean * mean
        prior = STAY_PRIOR_WEIGHT * (spread**2 + (math.log(median) - mean) ** 2)
        deviation = math.sqrt(max(squares + prior, 1e-9) / (self.count + STAY_PRIOR_WEIGHT))
        chance = 0.5 * math.erfc((math.log(max(minutes, 0.5)) - mean) / (deviation * math.sqrt(2.0)))
        if self.count >= STAYS_TO_KNOW:
            longer = sum(stay >= minutes for stay in self.longest)
            chance = max(chance, (longer + (0.5 if longer else 0.05)) / (self.count + 1.0))
        return -math.log10(max(chance, 1e-12))


class Daybook:
    """Keeps the pages of days past and writes today's."""

    def __init__(self) -> None:
        self.pages: deque[Page] = deque(maxlen=DAYS_KEPT)
        self.today: Page | None = None
        self.stays = {"day": Stays(), "night": Stays()}  # by when they began
        self.stay_since: float | None = None
        self.stay_room = ""
        self.stay_when = "day"
        self.gap_day: int | None = None  # the last day with a while in which nobody watched
        self._minute = -1
        self._zone = "other"
        self._up_signs: deque[float] = deque(maxlen=UP_SIGN_MINUTES)

    def past(self, days: int) -> list[Page]:
        """Up to so many pages before today's, oldest first."""
        return list(self.pages)[-days:]

    def turn(self, day: int) -> None:
        """Begin a day's page. Days in which nothing was heard have none."""
        if self.today is None or day > self.today.day:
            if self.today is not None and self.today.active:
                self.pages.append(self.today)
            self.today = Page(day)
            self._up_signs.clear()

    def unwatched(self, now: Moment, minutes: float) -> None:
        """Nobody watched for so long: whoever was in the bathroom may have left it, whoever slept be up."""
        if self.today is not None and self.today.day < now.day:
            self.today.unwatched += max(minutes - now.wall, 0.0)
        self.turn(now.day)
        if self.today is not None:
            self.today.unwatched += min(minutes, now.wall)
        self.stay_since, self.gap_day = None, now.day

    def had_company(self, hours: Iterable[int]) -> None:
        """Somebody else was there in these hours (day's ordinal × 24 + hour)."""
        recent = {page.day: page for page in (*list(self.pages)[-1:], self.today) if page is not None}
        for hour in hours:
            if (page := recent.get(hour // HOURS)) is not None:
                page.company |= 1 << hour % HOURS

    def sign(self, now: Moment, sensor: Sensor, silence: Silence | None) -> None:
        """Write down a sign and the silence that it ended."""
        self.turn(now.day)
        if (page := self.today) is None:
            return
        if silence is not None:
            self._silence(page, now, silence)
        self._follow(page, now, sensor)
        minute = int(now.at)
        if minute == self._minute:
            return
        self._minute = minute
        page.active += 1
        page.rooms[sensor.room] = page.rooms.get(sensor.room, 0) + 1
        if is_deep_night(now.wall) and sensor.zone not in {"bedroom", "bathroom"}:
            page.wandering += 1
        if page.up is None and now.wall >= UP_EARLIEST_MIN and sensor.zone not in {"bedroom", "bathroom"}:
            self._up_signs.append(now.wall)
            if len(self._up_signs) == UP_SIGN_MINUTES and now.wall - self._up_signs[0] <= 30.0:  # noqa: PLR2004 - half an hour
                page.up = self._up_signs[0]
        if sensor.zone == "kitchen":
            for bit, (begin, end) in enumerate(MEALS.values()):
                if begin <= now.wall < end:
                    page.meals |= 1 << bit

    def _silence(self, page: Page, now: Moment, silence: Silence) -> None:
        minutes = now.at - silence.at
        if minutes < SLEEP_PIECE_MIN or not silence.learnable:
            return
        if silence.place.startswith(_OUT):
            page.out += min(minutes, now.wall)
            if self.pages and self.pages[-1].day == silence.day < now.day:
                self.pages[-1].out += DAY - silence.wall
            page.outings += 1
            page.left_at_night += is_deep_night(silence.wall)
        elif page.up is None and (silence.wall >= SLEEP_FROM_MIN or silence.day == now.day):
            page.sleep += minutes

    def _follow(self, page: Page, now: Moment, sensor: Sensor) -> None:
        """Follow stays in the bathroom, and leaving the bedroom by night."""
        if self._zone == "bedroom" != sensor.zone and page.up is None:
            page.pieces += 1
        self._zone = sensor.zone
        if sensor.zone == "bathroom":
            if self.stay_since is None:
                self.stay_since, self.stay_room = now.at, sensor.room
                self.stay_when = "night" if is_night(now.wall) else "day"
                page.toilet += 1
                page.visits.append(int(now.wall // 60))
        elif self.stay_since is not None:
            self.stays[self.stay_when].past(now.at - self.stay_since)
            self.stay_since = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "pages": [page.to_list() for page in self.pages],
            "today": self.today.to_list() if self.today else None,
            "stays": {when: asdict(stays) for when, stays in self.stays.items()},
            "stay": [self.stay_since, self.stay_room, self.stay_when],
            "minute": self._minute,
            "gap_day": self.gap_day,
            "zone": self._zone,
            "up_signs": list(self._up_signs),
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.pages.extend(Page(*page) for page in stored["pages"])
        self.today = Page(*stored["today"]) if stored["today"] else None
        self.stays = {when: Stays(**stays) for when, stays in stored["stays"].items()}
        self.stay_since, self.stay_room, self.stay_when = stored["stay"]
        self._minute, self._zone = stored["minute"], stored["zone"]
        self._up_signs.extend(stored["up_signs"])
        self.gap_day = stored.get("gap_day")
