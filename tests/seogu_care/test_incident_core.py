"""The core by itself, on a clock that the test winds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.seogu_care.care import policy
from custom_components.seogu_care.care.effects import Announce, Ask, Phrase
from custom_components.seogu_care.care.incident import (
    Evidence,
    ImpossibleStepError,
    Kind,
    Outcome,
    Severity,
    State,
)
from custom_components.seogu_care.care.signs import (
    BridgeStep,
    DeviceTrouble,
    DeviceWell,
    Hazard,
    OddSilence,
    Request,
    Sos,
)
from custom_components.seogu_care.care.wire import household_from_document, household_to_document
from tests.seogu_care.clockwork import NOON, Clockwork, answer, fall, plea


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


def test_later_measurement_of_the_same_thing_takes_the_place_of_the_earlier() -> None:
    home = Clockwork()
    home.take(plea())
    first = home.incident("p").with_evidence([Evidence("stillness", 0.1, "s"), Evidence("answer", "none")])
    later = first.with_evidence([Evidence("stillness", 3.5, "s")])
    assert [piece.value for piece in later.evidence if piece.name == "stillness"] == [3.5]
    assert Evidence("answer", "none") in later.evidence
