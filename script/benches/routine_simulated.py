# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""Simulated homes for what recorded ones lack: months, broken sensors, guests, decline.

One elder's days from published figures: about 7½ h in bed with one or two visits to the bathroom (Korean
Time Use Survey, people over 65), three meals at home, an outing on two days in three, long rests before the
television whose pauses between movements are heavy-tailed. Seeded; own generator.
"""

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .routine_homes import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

CLEANING_DAY = 2
START = datetime(2026, 1, 5)  # noqa: DTZ001 - the home's own wall clock

SENSORS = {
    "motion_bedroom": {"room": "안방", "kind": "motion"},
    "bed": {"room": "안방", "kind": "bed"},
    "motion_living": {"room": "거실", "kind": "motion"},
    "motion_kitchen": {"room": "부엌", "kind": "motion"},
    "fridge": {"room": "부엌", "kind": "contact"},
    "motion_bathroom": {"room": "화장실", "kind": "motion"},
    "motion_entrance": {"room": "현관", "kind": "motion"},
    "front_door": {"room": "현관", "kind": "exterior_door"},
    "rice_cooker": {"room": "부엌", "kind": "appliance"},
    "motion_study": {"room": "작은방", "kind": "motion"},
}


@dataclass
class Person:
    """How this elder lives; each home draws its own."""

    rng: random.Random
    rise: float = 0.0
    bed: float = 0.0
    stir: float = 0.0
    rest: float = 0.0
    outing: float = 0.0
    bed_sensor: bool = True

    def __post_init__(self) -> None:
        r = self.rng
        self.rise, self.bed = r.uniform(5.5, 7.5), r.uniform(21.5, 23.5)
        self.stir, self.rest = r.uniform(40, 110), r.uniform(5, 14)
        self.outing, self.bed_sensor = r.uniform(0.4, 0.85), r.random() < 0.5


@dataclass
class Changes:
    """What happens from a day on (None: never)."""

    wandering: int | None = None
    late: int | None = None
    toilet: int | None = None
    decline: int | None = None
    unused: int | None = None
    fasting: int | None = None
    short: int | None = None  # sleeps three hours less
    stay: int | None = None  # on that one morning an hour and a half in the bathroom
    leaving: int | None = None  # in that one night out through the front door, for an hour and a half
    hospital: tuple[int, int] | None = None  # fetched in the first night, home on the last day's afternoon
    guests: tuple[int, int] | None = None  # a visitor all over the home every afternoon
    cleaner: tuple[int, int] | None = None  # once a week, three hours from room to room
    partner: tuple[int, int] | None = None  # a second person who lives there
    slower_a_day: float = 0.02  # how fast a decline goes,
    slower_most: float = 2.0  # and how far
    restless: float = 0.0  # by how much weeks differ by themselves (deviation of the log of the pace)


@dataclass
class _Day:
    person: Person
    changes: Changes
    number: int
    events: list[tuple[datetime, str, bool]] = field(default_factory=list)
    out: list[tuple[datetime, datetime]] = field(default_factory=list)
    now: float = 0.0  # minutes of the day; may pass midnight

    def at(self, minute: float) -> datetime:
        return START + timedelta(days=self.number, minutes=minute)

    def pulse(self, sensor: str, minute: float) -> None:
        self.events += [(self.at(minute), sensor, True), (self.at(minute + 0.2), sensor, False)]

    def active(self, sensor: str, minutes: float, pause: float = 1.5) -> None:
        """Up and about in a room."""
        r, slow = self.person.rng, self.slowness
        end = self.now + minutes
        while self.now < end:
            self.pulse(sensor, self.now)
            self.now += min(r.lognormvariate(0.0, 0.9) * pause * slow, 45.0)

    def rest(self, minutes: float) -> None:
        """Before the television: movements with heavy-tailed pauses, now and then a nap."""
        r = self.person.rng
        end = self.now + minutes
        while self.now < end:
            self.pulse("motion_living", self.now)
            self.now += min(r.lognormvariate(0.0, 1.1) * self.person.rest * self.slowness, 150.0)
            if r.random() < 0.02:
                self.toilet()

    def toilet(self) -> None:
        self.active("motion_bathroom", self.person.rng.uniform(2, 7))

    @property
    def slowness(self) -> float:
        changes = self.changes
        pace = math.exp(random.Random(self.number // 7).gauss(0.0, 1.0) * changes.restless)
        if changes.decline is None or self.number < changes.decline:
            return pace
        slower = 1.0 + (self.number - changes.decline) * changes.slower_a_day
        return pace * min(slower, changes.slower_most)

    def began(self, change: int | None) -> bool:
        return change is not None and self.number >= change


def _sleep(day: _Day, until: float) -> None:
    r, person = day.person.rng, day.person
    for later in (0.0, 1.0):  # whoever goes to bed is seen in the bedroom
        day.pulse("motion_bedroom", day.now + later)
    if person.bed_sensor:
        day.events.append((day.at(day.now + 1.2), "bed", True))
    visits = 1 + (r.random() < 0.5) + (6 if day.began(day.changes.toilet) else 0)
    leaves = day.changes.leaving == day.number
    ups = sorted([*(r.uniform(day.now + 45, until - 30) for _ in range(visits)), *[120.0] * leaves])
    wander = day.began(day.changes.wandering) and r.random() < 0.7
    while day.now < until:
        day.now += r.expovariate(1 / person.stir) + 3
        if ups and day.now > ups[0]:
            ups.pop(0)
            if person.bed_sensor:
                day.events.append((day.at(day.now), "bed", False))
            day.active("motion_bedroom", 0.5)
            day.toilet()
            wander, leaves = _up_at_night(day, wander=wander, leaves=leaves)
            day.active("motion_bedroom", 0.5)
            if person.bed_sensor:
                day.events.append((day.at(day.now), "bed", True))
        elif day.now < until:
            day.pulse("motion_bedroom", day.now)
    day.now = max(day.now + 0.1, until)  # whoever has just lain down gets up after that
    if person.bed_sensor:
        day.events.append((day.at(day.now), "bed", False))
    day.active("motion_bedroom", 3)


def _up_at_night(day: _Day, *, wander: bool, leaves: bool) -> tuple[bool, bool]:
    """What else is done when up in the night; what is still to come of it."""
    if wander:
        day.active("motion_living", 25)
        day.active("motion_kitchen", 20)
    if leaves and 60 < day.now < 300:
        _out_at_night(day)
        leaves = False
    return False, leaves


def _out_at_night(day: _Day) -> None:
    """Through the door in the middle of the night, and back after an hour and a half."""
    day.active("motion_entrance", 1.0, 0.5)
    for _ in range(2):
        day.events += [(day.at(day.now), "front_door", True), (day.at(day.now + 0.2), "front_door", False)]
        day.now += 90.0
    day.now -= 89.0
    day.active("motion_entrance", 1.0, 0.5)


def _go_out(day: _Day) -> None:
    r = day.person.rng
    day.active("motion_entrance", 1.5, 0.5)
    day.events += [(day.at(day.now), "front_door", True), (day.at(day.now + 0.2), "front_door", False)]
    left = day.now + 0.2
    day.now += 0.2 + min(r.lognormvariate(4.5, 0.6), 420)
    day.events += [(day.at(day.now), "front_door", True), (day.at(day.now + 0.2), "front_door", False)]
    day.out.append((day.at(left), day.at(day.now)))
    day.now += 0.3
    day.active("motion_entrance", 1, 0.4)
    day.active("motion_living", 3)


def _meal(day: _Day, *, cook: bool) -> None:
    if day.began(day.changes.fasting):
        return
    if cook:
        day.pulse("rice_cooker", day.now)
    day.pulse("fridge", day.now + 1)
    day.active("motion_kitchen", day.person.rng.uniform(15, 40))


def _live(day: _Day, until: float) -> None:
    """From rising to bed."""
    r, person = day.person.rng, day.person
    if day.changes.stay == day.number:
        day.active("motion_bathroom", 90)
    day.toilet()
    _meal(day, cook=True)
    if not day.began(day.changes.unused):
        day.active("motion_study", r.uniform(5, 25))
    outings = [h for h in (9.5, 15.0) if r.random() < person.outing / 1.5]
    meals = [12.0 + r.uniform(-0.4, 0.5), 18.0 + r.uniform(-0.4, 0.5)]
    plan = sorted([(h, "out") for h in outings] + [(h, "meal") for h in meals])
    for hour, what in plan:
        if day.now < hour * 60:
            day.rest(hour * 60 - day.now)
        _go_out(day) if what == "out" else _meal(day, cook=hour > 15)
        if r.random() < 0.6:
            day.toilet()
    if day.now < until:
        day.rest(until - day.now)
    day.toilet()


def simulate(seed: int, days: int, changes: Changes | None = None) -> Home:
    """One elder's home for so many days."""
    changes = changes or Changes()
    rng = random.Random(seed)
    person = Person(rng)
    events: list[tuple[datetime, str, bool]] = []
    out: list[tuple[datetime, datetime]] = []
    now = 10.0
    for number in range(days):
        day = _Day(person, changes, number, now=now)
        late = 270.0 if changes.late is not None and number == changes.late else 0.0
        short = 90.0 if day.began(changes.short) else 0.0
        _sleep(day, person.rise * 60 + rng.gauss(0, 25) + late - short)
        _live(day, person.bed * 60 + rng.gauss(0, 25) + short)
        now = max(day.now - 1440.0, -120.0)
        if within(changes.hospital, number):
            day = _in_hospital(person, changes, number)
            now = max(day.now - 1440.0, 10.0)
        if within(changes.guests, number):
            events += _guest(day, rng)
        if within(changes.cleaner, number) and number % 7 == CLEANING_DAY:
            events += _cleaner(day, rng)
        events += day.events
        out += day.out
    if changes.partner is not None:
        events += _second_life(seed, changes.partner, person)
    used = {
        name: dict(described) for name, described in SENSORS.items() if name != "bed" or person.bed_sensor
    }
    events = sorted((e for e in events if e[1] in used), key=lambda e: e[0])
    return Home(f"simulated_{seed}", used, events, out)


def within(span: tuple[int, int] | None, number: int) -> bool:
    """Whether a day is one of a span's."""
    return span is not None and span[0] <= number < span[1]


def _in_hospital(person: Person, changes: Changes, number: int) -> _Day:
    """The first day ends at once, through the door; on the last they are brought home in the afternoon."""
    day = _Day(person, changes, number, now=15.0)
    first, end = changes.hospital or (0, 0)
    left, back = 0.0, 1440.0
    if number == first:
        day.active("motion_entrance", 3.0, 0.5)
        _door(day)
        left = day.now
    if number == end - 1:
        day.now = back = 15.5 * 60.0
        _door(day)
        day.active("motion_entrance", 2.0, 0.5)
        day.rest(person.bed * 60.0 - day.now)
    day.out.append((day.at(left), day.at(back)))
    return day


def _door(day: _Day) -> None:
    day.events += [(day.at(day.now), "front_door", True), (day.at(day.now + 0.2), "front_door", False)]
    day.now += 0.3


def _cleaner(day: _Day, rng: random.Random) -> list[tuple[datetime, str, bool]]:
    """Comes and goes through the door, half an hour in each room; the resident is there, too."""
    other = _Day(Person(rng), Changes(), day.number, now=13.0 * 60.0)
    _door(other)
    for room in ("entrance", "living", "kitchen", "bathroom", "bedroom", "study"):
        other.active(f"motion_{room}", 28.0, 0.8)
    _door(other)
    return other.events


def _second_life(seed: int, span: tuple[int, int], like: Person) -> Iterator[tuple[datetime, str, bool]]:
    """Somebody else's days in the same home, from first to last; they go out by themselves."""
    other = simulate(seed + 5000, span[1])
    bed = like.bed_sensor
    return (e for e in other.events if e[0] >= START + timedelta(days=span[0]) and (bed or e[1] != "bed"))


def _guest(day: _Day, rng: random.Random) -> Iterator[tuple[datetime, str, bool]]:
    """A visitor's own movements through the afternoon."""
    for _ in range(120):
        minute = rng.uniform(14 * 60, 20 * 60)
        name = rng.choice(("motion_living", "motion_kitchen", "motion_bathroom", "motion_entrance"))
        yield day.at(minute), name, True
        yield day.at(minute + 0.2), name, False
