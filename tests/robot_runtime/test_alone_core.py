"""Who looks after an incident, decided with a clock that the test winds."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from robot_runtime import sign
from robot_runtime.alone import (
    ALONE_AFTER_S,
    NO_RECEIPT_S,
    SETTLED_AFTER_S,
    AloneCore,
    Effects,
)
from robot_runtime.care import Care, from_store
from robot_runtime.incident import Incident
from robot_runtime.link.messages import HomeAlive
from robot_runtime.times import Moment

if TYPE_CHECKING:
    from robot_runtime.sign import Sign

START = Moment(1000.0, datetime(2026, 11, 22, 3, 0, tzinfo=UTC))


class World:
    """The core, a clock, and what the store would hold."""

    def __init__(self) -> None:
        self.now = START
        self.cares: dict[str, Care] = {}
        self.signs: dict[str, Sign] = {}
        self.stored: set[str] = set()
        self.core = AloneCore(self.now, [], [])
        self.core.linked = True

    def do(self, effects: Effects) -> Effects:
        for key, each in effects.saved.items():
            if each is None:
                self.cares.pop(key, None)
            else:
                self.cares[key] = from_store(each.to_store())
        for sign_id in effects.settled:
            self.signs.pop(sign_id, None)
        return effects

    def restart(self) -> None:
        """Only what the store holds survives."""
        signs = [(each, each.id in self.stored) for each in self.signs.values()]
        self.core = AloneCore(self.now, list(self.cares.values()), signs)
        self.core.linked = True

    def wind(self, seconds: float) -> Effects:
        self.now = self.now.later(seconds)
        return self.do(self.core.on_tick(self.now))

    def home(self, *still_open: str) -> Effects:
        return self.do(self.core.on_home(HomeAlive(self.now.wall, "b", frozenset(still_open)), self.now))

    def sign(self, kind: str, data: dict[str, Any]) -> Sign:
        new = sign.new(kind, data, self.now.wall)
        self.signs[new.id] = new
        self.do(self.core.on_sign(new))
        return new

    def fall(self, certainty: str = "suspected") -> Sign:
        return self.sign("fall", {"certainty": certainty, "score": 0.9, "evidence": []})

    def receipt(self, sign_id: str, *, refused: bool = False) -> Effects:
        if not refused:
            self.stored.add(sign_id)
        return self.do(self.core.on_receipt(sign_id, refused=refused, now=self.now))

    def answer(self, incident_id: str, intent: str) -> Effects:
        return self.do(self.core.on_answer(incident_id, intent, self.now))

    def mirror(self, incident: Incident, *, delivered: bool = False) -> Effects:
        return self.do(self.core.on_mirror(incident, delivered=delivered))


@pytest.fixture
def world() -> World:
    return World()


def _of_home(state: str, step: int = 1, incident_id: str = "i-1", kind: str = "fall") -> Incident:
    return Incident(
        incident_id, kind, state, "emergency", START.wall, START.wall, step, ("가", "a"), (), "home"
    )


def test_robot_with_a_living_home_raises_nothing(world: World) -> None:
    fall = world.fall("certain")
    for _ in range(20):
        effects = world.wind(ALONE_AFTER_S - 1)
        assert (effects.raised, effects.ask, effects.mode) == ([], [], None)
        world.home(fall.id)


def test_robot_is_alone_ten_seconds_after_the_last_word_of_the_home(world: World) -> None:
    world.home()
    assert world.wind(9.9).mode is None
    assert world.wind(0.1).mode == "alone"
    assert world.home().mode == "with_home"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("help_call", {"intent": "help", "score": 0.9}),
        ("sos", {"source": "button"}),
        ("fall", {"certainty": "certain", "score": 0.99, "evidence": []}),
    ],
)
def test_plea_button_and_certain_fall_are_raised_without_a_question(
    world: World, kind: str, data: dict[str, Any]
) -> None:
    new = world.sign(kind, data)
    effects = world.wind(ALONE_AFTER_S)
    assert [(each.id, each.state) for each in effects.raised] == [(new.id, "raised")]
    assert effects.ask == []
    assert effects.settled == [new.id]


def test_sign_while_alone_is_taken_up_at_the_next_tick(world: World) -> None:
    world.wind(ALONE_AFTER_S)
    new = world.sign("sos", {"source": "button"})
    assert [each.id for each in world.wind(0.5).raised] == [new.id]
    assert world.wind(0.5).raised == []


def test_suspected_fall_is_asked_about_once(world: World) -> None:
    fall = world.fall()
    assert world.wind(ALONE_AFTER_S).ask == [fall.id]
    assert world.wind(0.5).ask == []
    assert world.cares[fall.id].incident.state == "checking"


@pytest.mark.parametrize("intent", ["help", "unclear", "none"])
def test_anything_but_okay_raises(world: World, intent: str) -> None:
    fall = world.fall()
    world.wind(ALONE_AFTER_S)
    effects = world.answer(fall.id, intent)
    assert [(each.id, each.state, each.reported_by) for each in effects.raised] == [
        (fall.id, "raised", "robot")
    ]


def test_okay_closes_and_nobody_is_called(world: World) -> None:
    fall = world.fall()
    world.wind(ALONE_AFTER_S)
    effects = world.answer(fall.id, "okay")
    assert effects.raised == []
    assert effects.say == [("answered_well", fall.id)]
    closed = world.cares[fall.id].incident
    assert (closed.state, closed.outcome) == ("closed", "answered_well")
    handed = world.home().handed_over
    assert [(each.id, each.state) for each in handed] == [(fall.id, "closed")]
    assert world.cares == {}


def test_certain_fall_ends_the_question_about_the_same_fall(world: World) -> None:
    fall = world.fall()
    world.wind(ALONE_AFTER_S)
    world.now = world.now.later(3)
    world.fall("certain")
    effects = world.wind(0.5)
    assert [each.id for each in effects.raised] == [fall.id]
    assert world.answer(fall.id, "okay").saved == {}
    assert world.cares[fall.id].incident.state == "raised"


@pytest.mark.parametrize("state", ["suspected", "checking"])
def test_check_in_of_a_dead_home_is_carried_on(world: World, state: str) -> None:
    world.mirror(_of_home(state))
    assert world.wind(ALONE_AFTER_S).ask == ["i-1"]
    assert [each.id for each in world.answer("i-1", "none").raised] == ["i-1"]


def test_answer_given_just_before_the_home_died_is_not_asked_for_again(world: World) -> None:
    world.mirror(_of_home("checking"))
    assert world.answer("i-1", "help").raised == []
    effects = world.wind(ALONE_AFTER_S)
    assert effects.ask == []
    assert [each.id for each in effects.raised] == ["i-1"]


def test_alert_that_the_bridge_has_not_got_is_raised_with_its_own_id(world: World) -> None:
    world.mirror(_of_home("raised", 3))
    effects = world.wind(ALONE_AFTER_S)
    assert [(each.id, each.state) for each in effects.raised] == [("i-1", "raised")]
    assert world.wind(30).raised == []


@pytest.mark.parametrize(("state", "delivered"), [("raised", True), ("acknowledged", True)])
def test_alert_that_the_bridge_has_is_left_to_it(world: World, state: str, delivered: bool) -> None:  # noqa: FBT001
    world.mirror(_of_home(state, 3), delivered=delivered)
    effects = world.wind(ALONE_AFTER_S)
    assert (effects.raised, effects.ask) == ([], [])


def test_incident_that_the_home_closed_is_forgotten_with_its_sign(world: World) -> None:
    fall = world.fall()
    world.receipt(fall.id)
    world.mirror(_of_home("checking", 1, fall.id))
    world.mirror(_of_home("closed", 2, fall.id))
    assert (world.cares, world.signs) == ({}, {})
    assert world.wind(ALONE_AFTER_S).ask == []


def test_older_step_of_the_home_never_overwrites_a_newer_one(world: World) -> None:
    world.mirror(_of_home("raised", 3))
    world.mirror(_of_home("checking", 2))
    assert world.cares["i-1"].incident.state == "raised"


def test_stored_sign_of_a_home_that_died_before_acting_is_taken_up(world: World) -> None:
    plea = world.sign("help_call", {"intent": "help", "score": 0.9})
    world.receipt(plea.id)
    assert [each.id for each in world.wind(ALONE_AFTER_S).raised] == [plea.id]


def test_stored_sign_that_the_home_merged_elsewhere_is_left_after_a_while(world: World) -> None:
    plea = world.sign("help_call", {"intent": "help", "score": 0.9})
    world.receipt(plea.id)
    world.home("another")
    world.now = world.now.later(SETTLED_AFTER_S)
    assert world.home("another").settled == [plea.id]
    assert world.wind(ALONE_AFTER_S).raised == []


def test_sign_that_the_home_refuses_is_raised_by_the_robot(world: World) -> None:
    plea = world.sign("help_call", {"intent": "help", "score": 0.9})
    world.home()
    assert [each.id for each in world.receipt(plea.id, refused=True).raised] == [plea.id]


def test_returning_home_is_handed_what_the_robot_did_and_only_once(world: World) -> None:
    plea = world.sign("help_call", {"intent": "pain", "score": 0.8})
    world.wind(ALONE_AFTER_S)
    world.do(world.core.on_bridge_stored(plea.id))
    handed = world.home().handed_over
    assert [(each.id, each.state, each.kind) for each in handed] == [(plea.id, "raised", "help_call")]
    assert world.home(plea.id).handed_over == []


def test_home_that_returns_during_the_robots_question_gets_the_answer(world: World) -> None:
    fall = world.fall()
    world.wind(ALONE_AFTER_S)
    assert world.home().handed_over == []
    effects = world.answer(fall.id, "none")
    assert [each.id for each in effects.raised] == [fall.id]
    assert [(each.id, each.state) for each in effects.handed_over] == [(fall.id, "raised")]


def test_caseworkers_steps_are_told_aloud_while_alone(world: World) -> None:
    plea = world.sign("sos", {"source": "button"})
    world.wind(ALONE_AFTER_S)
    core = world.core
    assert world.do(core.on_bridge_stored(plea.id)).say == [("alert_raised", plea.id)]
    assert world.do(core.on_bridge_state(plea.id, "acknowledged", None, world.now)).say == [
        ("help_coming", plea.id)
    ]
    assert world.do(core.on_bridge_state(plea.id, "acknowledged", None, world.now)).say == []
    assert world.do(core.on_bridge_state(plea.id, "closed", "helped", world.now)).say == [("closed", plea.id)]
    assert world.do(core.on_bridge_state("unknown", "acknowledged", None, world.now)).say == []


def test_bridge_that_gives_no_receipt_is_told_aloud_once(world: World) -> None:
    world.sign("sos", {"source": "button"})
    raised = world.wind(ALONE_AFTER_S)
    assert raised.say == []
    assert [phrase for phrase, _ in world.wind(NO_RECEIPT_S).say] == ["bridge_unreachable"]
    assert world.wind(60).say == []


def test_robot_without_a_link_says_that_it_has_none(world: World) -> None:
    world.core.linked = False
    world.sign("sos", {"source": "button"})
    world.wind(ALONE_AFTER_S)
    assert [phrase for phrase, _ in world.wind(NO_RECEIPT_S).say] == ["not_linked"]


def test_restart_at_any_moment_carries_on_where_it_stood(world: World) -> None:
    fall = world.fall()
    world.restart()
    assert world.wind(ALONE_AFTER_S).ask == [fall.id]
    world.restart()
    assert world.wind(ALONE_AFTER_S).ask == [fall.id]
    assert [each.id for each in world.answer(fall.id, "none").raised] == [fall.id]
    world.restart()
    effects = world.wind(ALONE_AFTER_S)
    assert (effects.raised, effects.ask) == ([], [])
    assert [each.id for each in world.home().handed_over] == [fall.id]
    world.restart()
    assert world.home(fall.id).handed_over == []


def test_mirrored_incident_keeps_its_kind_and_evidence_when_carried_on(world: World) -> None:
    night = replace(
        _of_home("checking", 4, kind="inactivity"), evidence=({"name": "still", "value": 9.0, "unit": "h"},)
    )
    world.mirror(night)
    world.wind(ALONE_AFTER_S)
    raised = world.answer("i-1", "none").raised[0]
    assert (raised.kind, raised.evidence, raised.step) == ("inactivity", night.evidence, 6)


def test_second_sign_of_a_fall_that_is_out_already_gets_no_alert_of_its_own(world: World) -> None:
    first = world.fall()
    world.receipt(first.id)
    second = world.fall("certain")
    world.receipt(second.id)
    world.mirror(_of_home("raised", 3, first.id), delivered=True)
    effects = world.wind(ALONE_AFTER_S)
    assert effects.mode == "alone"
    assert (effects.raised, effects.ask) == ([], [])
    assert list(world.cares) == [first.id]
    assert world.signs == {}


def test_plea_that_the_home_put_into_an_unanswered_check_in_raises_it(world: World) -> None:
    first = world.fall()
    world.receipt(first.id)
    world.mirror(_of_home("checking", 2, first.id))
    plea = world.sign("help_call", {"intent": "help", "score": 0.9})
    world.receipt(plea.id)
    raised = world.wind(ALONE_AFTER_S).raised
    assert [each.id for each in raised] == [first.id]


def test_call_of_fire_is_raised_although_an_incident_about_the_person_is_open(world: World) -> None:
    first = world.fall()
    world.receipt(first.id)
    world.mirror(_of_home("raised", 3, first.id), delivered=True)
    fire = world.sign("help_call", {"intent": "fire", "score": 0.9})
    world.receipt(fire.id)
    assert [each.id for each in world.wind(ALONE_AFTER_S).raised] == [fire.id]


def test_plea_that_the_home_never_stored_is_raised_as_its_own(world: World) -> None:
    first = world.fall()
    world.receipt(first.id)
    world.mirror(_of_home("raised", 3, first.id), delivered=True)
    plea = world.sign("help_call", {"intent": "help", "score": 0.9})
    assert [each.id for each in world.wind(ALONE_AFTER_S).raised] == [plea.id]
