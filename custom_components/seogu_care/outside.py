"""The weather outside as the home follows it: days measured, criteria met, told once in a spell."""

import logging
import uuid
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import UnitOfTemperature
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter

from .care.environment.criteria import CRITERIA
from .care.environment.outdoors import HEAVINESS, WORDS, Outdoors, foremost
from .care.incident import Evidence
from .care.signs import Hazard, HazardOver
from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant, State

    from .care.environment.criteria import Name

_LOGGER = logging.getLogger(__name__)
VERSION: Final = 1
SAVE_DELAY_S: Final = 60.0
TOLD_FROM: Final = 2
"""A warning is told to a person; an advisory is said by the robot, once in a spell."""
SPELLS: Final = ("heat_outside", "cold_outside")
REMINDERS: Final[Mapping[str, tuple[str, str]]] = {
    "heat_outside": (
        "요 며칠 바깥이 아주 덥습니다. 한낮에는 나가지 마시고 물을 자주 드세요.",
        "It has been very hot outside. Please stay in at midday, and drink often.",
    ),
    "cold_outside": (
        "바깥이 몹시 춥습니다. 이른 아침에는 나가지 마시고 따뜻하게 지내세요.",
        "It is very cold outside. Please stay in early in the morning, and keep warm.",
    ),
}


class Outside:
    """Follows one weather entity. Days are kept on disk: the criteria need two of them."""

    def __init__(self, hass: HomeAssistant, entry_id: str, weather: str | None) -> None:
        self.weather = weather
        self.days = Outdoors()
        self.standing: list[Name] = []
        self._told: dict[str, int] = {}
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, f"{DOMAIN}.{entry_id}.outside", private=True, atomic_writes=True
        )

    async def load(self) -> None:
        """Takes up the days before; what can't be read is measured anew."""
        try:
            if stored := await self._store.async_load():
                self.days.read(stored["days"])
                self._told = {str(name): int(level) for name, level in stored["told"].items()}
        except (HomeAssistantError, NotImplementedError, KeyError, TypeError, ValueError) as err:
            _LOGGER.warning("the days measured outside can't be read and begin anew: %s", err)
            self.days, self._told = Outdoors(), {}

    async def save(self) -> None:
        """Keeps the days."""
        if self.weather is not None:
            await self._store.async_save(self._document())

    async def remove(self) -> None:
        """Forgets."""
        await self._store.async_remove()

    def reading(self, state: State, now: datetime) -> None:
        """What the weather entity says."""
        number = _number(state.attributes.get("temperature"))
        if number is None:
            return
        unit = state.attributes.get("temperature_unit", UnitOfTemperature.CELSIUS)
        celsius = TemperatureConverter.convert(number, unit, UnitOfTemperature.CELSIUS)
        self.days.reading(dt_util.as_local(now), celsius, _number(state.attributes.get("humidity")))
        self._store.async_delay_save(self._document, SAVE_DELAY_S)

    def tick(self, now: datetime, *, at_risk: bool) -> tuple[list[Hazard | HazardOver], list[str]]:
        """Signs of a spell that begins, worsens or ends, and the spells that the robot should speak of."""
        if self.weather is None:
            return [], []
        self.standing = self.days.standing(dt_util.as_local(now))
        signs: list[Hazard | HazardOver] = []
        said: list[str] = []
        for spell in SPELLS:
            level = max((HEAVINESS[n] for n in self.standing if _spell(n) == spell), default=0)
            before = self._told.get(spell, 0)
            if level > before:
                if before == 0:
                    said.append(spell)
                if level >= TOLD_FROM > before:
                    signs.append(self._sign(spell, at_risk=at_risk))
            if level == 0 and before >= TOLD_FROM:
                signs.append(HazardOver(id=str(uuid.uuid7()), at=dt_util.utcnow(), hazard=spell))
            if level > before or level == 0:
                self._told[spell] = level
        return signs, said

    def _sign(self, spell: str, *, at_risk: bool) -> Hazard:
        today = self.days.today
        name = foremost([each for each in self.standing if _spell(each) == spell])
        value = None if today is None else round(_value(spell, today), 1)
        measured = () if value is None else (Evidence(f"{spell}_value", value, "°C"),)
        return Hazard(
            id=str(uuid.uuid7()),
            at=dt_util.utcnow(),
            hazard=spell,
            source=self.weather or "",
            evidence=(Evidence("criteria", str(name)), *measured),
            notice=not at_risk,
        )

    def shown(self, *, korean: bool) -> dict[str, Any]:
        """What the entity tells beside its state."""
        today = self.days.today
        return {
            "criteria": [WORDS[name][0 if korean else 1] for name in self.standing],
            "sources": sorted({each.source for each in CRITERIA if each.name in self.standing}),
            "feels_like_max": None if today is None else round(today.feels_like_max, 1),
            "temperature_min": None if today is None else round(today.temperature_min, 1),
        }

    def _document(self) -> dict[str, Any]:
        return {"days": self.days.to_list(), "told": dict(self._told)}


def _spell(name: Name) -> str:
    return "cold_outside" if name.startswith("cold") else "heat_outside"


def _value(spell: str, today: Any) -> float:
    return float(today.temperature_min if spell == "cold_outside" else today.feels_like_max)


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if -100.0 < number < 200.0 else None  # noqa: PLR2004 - beyond it is no weather
