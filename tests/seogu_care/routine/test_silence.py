# ruff: noqa: ANN001, ANN201, DTZ001 - the tests' own objects; a home's own wall clock
import copy
import math
from datetime import datetime, timedelta

import pytest
from benches import routine_simulated
from benches.routine_replay import at_home, delays, quantile, replay
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine import thresholds

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 2, 12, 0)
SENSORS = {
    "living": {"room": "거실", "kind": "motion"},
    "bath": {"room": "화장실", "kind": "motion"},
    "bedroom": {"room": "안방", "kind": "motion"},
    "door": {"room": "현관", "kind": "exterior_door"},
}


def said_in_silence(detector, since, hours):
    return [
        (minute, said)
        for minute in range(1, int(hours * 60) + 1)
        if (said := detector.tick(since + minute * MINUTE)) is not None
    ]


def test_silence_in_an_unknown_home_is_asked_about_on_the_first_day() -> None:
    detector = make_detector(SENSORS)
    detector.observe(NOON, "living", True)
    minute, said = said_in_silence(detector, NOON, 24)[0]
    assert said == "check"
    assert 60 < minute <= thresholds.LONGEST_SILENCE_HOME_MIN


def test_unanswered_question_is_asked_thrice_and_then_becomes_an_alert(life) -> None:
    said = life.silent(6)
    assert [what for _, what in said] == ["check", "check", "check", "alert"]
    assert said[-1][0] - said[0][0] <= 10


def test_a_question_at_night_is_asked_four_times() -> None:
    detector = make_detector(SENSORS)
    evening = NOON.replace(hour=21, minute=0)
    detector.observe(evening, "living", True)
    said = []
    for minute in range(1, 16 * 60):
        detector.ordinary.budget._price = 0.0  # as if questions cost nothing, so that one is asked by night
        if what := detector.tick(evening + minute * MINUTE + timedelta(hours=1, minutes=1)):
            said.append(what)
    assert said == ["check"] * 4 + ["alert"]


def test_an_alert_is_given_once(life) -> None:
    assert [what for _, what in life.silent(24)].count("alert") == 1


def test_an_answer_ends_the_questions_for_a_while(life) -> None:
    said = life.silent(20, answers={0})
    first, second = said[0][0], said[1][0]
    assert second - first > thresholds.REST_AFTER_ANSWER_MIN


def test_a_sign_of_life_takes_an_open_question_back(life) -> None:
    minute, _ = life.silent(6)[0]
    fresh = copy.deepcopy(life.detector)
    fresh.observe(life.until + 7 * 60 * MINUTE, "motion_living", True)
    assert fresh.tick(life.until + 7 * 60 * MINUTE + MINUTE) is None
    assert minute > 10


def test_somebody_up_and_about_who_falls_silent_by_day_is_asked_within_three_hours(life) -> None:
    assert life.silent(24)[0][0] <= 180


def test_the_budget_holds_and_no_collapse_is_missed_in_a_home_lived_in_for_ten_weeks() -> None:
    home = routine_simulated.simulate(402, 70)
    known = home.start + timedelta(days=14)
    result = replay(home, make_detector(home.sensors), at_home(home, 30, 1, known), known)
    assert result.learning.a_week <= 5
    assert result.known.a_week <= 2
    assert result.known.a_week_at_night <= 1
    assert result.known.alerts == []
    assert all(found.alert_h is not None for found in result.found)
    assert quantile(delays(result.found, night=False), 0.5) <= 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["living", "bath", "bedroom"]), st.integers(1, 2000)), max_size=60))
def test_whatever_was_learned_nobody_is_silent_at_home_for_longer_than_fifteen_hours(pauses) -> None:
    detector = make_detector(SENSORS)
    now = NOON
    for sensor, pause in pauses:
        detector.observe(now, sensor, True)
        now += pause * MINUTE
    detector.observe(now, "living", True)
    assert detector.limit() <= thresholds.LONGEST_SILENCE_HOME_MIN
    said = said_in_silence(detector, now, 16)
    assert said[0][1] == "check"


def test_nothing_is_asked_while_the_resident_is_away(life) -> None:
    life.detector.away(life.until, True)
    assert life.silent(48) == []
    back = life.until + 48 * 60 * MINUTE
    life.detector.away(back, False)
    assert life.detector.tick(back + MINUTE) is None


def test_a_home_that_was_not_watched_for_hours_does_not_take_them_for_silence(life) -> None:
    later = life.until + timedelta(hours=9)
    assert life.detector.tick(later) is None
    assert life.detector.tick(later + MINUTE) is None
    assert life.detector.explain(later + MINUTE).numbers["silent_min"] < 60


def test_explains_in_korean_and_english_and_in_numbers(life) -> None:
    life.silent(1)
    told = life.detector.explain(life.until + timedelta(hours=1))
    assert "조용합니다" in told.ko
    assert "The last sign came at" in told.en
    assert told.numbers["silent_min"] >= 55
    assert 0 < told.numbers["usual_min"] <= told.numbers["limit_min"] * 2
    assert str(told) == f"{told.ko} / {told.en}"


def test_the_family_may_allow_more_questions_and_gets_them_sooner() -> None:
    home = routine_simulated.simulate(403, 25)
    limits = []
    for budget in (0.5, 7.0):
        detector = make_detector(home.sensors, budget)
        for event in home.events:
            detector.observe(*event)
        detector.tick(home.end)
        limits.append((detector.ordinary.budget.price, detector.ordinary.budget.harm_full))
    assert limits[0][0] > limits[1][0]
    assert limits[0][1] > thresholds.HARM_FULL_H > limits[1][1]


@pytest.mark.parametrize("name", ["casas_al_sample", "ordonez_A"])
def test_no_collapse_is_missed_in_a_recorded_home(recorded, name) -> None:
    home = recorded.load(name)
    known = home.start + timedelta(days=7)
    result = replay(home, make_detector(home.sensors), at_home(home, 25, 3, known), known)
    assert all(found.alert_h is not None for found in result.found)
    assert result.known.alerts == []
    assert result.learning.a_week <= 5
    # Two a week, in whole questions: Ordonez A is known for six and a half days.
    assert len(result.known.checks) <= math.ceil(2 * result.known.days / 7)
