"""The weather outside against the national criteria, from measured days."""

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from .criteria import CRITERIA, Criterion, Name
from .feels_like import feels_like

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT: Final = 7
MORNING: Final = 9
"""The KMA's tropical night lasts from the evening to nine in the morning."""


@dataclass(slots=True)
class Day:
    """A day's extremes in °C."""

    day: date
    feels_like_max: float
    temperature_min: float


class Outdoors:
    """Follows the days' extremes and tells which criteria are met."""

    def __init__(self) -> None:
        self._days: deque[Day] = deque(maxlen=_KEPT)

    def reading(self, t: datetime, celsius: float, humidity: float | None) -> None:
        """It is so warm outside."""
        feels = feels_like(celsius, humidity)
        if not self._days or self._days[-1].day != t.date():
            self._days.append(Day(t.date(), feels, celsius))
            return
        today = self._days[-1]
        today.feels_like_max = max(today.feels_like_max, feels)
        today.temperature_min = min(today.temperature_min, celsius)

    def met(self, today: date, normal_min: float | None = None) -> list[Name]:
        """The warnings whose criteria are met on a day.

        Args:
            today: the day.
            normal_min: the season's normal minimum in °C. Without it a fall in a day is not judged.
        """
        met = [each.name for each in CRITERIA if self._holds(each, today, normal_min)]
        return list(dict.fromkeys(met))

    def _holds(self, criterion: Criterion, today: date, normal_min: float | None) -> bool:
        if today < criterion.since or today.month not in criterion.months:
            return False
        days = {each.day: each for each in self._days}
        row = [days.get(today - timedelta(days=back)) for back in range(criterion.days)]
        known = [day for day in row if day is not None]
        if len(known) < criterion.days:
            return False
        if criterion.measure == "feels_like_max":
            return all(day.feels_like_max >= criterion.celsius for day in known)
        if criterion.measure == "fall_in_a_day":
            return _fell(criterion, known[0], days.get(today - timedelta(days=1)), normal_min)
        if criterion.name == "tropical_night":
            return all(day.temperature_min >= criterion.celsius for day in known)
        return all(day.temperature_min <= criterion.celsius for day in known)

    @property
    def today(self) -> Day | None:
        """The day measured last."""
        return self._days[-1] if self._days else None

    def standing(self, t: datetime) -> list[Name]:
        """The criteria that stand at a time: met today, or yesterday while today is not over.

        A warm night is known in the morning only.
        """
        today = t.date()
        met = [name for name in self.met(today) if name != "tropical_night" or t.hour >= MORNING]
        return list(dict.fromkeys([*met, *self.met(today - timedelta(days=1))]))

    def to_list(self) -> list[Any]:
        """JSON-ready."""
        return [[day.day.isoformat(), day.feels_like_max, day.temperature_min] for day in self._days]

    def read(self, stored: list[Any]) -> None:
        """Take back what `to_list` gave."""
        self._days.extend(Day(date.fromisoformat(day), high, low) for day, high, low in stored)


def _fell(criterion: Criterion, now: Day, before: Day | None, normal_min: float | None) -> bool:
    if before is None or normal_min is None or criterion.to_at_most is None:
        return False
    return (
        before.temperature_min - now.temperature_min >= criterion.celsius
        and now.temperature_min <= criterion.to_at_most
        and normal_min - now.temperature_min >= criterion.below_normal
    )


WORDS: Final[Mapping[Name, tuple[str, str]]] = {
    "heat_advisory": ("폭염주의보 기준", "heat advisory criteria"),
    "heat_warning": ("폭염경보 기준", "heat warning criteria"),
    "heat_severe": ("폭염중대경보 기준", "severe heat warning criteria"),
    "tropical_night": ("열대야 기준", "tropical night criteria"),
    "cold_advisory": ("한파주의보 기준", "cold advisory criteria"),
    "cold_warning": ("한파경보 기준", "cold warning criteria"),
}
HEAVINESS: Final[Mapping[Name, int]] = {
    "tropical_night": 1,
    "heat_advisory": 1,
    "heat_warning": 2,
    "heat_severe": 3,
    "cold_advisory": 1,
    "cold_warning": 2,
}
"""How heavy a warning is among those of heat, or of cold."""


def foremost(names: list[Name]) -> Name | None:
    """The heaviest of them."""
    return max(names, key=lambda name: HEAVINESS[name], default=None)
