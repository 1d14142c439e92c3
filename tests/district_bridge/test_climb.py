"""The ladder's arithmetic: which rung is due after which wait, and where the calendar has a hole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from district_bridge.escalation import climb, ladders, shifts
from district_bridge.escalation.climb import Ladder, LadderError, Moment, Rung, Step
from district_bridge.escalation.shifts import Span

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
NOBODY_ELSE: list[ladders.Rule] = []


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def at(number: float) -> datetime:
    return START + seconds(number)


def emergency() -> Ladder:
    return ladders.choose(NOBODY_ELSE, 1, "fall", 1).ladder


def steps(calls: list[climb.Call]) -> list[str]:
    return [call.rung.step.value for call in calls]


def test_emergency_climbs_from_robot_to_119() -> None:
    ladder = emergency()
    assert steps(climb.due(ladder, seconds(0), set())) == ["robot", "family", "caseworker"]
    told = {(0, 0), (1, 0), (2, 0)}
    assert climb.due(ladder, seconds(59), told) == []
    assert steps(climb.due(ladder, seconds(60), told)) == ["duty_officer"]
    assert steps(climb.due(ladder, seconds(180), told | {(3, 0)})) == ["119"]


def test_last_rung_is_told_again_until_somebody_acts() -> None:
    ladder = emergency()
    told = {(place, 0) for place in range(5)}
    assert climb.due(ladder, seconds(359), told) == []
    assert [(call.place, call.turn) for call in climb.due(ladder, seconds(360), told)] == [(4, 1)]
    assert climb.until_next(ladder, seconds(200)) == seconds(160)


def test_bridge_that_was_down_tells_every_missed_rung_but_the_last_only_once() -> None:
    calls = climb.due(emergency(), seconds(3600), set())
    assert steps(calls) == ["robot", "family", "caseworker", "duty_officer", "119"]


def test_time_in_somebodys_hand_does_not_count() -> None:
    life = [
        Moment(at(0), waits=True, anew=True),
        Moment(at(30), waits=False),  # taken on
        Moment(at(930), waits=True),  # lapsed
    ]
    assert climb.waited(life, at(930)) == seconds(30)
    assert climb.waited(life, at(960)) == seconds(60)
    assert climb.waited(life[:2], at(900)) == seconds(30)


def test_new_sign_after_closing_starts_the_climb_anew() -> None:
    life = [
        Moment(at(0), waits=True, anew=True),
        Moment(at(500), waits=False),
        Moment(at(600), waits=True, anew=True),
    ]
    assert climb.waited(life, at(610)) == seconds(10)


def test_owner_moves_up_with_the_climb() -> None:
    ladder = emergency()
    assert climb.standing(ladder, seconds(0)) is Step.CASEWORKER
    assert climb.standing(ladder, seconds(60)) is Step.DUTY_OFFICER
    assert climb.standing(ladder, seconds(1000)) is Step.EMERGENCY_SERVICES


@pytest.mark.parametrize(
    ("rungs", "again", "wrong"),
    [
        ([], 60, "needs rungs"),
        ([{"step": "robot", "after_s": 0}], 60, "person of the district"),
        ([{"step": "caseworker", "after_s": 0}, {"step": "family", "after_s": 5}], 60, "last rung"),
        ([{"step": "caseworker", "after_s": 9}, {"step": "duty_officer", "after_s": 5}], 60, "earlier"),
        ([{"step": "caseworker", "after_s": 0}] * 2, 60, "once"),
        ([{"step": "mayor", "after_s": 0}], 60, "no step"),
        ([{"step": "caseworker", "after_s": -1}], 60, "no number"),
        ([{"step": "caseworker", "after_s": True}], 60, "no number"),
        ([{"step": "caseworker", "after_s": 0}], 5, "again"),
        (["caseworker"], 60, "a step and a time"),
    ],
)
def test_ladder_on_which_an_alert_could_be_lost_is_refused(rungs: object, again: int, wrong: str) -> None:
    with pytest.raises(LadderError, match=wrong):
        ladders.read_ladder(rungs, again)


def test_most_specific_ladder_counts() -> None:
    def rule(
        neighbourhood: int | None = None, kind: str | None = None, severity: int | None = None
    ) -> ladders.Rule:
        ladder = Ladder((Rung(Step.CASEWORKER, seconds(0)),), seconds(60))
        return ladders.Rule(neighbourhood, kind, severity, ladder, is_own=True)

    everywhere, here, fall, here_fall = rule(), rule(1), rule(kind="fall"), rule(1, "fall")
    rules = [everywhere, here, fall, here_fall]
    assert ladders.choose(rules, 1, "fall", 1) is here_fall
    assert ladders.choose(rules, 1, "anomaly", 1) is here
    assert ladders.choose(rules, 2, "fall", 1) is fall
    assert ladders.choose(rules, 2, "anomaly", 1) is everywhere


@given(st.integers(1, 7), st.sampled_from(["fall", "device", "notice", "anomaly"]), st.integers(1, 3))
def test_every_alert_has_a_ladder_with_a_person_on_it_at_once(
    neighbourhood: int, kind: str, severity: int
) -> None:
    ladder = ladders.choose(NOBODY_ELSE, neighbourhood, kind, severity).ladder
    assert any(rung.step in climb.STAFFED for rung in ladder.rungs if rung.after == seconds(0))


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=40))
def test_however_the_looks_fall_every_rung_is_told_once_and_in_order(looks: list[int]) -> None:
    ladder, told, order = emergency(), set(), []
    for look in sorted(looks):
        for call in climb.due(ladder, seconds(look), told):
            assert (call.place, call.turn) not in told
            told.add((call.place, call.turn))
            order.append((call.place, call.turn))
    assert order == sorted(order)
    reached = [place for place, rung in enumerate(ladder.rungs) if rung.after <= seconds(max(looks))]
    assert {place for place, _turn in told} == set(reached)


@given(st.integers(0, 10**6))
def test_next_look_is_never_now_and_finds_a_rung(wait: int) -> None:
    ladder = emergency()
    until = climb.until_next(ladder, seconds(wait))
    assert until > timedelta(0)
    told = {(call.place, call.turn) for call in climb.due(ladder, seconds(wait), set())}
    assert climb.due(ladder, seconds(wait) + until, told) != []


def test_gap_between_two_shifts_is_found() -> None:
    covered = [Span(at(0), at(100)), Span(at(150), at(300))]
    assert shifts.gaps(covered, Span(at(0), at(300))) == [Span(at(100), at(150))]


def test_shifts_that_overlap_leave_no_gap() -> None:
    covered = [Span(at(50), at(300)), Span(at(-10), at(60))]
    assert shifts.gaps(covered, Span(at(0), at(300))) == []


def test_empty_calendar_is_one_gap() -> None:
    assert shifts.gaps([], Span(at(0), at(300))) == [Span(at(0), at(300))]


SPANS = st.lists(
    st.tuples(st.integers(-50, 150), st.integers(1, 80)).map(
        lambda pair: Span(at(pair[0]), at(pair[0] + pair[1]))
    ),
    max_size=8,
)


@given(SPANS)
def test_each_minute_is_either_covered_or_in_a_gap(covered: list[Span]) -> None:
    window = Span(at(0), at(100))
    found = shifts.gaps(covered, window)
    for second in range(100):
        moment = at(second)
        is_covered = any(span.start <= moment < span.end for span in covered)
        assert is_covered != any(gap.start <= moment < gap.end for gap in found)
    assert shifts.joined(found) == found
