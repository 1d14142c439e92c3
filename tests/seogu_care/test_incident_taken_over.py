"""The core on a clock that the test winds: what the robot began or ended alone."""

from datetime import timedelta

from custom_components.seogu_care.care.effects import Ask
from custom_components.seogu_care.care.incident import (
    Incident,
    Kind,
    Outcome,
    Reporter,
    Severity,
    State,
    Words,
)
from custom_components.seogu_care.care.signs import BridgeStep, HandOver
from tests.seogu_care.clockwork import NOON, Clockwork, answer, fall


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
