"""Heat and cold: the national criteria and the levels indoors, as data with source and dates in force.

The Korea Meteorological Administration gives out its warnings by forecast and for regions; here the same
numbers are held against what is measured at the home. Who needs the official warning takes it from the KMA.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Name = Literal[
    "heat_advisory", "heat_warning", "heat_severe", "tropical_night", "cold_advisory", "cold_warning"
]
Measure = Literal["feels_like_max", "temperature_min", "fall_in_a_day"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One way in which a warning comes about.

    ``measure`` of so many consecutive ``days`` is at least (heat) or at most (cold) ``celsius``. A fall in a
    day counts with ``to_at_most`` and ``below_normal``, the degrees by which the minimum is under the normal
    of the season. ``months`` are those in which it holds, ``since`` the day on which it came into force.
    """

    name: Name
    measure: Measure
    celsius: float
    days: int
    since: date
    source: str
    months: frozenset[int] = frozenset(range(1, 13))
    to_at_most: float | None = None
    below_normal: float = 0.0


KMA_HEAT: Final = "기상청 예보업무규정 특보 발표기준: 폭염 (일 최고체감온도), 2023-05-15 시행"
KMA_HEAT_2026: Final = (
    "기상청 폭염 중대경보·열대야주의보 신설, 2026-06-01 시행 (as collected by the project; check)"
)
# Long in force; the day given below is a lower bound.
KMA_COLD: Final = "기상청 예보업무규정 특보 발표기준: 한파 (아침 최저기온), 10월–4월"
_COLD_MONTHS: Final = frozenset({10, 11, 12, 1, 2, 3, 4})

CRITERIA: Final = (
    Criterion("heat_advisory", "feels_like_max", 33.0, 2, date(2023, 5, 15), KMA_HEAT),
    Criterion("heat_warning", "feels_like_max", 35.0, 2, date(2023, 5, 15), KMA_HEAT),
    Criterion("heat_severe", "feels_like_max", 38.0, 1, date(2026, 6, 1), KMA_HEAT_2026),
    # 26 in large cities, of which Daejeon is one; 25 elsewhere.
    Criterion("tropical_night", "temperature_min", 26.0, 2, date(2026, 6, 1), KMA_HEAT_2026),
    Criterion("cold_advisory", "temperature_min", -12.0, 2, date(2010, 1, 1), KMA_COLD, _COLD_MONTHS),
    Criterion("cold_advisory", "fall_in_a_day", 10.0, 1, date(2010, 1, 1), KMA_COLD, _COLD_MONTHS, 3.0, 3.0),
    Criterion("cold_warning", "temperature_min", -15.0, 2, date(2010, 1, 1), KMA_COLD, _COLD_MONTHS),
    Criterion("cold_warning", "fall_in_a_day", 15.0, 1, date(2010, 1, 1), KMA_COLD, _COLD_MONTHS, 3.0, 3.0),
)

# -- indoors
HEAT_LEVELS: Final = (31.0, 33.0, 35.0, 38.0)
"""Feels-like °C: attention, caution, warning, danger of the KMA's heat impact forecast (since June 2020)."""
COLD_LEVELS: Final = (18.0, 16.0, 12.0, 9.0)
"""Air °C. 18: WHO, Housing and health guidelines (2018). Below 16 airways resist infection less,
below 12 blood pressure rises, at 9 for two hours a resting, clothed elder cools down: Collins, J. R. Coll.
Physicians Lond. 20 (1986)."""
TOLD_FROM: Final = 2
"""The level (counted from 1) from which a home tells; for a resident at risk one level earlier."""
GRAVE_FROM: Final = 4
"""The level from which it is an emergency; for a resident at risk one level earlier."""
LASTS_MIN: Final = 30.0
"""So long a level must hold: a shower, a stove or an airing is shorter."""
OVER_BY: Final = 1.0
"""°C by which it must be better before it is over."""
STALE_MIN: Final = 120.0
"""A thermometer that has said nothing for so long says nothing now."""

# -- the door and the stove
DOOR_REMIND_MIN: Final = 10.0
"""The front door has been open for so long: the robot says so. Carrying in the shopping takes less."""
DOOR_TELL_MIN: Final = 40.0
DOOR_TELL_NIGHT_MIN: Final = 20.0
STOVE_ALONE_MIN: Final = 15.0
"""The stove is on and there was no sign in its room for so long: the robot says so. Cooking fires in homes
begin mostly with a pan left unattended (NFPA, Home Cooking Fires, 2023: leading cause of cooking fires)."""
STOVE_ASK_MIN: Final = 25.0
"""Then it asks, and nobody who answers is a warning to a person."""

# -- who is at risk
OLD_FROM: Final = 75
"""Heat illness rises steeply with age (KDCA, heat-illness surveillance: most in those of 80 and older)."""
