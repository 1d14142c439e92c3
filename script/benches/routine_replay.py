# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""Replay of a home through a detector, minute by minute, with collapses put in."""

import copy
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .routine_homes import Home

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
REPEAT = timedelta(minutes=15)  # a question so soon after an unanswered one is the same question again
ANSWERS_BY_DAY, ANSWERS_BY_NIGHT = (
    0.95,
    0.75,
)  # share of questions answered within a minute by who is home and well

Event = tuple[datetime, str, bool]


class Detector(Protocol):
    """What is replayed: the routine's detector, or a fixed limit beside it."""

    def observe(self, t: datetime, sensor: str, active: bool) -> None: ...  # noqa: D102, FBT001
    def tick(self, t: datetime) -> str | None: ...  # noqa: D102
    def answered(self, t: datetime) -> None: ...  # noqa: D102


def is_night(t: datetime) -> bool:
    """From ten in the evening to seven."""
    return t.hour >= 22 or t.hour < 7


@dataclass
class Ordinary:
    """What a replay of ordinary life brought: none of it was needed."""

    days: float = 0.0
    checks: list[datetime] = field(default_factory=list)
    checks_out: int = 0
    repeats: int = 0
    alerts: list[datetime] = field(default_factory=list)
    alerts_out: int = 0

    @property
    def a_week(self) -> float:
        """Questions a week; repeats of one question count once."""
        return len(self.checks) / max(self.days / 7, 0.1)

    @property
    def a_week_at_night(self) -> float:
        """Of them between ten and seven."""
        return sum(map(is_night, self.checks)) / max(self.days / 7, 0.1)


@dataclass(frozen=True)
class Collapse:
    """A collapse to put in: all signs stop, but those in `noise` (a broken sensor goes on)."""

    at: datetime
    where: str  # home, door
    noise: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Found:
    """Hours from a collapse to the question and to the alert; None where not within 24 h."""

    collapse: Collapse
    check_h: float | None
    alert_h: float | None


@dataclass
class Replayed:
    """A replay's result."""

    learning: Ordinary
    known: Ordinary
    found: list[Found]


def is_out(home: Home, t: datetime) -> bool:
    """Whether the resident is out, by the labels."""
    return any(a <= t <= b for a, b in home.out)


def minutes(home: Home) -> Iterator[tuple[datetime, list[Event]]]:
    """Each minute's end with the signs that came in it."""
    at = home.start.replace(second=0, microsecond=0) + MINUTE
    i, n = 0, len(home.events)
    while at <= home.end:
        j = i
        while j < n and home.events[j][0] <= at:
            j += 1
        yield at, home.events[i:j]
        i, at = j, at + MINUTE


def replay(
    home: Home, detector: Detector, collapses: list[Collapse], known_from: datetime, seed: int = 1
) -> Replayed:
    """Live through the log; at each collapse a copy of the detector lives on in a home fallen silent."""
    rng = random.Random(seed)
    result = Replayed(Ordinary(), Ordinary(), [])
    pending = sorted(collapses, key=lambda c: c.at)
    unanswered: datetime | None = None
    for at, signs in minutes(home):
        while pending and pending[0].at < at:
            result.found.append(_fall(copy.deepcopy(detector), pending.pop(0), signs, at))
        for sign in signs:
            detector.observe(*sign)
        now = result.known if at >= known_from else result.learning
        now.days += 1 / 1440
        said = detector.tick(at)
        if said is None:
            continue
        out = is_out(home, at)
        if said == "alert":
            now.alerts.append(at)
            now.alerts_out += out
            if not out:
                detector.answered(at + MINUTE / 2)
            continue
        if unanswered is not None and at - unanswered <= REPEAT:
            now.repeats += 1
        else:
            now.checks.append(at)
            now.checks_out += out
        unanswered = at
        if not out and rng.random() < (ANSWERS_BY_NIGHT if is_night(at) else ANSWERS_BY_DAY):
            detector.answered(at + MINUTE / 2)
            unanswered = None
    return result


def _fall(detector: Detector, collapse: Collapse, signs: list[Event], at: datetime) -> Found:
    """Live on for 24 h without signs of life."""
    for sign in signs:
        if sign[0] <= collapse.at:
            detector.observe(*sign)
    check = alert = None
    tick, noise = at, list(collapse.noise)
    while tick <= collapse.at + DAY and alert is None:
        while noise and noise[0][0] <= tick:
            detector.observe(*noise.pop(0))
        said = detector.tick(tick)
        hours = (tick - collapse.at).total_seconds() / 3600
        if said is not None and check is None:
            check = hours
        if said == "alert":
            alert = hours
        tick += MINUTE
    return Found(collapse, check, alert)


def at_home(home: Home, count: int, seed: int, since: datetime) -> list[Collapse]:
    """Random times at which the resident is at home."""
    rng = random.Random(seed)
    span = (home.end - since - DAY).total_seconds()
    times: list[Collapse] = []
    for _ in range(100 * count):
        t = since + timedelta(seconds=rng.random() * span)
        if len(times) < count and not is_out(home, t):
            times.append(Collapse(t, "home"))
    return times


def at_door(home: Home, count: int, seed: int, since: datetime) -> list[Collapse]:
    """Moments right after the exterior door was opened or shut, nobody having left."""
    rng = random.Random(seed)
    doors = {name for name, described in home.sensors.items() if described["kind"] == "exterior_door"}
    moves = [t for t, s, _ in home.events if s in doors and since <= t < home.end - DAY]
    return [Collapse(t, "door") for t in sorted(rng.sample(moves, min(count, len(moves))))]


def in_room(home: Home, words: tuple[str, ...], count: int, seed: int, since: datetime) -> list[Collapse]:
    """Moments in the midst of a stay in a room, such as the bathroom."""
    rng = random.Random(seed)
    inside = [
        t
        for t, s, active in home.events
        if active and since <= t < home.end - DAY and any(w in home.sensors[s]["room"] for w in words)
    ]
    return [
        Collapse(t + timedelta(seconds=1), words[0])
        for t in sorted(rng.sample(inside, min(count, len(inside))))
    ]


class FixedLimit:
    """What is common today: so many hours without a sign, quiet when the exterior door moved last or not."""

    def __init__(self, home: Home, hours: float, *, quiet_after_door: bool) -> None:
        self._kinds = {name: described["kind"] for name, described in home.sensors.items()}
        self._limit, self._quiet = timedelta(hours=hours), quiet_after_door
        self._since: datetime | None = None
        self._door = False
        self._asked: list[datetime] = []

    def observe(self, t: datetime, sensor: str, active: bool) -> None:  # noqa: FBT001
        """A sign."""
        kind = self._kinds[sensor]
        if active or kind in {"contact", "exterior_door", "bed", "seat"}:
            self._since, self._door, self._asked = t, kind == "exterior_door", []

    def answered(self, t: datetime) -> None:
        """An answer counts as a sign."""
        self._since, self._asked = t, []

    def tick(self, t: datetime) -> str | None:
        """The same repeats as the routine's."""
        if self._since is None or t - self._since < self._limit or (self._door and self._quiet):
            return None
        if self._asked and t - self._asked[-1] < timedelta(minutes=3):
            return None
        self._asked.append(t)
        if len(self._asked) > 4:
            return None
        return "alert" if len(self._asked) == 4 else "check"


def quantile(values: list[float], share: float) -> float:
    """A quantile without interpolation; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def delays(found: list[Found], *, night: bool | None = None, alert: bool = False) -> list[float]:
    """Hours to the question (or alert) of the collapses by night or day; 24 where missed."""
    chosen = [f for f in found if night is None or is_night(f.collapse.at) is night]
    return [24.0 if (h := f.alert_h if alert else f.check_h) is None else h for f in chosen]


def events_after(home: Home, since: datetime) -> list[Event]:
    """The home's events from a time on."""
    return home.events[bisect_right([e[0] for e in home.events], since) :]
