"""A household on a clock that the test winds, and the signs it is given."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from custom_components.seogu_care.care.effects import Effect, Phrase, Report, Say
from custom_components.seogu_care.care.household import Household
from custom_components.seogu_care.care.signs import Answer, Fall, HelpCall
from custom_components.seogu_care.care.turn import Setting
from custom_components.seogu_care.care.wire import household_from_document, household_to_document

if TYPE_CHECKING:
    from custom_components.seogu_care.care.incident import Incident, State

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Clockwork:
    """A household with a clock that is wound by hand and everything it ever wanted done."""

    def __init__(self, **setting: Any) -> None:
        self.household = Household()
        self.setting = Setting(**setting)
        self.now = NOON
        self.effects: list[Effect] = []

    def take(self, news: Any) -> tuple[Effect, ...]:
        self.household, effects = self.household.take(news, self.now, self.setting)
        self.effects += effects
        return effects

    def wind(self, **time: float) -> tuple[Effect, ...]:
        self.now += timedelta(**time)
        self.household, effects = self.household.tick(self.now, self.setting)
        self.effects += effects
        return effects

    def restart(self) -> None:
        self.household = household_from_document(household_to_document(self.household))

    def incident(self, key: str) -> Incident:
        return self.household.incidents[key]

    def said(self) -> list[Phrase]:
        return [effect.phrase for effect in self.effects if isinstance(effect, Say)]

    def reports(self) -> list[State]:
        return [effect.incident.state for effect in self.effects if isinstance(effect, Report)]


def fall(key: str = "f", *, certain: bool = False) -> Fall:
    return Fall(id=key, at=NOON, robot="r", certain=certain, score=0.8)


def plea(key: str = "p", intent: str = "help") -> HelpCall:
    return HelpCall(id=key, at=NOON, robot="r", intent=intent, score=0.9)


def answer(intent: str, key: str = "a", incident: str = "f") -> Answer:
    return Answer(id=key, at=NOON, robot="r", incident=incident, intent=intent)
