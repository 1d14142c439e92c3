"""A district's day as data: what happens in which home and when. The same seed gives the same day."""

import json
import math
import random
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from district_bridge.simulation.rates import (
    BREAKDOWN_S,
    BREAKDOWNS_A_YEAR,
    DAY_S,
    EVENING_H,
    HEAT,
    MORNING_H,
    RATES,
    YEAR_DAYS,
    Rate,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOUR_S = 3_600
# A false alarm answers well, most within ten minutes (assumed).
ANSWERS_AFTER_S = (60.0, 600.0)
AFTERNOON_H = (12, 19)


@dataclass(frozen=True)
class Planned:
    """``raise``, ``settle`` (the home says it is over), ``silent`` or ``back`` of home number ``home``.

    ``at_s`` is in seconds since midnight of the first day; ``rate`` names the published rate behind it.
    """

    at_s: float
    home: int
    act: str
    rate: str
    incident: int
    real: bool


class PlanError(Exception):
    """A plan that can't be read; the message says where."""


def make(*, homes: int, days: int, seed: int, heat_days: Iterable[int] = ()) -> list[Planned]:
    """Everything that happens in so many homes on so many days, in order. Days count from 1."""
    if homes < 1 or days < 1:
        raise PlanError("a plan needs at least one home and one day")
    dice = random.Random(seed)  # noqa: S311 - a plan that can be repeated, not a secret
    hot = set(heat_days)
    planned: list[Planned] = []
    for day in range(1, days + 1):
        for rate in (*RATES, *([HEAT] if day in hot else [])):
            for _ in range(_poisson(dice, homes * rate.a_year / YEAR_DAYS)):
                planned += _incident(dice, rate, (day - 1) * DAY_S, homes, len(planned))
        for _ in range(_poisson(dice, homes * BREAKDOWNS_A_YEAR / YEAR_DAYS)):
            planned += _breakdown(dice, (day - 1) * DAY_S, homes, len(planned))
    return sorted(planned, key=lambda one: (one.at_s, one.incident))


def write(planned: Iterable[Planned]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(asdict(one)) + "\n" for one in planned)


def read(text: str) -> list[Planned]:
    """What ``write`` wrote; raises ``PlanError`` naming the line that is no event."""
    return list(_read(text))


def _read(text: str) -> Iterator[Planned]:
    names = {rate.name for rate in (*RATES, HEAT)} | {"breakdown"}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            one = Planned(**json.loads(line))
            good = (
                math.isfinite(one.at_s)
                and one.at_s >= 0
                and isinstance(one.home, int)
                and one.home >= 0
                and isinstance(one.incident, int)
                and isinstance(one.real, bool)
                and one.act in {"raise", "settle", "silent", "back"}
                and one.rate in names
            )
        except (ValueError, TypeError) as error:
            raise PlanError(f"line {number} of the plan can't be read: {error}") from error
        if not good:
            raise PlanError(f"line {number} of the plan holds a value that can't be")
        yield one


def _incident(dice: random.Random, rate: Rate, day_s: float, homes: int, number: int) -> list[Planned]:
    home, real = dice.randrange(homes), dice.random() < rate.real
    at_s = day_s + (_in_hours(dice, *AFTERNOON_H) if rate is HEAT else _time_of_day(dice, rate.at_night))
    raised = Planned(round(at_s, 1), home, "raise", rate.name, number, real)
    if real:
        return [raised]
    over = round(at_s + dice.uniform(*ANSWERS_AFTER_S), 1)
    return [raised, Planned(over, home, "settle", rate.name, number, real)]


def _breakdown(dice: random.Random, day_s: float, homes: int, number: int) -> list[Planned]:
    home, at_s = dice.randrange(homes), day_s + dice.uniform(0, DAY_S)
    back = at_s + dice.expovariate(1 / BREAKDOWN_S)
    return [
        Planned(round(at_s, 1), home, "silent", "breakdown", number, real=True),
        Planned(round(back, 1), home, "back", "breakdown", number, real=True),
    ]


def _time_of_day(dice: random.Random, at_night: float) -> float:
    """Seconds since midnight: so large a share between evening and early morning, evenly within each part."""
    if dice.random() < at_night:
        return _in_hours(dice, EVENING_H, 24 + MORNING_H) % DAY_S
    return _in_hours(dice, MORNING_H, EVENING_H)


def _in_hours(dice: random.Random, first: float, last: float) -> float:
    return dice.uniform(first, last) * HOUR_S


def _poisson(dice: random.Random, mean: float) -> int:
    """How many, when each comes by itself: waiting times of a Poisson process, added up."""
    count, left = 0, dice.expovariate(1.0)
    while left < mean:
        count += 1
        left += dice.expovariate(1.0)
    return count
