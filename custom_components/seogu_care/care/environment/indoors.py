"""Heat and cold in the home, from its thermometers."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from .criteria import (
    COLD_LEVELS,
    GRAVE_FROM,
    HEAT_LEVELS,
    LASTS_MIN,
    OVER_BY,
    STALE_MIN,
    TOLD_FROM,
)
from .feels_like import feels_like

if TYPE_CHECKING:
    from datetime import datetime

Hazard = Literal["heat", "cold", "door_open", "stove"]
Step = Literal["remind", "tell", "over"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What has to be done about a hazard: the robot reminds, a person is told, or it is over."""

    hazard: Hazard
    step: Step
    grave: bool = False
    value: float = 0.0  # °C, or minutes
    source: str = ""


@dataclass(slots=True)
class _Told:
    since: datetime | None = None  # the level holds since
    level: int = 0
    told: int = 0  # level that was told


class Indoors:
    """Judges the middle of the home's thermometers, so that one beside the stove decides nothing."""

    def __init__(self) -> None:
        self._temperatures: dict[str, tuple[datetime, float]] = {}
        self._humidities: dict[str, tuple[datetime, float]] = {}
        self._states: dict[Hazard, _Told] = {"heat": _Told(), "cold": _Told()}

    def temperature(self, t: datetime, name: str, celsius: float) -> None:
        """A thermometer says."""
        self._temperatures[name] = (t, celsius)

    def humidity(self, t: datetime, name: str, percent: float) -> None:
        """A hygrometer says."""
        self._humidities[name] = (t, percent)

    def now(self, t: datetime) -> tuple[float | None, float | None]:
        """Temperature and feels-like in °C; None where no thermometer has spoken lately."""
        temperature = _middle(self._temperatures, t)
        if temperature is None:
            return None, None
        return temperature, feels_like(temperature, _middle(self._humidities, t))

    def tick(self, t: datetime, *, at_risk: bool) -> list[Finding]:
        """What is new about heat and cold."""
        temperature, feels = self.now(t)
        if temperature is None or feels is None:
            return []
        heat = (_level(feels, HEAT_LEVELS, 1.0), _level(feels + OVER_BY, HEAT_LEVELS, 1.0))
        cold = (_level(temperature, COLD_LEVELS, -1.0), _level(temperature - OVER_BY, COLD_LEVELS, -1.0))
        return [
            *self._judge(t, "heat", heat, feels, at_risk=at_risk),
            *self._judge(t, "cold", cold, temperature, at_risk=at_risk),
        ]

    def _judge(
        self, t: datetime, hazard: Hazard, levels: tuple[int, int], value: float, *, at_risk: bool
    ) -> list[Finding]:
        """`levels`: the level, and the one that counts for whether it is over."""
        level, with_margin = levels
        state = self._states[hazard]
        if level != state.level:
            # A level that rises by a further step has held at the lower one all the while.
            if level < state.level or state.level == 0:
                state.since = t
            state.level = level
        told_from = TOLD_FROM - at_risk
        if state.told and with_margin < told_from:
            state.told = 0
            return [Finding(hazard, "over", value=value)]
        lasted = state.since is not None and (t - state.since).total_seconds() / 60.0 >= LASTS_MIN
        if level >= told_from and level > state.told and lasted:
            was_grave = state.told >= GRAVE_FROM - at_risk
            grave = level >= GRAVE_FROM - at_risk
            first = state.told == 0
            state.told = level
            if first or (grave and not was_grave):
                return [Finding(hazard, "tell", grave, value)]
        return []


def _middle(said: dict[str, tuple[datetime, float]], t: datetime) -> float | None:
    fresh = [value for at, value in said.values() if (t - at).total_seconds() / 60.0 <= STALE_MIN]
    return median(fresh) if fresh else None


def _level(value: float, levels: tuple[float, ...], sign: float) -> int:
    """How many of the levels are reached (sign 1: upwards, −1: downwards)."""
    return sum(sign * value >= sign * level for level in levels)
