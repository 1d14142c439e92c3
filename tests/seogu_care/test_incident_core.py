"""The core by itself, on a clock that the test winds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.seogu_care.bridge.messages import incident_message
from custom_components.seogu_care.care import policy
from custom_components.seogu_care.care.effects import (
    Announce,
    Ask,
    Effect,
    FamilyNews,
    Mirror,
    Phrase,
    Report,
    Say,
    TellFamily,
)
from custom_components.seogu_care.care.household import Household
from custom_components.seogu_care.care.incident import (
    Evidence,
    ImpossibleStepError,
    Incident,
    Kind,
    Outcome,
    Reporter,
    Severity,
    State,
    Words,
)
from custom_components.seogu_care.care.signs import (
    Answer,
    BridgeStep,
    Delivered,
    DeviceTrouble,
    DeviceWell,
    Fall,
    HandOver,
    Hazard,
    HelpCall,
    OddSilence,
    Request,
    Resolve,
    Sos,
)
from custom_components.seogu_care.care.turn import Setting
from custom_components.seogu_care.care.wire import household_from_document, household_to_document

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


def test_suspected_fall_is_asked_about_first() -> None:
    home = Clockwork()
    effects = home.take(fall())
    assert home.incident("f").state is State.CHECKING
    assert [effect.listen_s for effect in effects if isinstance(effect, Ask)] == [20]
    assert home.reports() == []
    steps = [effect.state for effect in effects if isinstance(effect, Announce)]
    assert steps == [State.SUSPECTED, State.CHECKING]


def test_incident_has_the_id_and_the_time_of_its_first_sign() -> None:
    home = Clockwork()
    home.now += timedelta(seconds=3)
    home.take(fall("first"))
    assert home.incident("first").opened_at == NOON


@pytest.mark.parametrize(
    "sign",
    [
        fall("x", certain=True),
        plea("x"),
        Sos(id="x", at=NOON, source="button"),
        Hazard(id="x", at=NOON, hazard="smoke", source="binary_sensor.kitchen"),
        Hazard(id="x", at=NOON, hazard="carbon_monoxide", source="binary_sensor.kitchen"),
        Request(id="x", at=NOON, kind=Kind.HELP_CALL),
    ],
)
def test_emergency_never_waits_for_an_answer(sign: Any) -> None:
    home = Clockwork()
    effects = home.take(sign)
    assert home.incident("x").state is State.RAISED
    assert home.incident("x").step == 1
    assert home.reports() == [State.RAISED]
    assert not any(isinstance(effect, Ask) for effect in effects)


def test_good_answer_closes_and_bothers_nobody() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(answer("okay"))
    assert home.incident("f").outcome is Outcome.ANSWERED_WELL
    assert home.reports() == []
    assert home.said() == [Phrase.ANSWERED_WELL]
    assert home.household.next_deadline() is None


@pytest.mark.parametrize("intent", ["help", "unclear", "none"])
def test_any_other_answer_raises(intent: str) -> None:
    home = Clockwork()
    home.take(fall())
    home.take(answer(intent))
    assert home.incident("f").state is State.RAISED
    assert home.incident("f").step == 3
    assert home.reports() == [State.RAISED]


def test_silence_of_the_robot_raises_when_the_deadline_passes() -> None:
    home = Clockwork()
    home.take(fall())
    deadline = home.household.next_deadline()
    assert deadline == NOON + policy.LISTEN + policy.CHECK_MARGIN
    home.wind(seconds=34.9)
    assert home.incident("f").state is State.CHECKING
    home.wind(seconds=0.1)
    assert home.incident("f").state is State.RAISED


@pytest.mark.parametrize("asleep", [1, 3600, 86400 * 3])
def test_deadline_that_passed_while_down_raises_at_the_start(asleep: float) -> None:
    home = Clockwork()
    home.take(fall())
    home.restart()
    home.wind(seconds=35 + asleep)
    assert home.incident("f").state is State.RAISED


def test_listening_follows_the_option_within_its_limits() -> None:
    for given, expected in ((1, 5), (5, 5), (60, 60), (1000, 120)):
        home = Clockwork(listen=timedelta(seconds=given))
        effects = home.take(fall())
        assert [effect.listen_s for effect in effects if isinstance(effect, Ask)] == [expected]


def test_odd_silence_is_asked_twice_before_somebody_is_called() -> None:
    home = Clockwork()
    home.take(OddSilence(id="s", at=NOON))
    effects = home.take(answer("none", incident="s"))
    assert home.incident("s").state is State.CHECKING
    assert any(isinstance(effect, Ask) for effect in effects)
    home.wind(seconds=35)
    assert home.incident("s").state is State.RAISED


def test_odd_silence_of_somebody_who_is_out_is_no_sign() -> None:
    home = Clockwork()
    home.household = home.household.with_away(away=True)
    assert home.take(OddSilence(id="s", at=NOON)) == ()
    assert home.household.open == ()
    home.take(fall())
    assert len(home.household.open) == 1


def test_repeated_sign_changes_nothing() -> None:
    home = Clockwork()
    home.take(plea())
    before = home.household
    assert home.take(plea()) == ()
    assert home.household == before


def test_second_fall_adds_evidence_to_the_open_one() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(fall("again"))
    assert [incident.id for incident in home.household.open] == ["f"]


@pytest.mark.parametrize(
    "sign", [plea(), Sos(id="p", at=NOON, source="wearable"), fall("p", certain=True), plea("p", "pain")]
)
def test_plea_during_a_check_in_raises_it(sign: Any) -> None:
    home = Clockwork()
    home.take(fall())
    home.take(sign)
    assert [incident.id for incident in home.household.open] == ["f"]
    assert home.incident("f").state is State.RAISED
    assert home.reports() == [State.RAISED]


def test_plea_with_another_cause_opens_its_own() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(plea("fire", "fire"))
    assert home.incident("f").state is State.CHECKING
    assert home.incident("fire").state is State.RAISED


def test_call_of_fire_joins_the_smoke_alarm() -> None:
    home = Clockwork()
    home.take(Hazard(id="smoke", at=NOON, hazard="smoke", source="x"))
    home.take(plea("fire", "fire"))
    assert [incident.id for incident in home.household.open] == ["smoke"]


def test_gas_and_smoke_are_two_incidents() -> None:
    home = Clockwork()
    home.take(Hazard(id="smoke", at=NOON, hazard="smoke", source="x"))
    home.take(Hazard(id="gas", at=NOON, hazard="gas", source="y"))
    assert len(home.household.open) == 2


def test_plea_long_after_an_acknowledgement_is_not_overlooked() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.wind(minutes=2)
    home.take(plea("soon"))
    assert len(home.household.open) == 1
    home.wind(minutes=6)
    home.take(plea("later"))
    assert home.incident("later").state is State.RAISED


def test_caseworkers_acknowledgement_is_told_to_the_elder() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED, by="김복지"))
    assert home.incident("p").state is State.ACKNOWLEDGED
    assert home.incident("p").by == "김복지"
    assert home.said() == [Phrase.ALERT_RAISED, Phrase.HELP_COMING]
    assert home.reports() == [State.RAISED]


def test_second_plea_reaches_the_caseworker_who_is_on_the_way() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.wind(minutes=2)
    home.take(plea("again"))
    assert home.reports() == [State.RAISED, State.ACKNOWLEDGED]
    assert home.incident("p").step > 2


def test_second_press_of_the_same_button_is_told_although_it_looks_like_the_first() -> None:
    home = Clockwork()
    home.take(Sos(id="first", at=NOON, source="button"))
    home.take(Sos(id="second", at=NOON, source="button"))
    assert home.reports() == [State.RAISED, State.RAISED]


def test_elder_hears_that_help_is_coming_when_the_bridge_took_a_closed_alert_up_again() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.CLOSED, outcome=Outcome.FALSE_ALARM))
    home.take(BridgeStep(incident="p", state=State.RAISED))
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    assert home.incident("p").state is State.CLOSED
    assert home.said()[-1] == Phrase.HELP_COMING


def test_lapsed_lease_brings_the_alert_back() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.take(BridgeStep(incident="p", state=State.RAISED))
    assert home.incident("p").state is State.RAISED
    assert home.reports() == [State.RAISED]
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    assert home.said().count(Phrase.HELP_COMING) == 2


def test_close_by_the_bridge_has_its_outcome() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.CLOSED, outcome=Outcome.HELPED, by="김복지"))
    assert home.incident("p").outcome is Outcome.HELPED
    assert home.said()[-1] is Phrase.CLOSED
    assert home.reports() == [State.RAISED]


def test_close_in_the_home_is_told_to_the_bridge() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(Resolve(outcome=Outcome.RESOLVED_AT_HOME))
    assert home.reports() == [State.RAISED, State.CLOSED]


def test_close_of_a_check_in_in_the_home_is_nobodys_business() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(Resolve(outcome=Outcome.RESOLVED_AT_HOME, incident="f"))
    assert home.reports() == []


def test_family_is_told_when_the_bridge_does_not_take_an_emergency() -> None:
    home = Clockwork()
    home.take(plea())
    home.wind(seconds=19)
    assert not any(isinstance(effect, TellFamily) for effect in home.effects)
    home.wind(seconds=1)
    home.take(Delivered(incident="p"))
    home.take(Delivered(incident="p"))
    news = [effect.news for effect in home.effects if isinstance(effect, TellFamily)]
    assert news == [FamilyNews.UNREACHABLE, FamilyNews.THROUGH]


def test_family_is_left_in_peace_when_the_bridge_takes_it_in_time() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(Delivered(incident="p"))
    home.wind(minutes=10)
    assert not any(isinstance(effect, TellFamily) for effect in home.effects)
    assert [e.incident.delivered for e in home.effects if isinstance(e, Mirror)][-1] is True


def test_family_is_told_at_once_where_there_is_no_bridge() -> None:
    home = Clockwork(bridge=False)
    home.take(plea())
    assert [e.news for e in home.effects if isinstance(e, TellFamily)] == [FamilyNews.NO_BRIDGE]


def robots(state: State, step: int, outcome: Outcome | None = None, key: str = "f") -> HandOver:
    incident = Incident(
        id=key,
        kind=Kind.FALL,
        cause="person",
        state=state,
        severity=Severity.EMERGENCY,
        opened_at=NOON,
        state_at=NOON + timedelta(seconds=30),
        summary=Words("넘어짐", "Fall"),
        step=step,
        reported_by=Reporter.ROBOT,
        outcome=outcome,
    )
    return HandOver(id=f"over-{state}-{step}", at=NOON, robot="r", incident=incident)


def test_incident_the_robot_raised_alone_is_adopted_as_it_is() -> None:
    home = Clockwork()
    home.take(robots(State.RAISED, 3))
    assert home.incident("f").state is State.RAISED
    assert (home.incident("f").step, home.incident("f").reported_by) == (3, Reporter.ROBOT)
    assert home.reports() == [State.RAISED]


def test_check_in_the_robot_began_alone_is_asked_again() -> None:
    home = Clockwork()
    effects = home.take(robots(State.CHECKING, 2))
    assert any(isinstance(effect, Ask) for effect in effects)
    home.wind(seconds=35)
    assert home.incident("f").state is State.RAISED


def test_robot_that_came_further_with_the_same_incident_is_right() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(robots(State.RAISED, 3))
    assert [incident.id for incident in home.household.open] == ["f"]
    assert home.incident("f").state is State.RAISED


def test_answer_the_robot_heard_alone_closes_the_check_in() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(robots(State.CLOSED, 3, Outcome.ANSWERED_WELL))
    assert home.incident("f").outcome is Outcome.ANSWERED_WELL


def test_raised_alert_is_never_closed_by_software() -> None:
    home = Clockwork()
    home.take(fall())
    home.wind(seconds=60)
    home.take(robots(State.CLOSED, 3, Outcome.ANSWERED_WELL))
    home.take(answer("okay"))
    assert home.incident("f").state is State.RAISED


def test_acknowledgement_that_came_before_the_hand_over_is_not_lost() -> None:
    home = Clockwork()
    home.take(BridgeStep(incident="f", state=State.ACKNOWLEDGED, by="김복지"))
    home.restart()
    home.take(robots(State.RAISED, 3))
    assert home.incident("f").state is State.ACKNOWLEDGED


def test_silent_robot_becomes_a_warning_that_ends_when_it_returns() -> None:
    home = Clockwork()
    home.take(DeviceTrouble(id="t", at=NOON, part="robot:r"))
    assert home.incident("t").severity is Severity.WARNING
    home.take(DeviceWell(id="w", at=NOON, part="robot:r"))
    assert home.incident("t").outcome is Outcome.RESOLVED_AT_HOME
    assert home.said() == []


def test_late_plea_to_a_settled_check_in_is_a_plea() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(answer("okay"))
    home.take(answer("help", "late"))
    assert home.incident("late").state is State.RAISED


def test_closed_incident_takes_no_further_step() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(answer("okay"))
    with pytest.raises(ImpossibleStepError, match="no step from closed"):
        home.incident("f").moved(State.RAISED, NOON)
    home.take(BridgeStep(incident="f", state=State.ACKNOWLEDGED))
    assert home.incident("f").state is State.CLOSED


def test_everything_survives_being_stored() -> None:
    home = Clockwork()
    for news in (fall(), plea("fire", "fire"), BridgeStep(incident="unknown", state=State.ACKNOWLEDGED)):
        home.take(news)
        assert household_from_document(household_to_document(home.household)) == home.household


def test_memory_of_a_home_stays_bounded() -> None:
    home = Clockwork()
    for number in range(policy.CLOSED_KEPT + 20):
        home.take(fall(f"f{number}"))
        home.take(answer("okay", f"a{number}", f"f{number}"))
    assert len(home.household.incidents) == policy.CLOSED_KEPT
    home.household = replace(home.household, seen=tuple(map(str, range(policy.SEEN_KEPT))))
    home.take(fall("last"))
    assert len(home.household.seen) == policy.SEEN_KEPT


def test_open_incident_is_never_forgotten_for_closed_ones() -> None:
    home = Clockwork()
    home.take(Hazard(id="gas", at=NOON, hazard="gas", source="x"))
    for number in range(policy.CLOSED_KEPT + 20):
        home.take(fall(f"f{number}"))
        home.take(answer("okay", f"a{number}", f"f{number}"))
    assert home.incident("gas").is_open


def test_bridge_is_never_told_by_the_home_who_looks_after_an_alert() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    message = incident_message(home.incident("p"), NOON)
    assert message["incident"]["state"] == "raised"


def test_later_measurement_of_the_same_thing_takes_the_place_of_the_earlier() -> None:
    home = Clockwork()
    home.take(plea())
    first = home.incident("p").with_evidence([Evidence("stillness", 0.1, "s"), Evidence("answer", "none")])
    later = first.with_evidence([Evidence("stillness", 3.5, "s")])
    assert [piece.value for piece in later.evidence if piece.name == "stillness"] == [3.5]
    assert Evidence("answer", "none") in later.evidence
