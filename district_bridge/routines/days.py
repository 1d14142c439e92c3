"""Keeping the days that a home sends, and what they say in numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from district_bridge.privacy import consent, purposes
from district_bridge.routines.models import RoutineDay

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from district_bridge.homes.models import Home
    from district_bridge.wire.messages import RoutineDays

QUARTER_H: Final = 0.25
NIGHT_UNTIL: Final = 16
"""The quarter of an hour (four o'clock) from which a movement may be a rising."""


def keep(home: Home, message: RoutineDays, now: datetime) -> int:
    """Keeps the days of a resident who has agreed; of others nothing. How many were kept."""
    if not consent.allows(home.pk, purposes.ROUTINE_PICTURE):
        return 0
    for day in message.days:
        RoutineDay.objects.update_or_create(
            home=home,
            day=day.date,
            defaults={"rooms": day.rooms, "lively": day.lively, "received_at": now},
        )
    return len(message.days)


def destroy(home_id: str) -> None:
    """The consent was withdrawn, or the resident is no more."""
    RoutineDay.objects.filter(home=home_id).delete()


@dataclass(frozen=True)
class InNumbers:
    """One day in numbers. ``up``: the first movement from four o'clock on; ``night_h``: before it."""

    day: date
    up: str | None
    last: str | None
    active_h: float
    out_h: float
    bathroom: int
    night_h: float


def in_numbers(day: RoutineDay) -> InNumbers:
    """What a day says: an hour counts as active by its quarters, a bathroom visit by runs of quarters."""
    rooms = day.rooms
    here = [at for at, room in enumerate(rooms) if room not in ".~"]
    risen = [at for at in here if at >= NIGHT_UNTIL]
    visits = sum(room == "B" and (at == 0 or rooms[at - 1] != "B") for at, room in enumerate(rooms))
    return InNumbers(
        day=day.day,
        up=_clock(risen[0]) if risen else None,
        last=_clock(here[-1]) if here else None,
        active_h=len(here) * QUARTER_H,
        out_h=rooms.count("~") * QUARTER_H,
        bathroom=visits,
        night_h=sum(at < NIGHT_UNTIL for at in here) * QUARTER_H,
    )


@dataclass(frozen=True)
class Stretch:
    """Neighbouring quarters that look the same."""

    x: float
    width: float
    room: str
    strength: int


@dataclass(frozen=True)
class Row:
    """One day of the picture."""

    y: int
    label: str
    stretches: list[Stretch]


@dataclass(frozen=True)
class Picture:
    """Days from top (the newest) to bottom, 24 hours from left to right."""

    rows: list[Row]
    hours: list[tuple[float, str]]
    height: int
    width: int = 640


LEFT, RIGHT, TOP, ROW = 52, 8, 18, 12


def picture(days: Iterable[RoutineDay]) -> Picture:
    """Shapes for the page; the table beside it says the same in numbers."""
    quarter = (640 - LEFT - RIGHT) / 96
    rows = []
    for number, day in enumerate(days):
        stretches: list[Stretch] = []
        begin = 0
        look = [(room, _strength(lively)) for room, lively in zip(day.rooms, day.lively, strict=True)]
        for at in range(1, len(look) + 1):
            if at < len(look) and look[at] == look[begin]:
                continue
            room, strength = look[begin]
            if room != ".":
                x = round(LEFT + begin * quarter, 1)
                name = "out" if room == "~" else room
                stretches.append(Stretch(x, round((at - begin) * quarter, 1), name, strength))
            begin = at
        rows.append(Row(TOP + number * ROW, f"{day.day:%m-%d}", stretches))
    hours = [(round(LEFT + hour * 4 * quarter, 1), f"{hour}") for hour in (0, 6, 12, 18, 24)]
    return Picture(rows, hours, TOP + len(rows) * ROW + 4)


def _strength(lively: str) -> int:
    return 3 if lively > "5" else 2 if lively > "1" else 1


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"
