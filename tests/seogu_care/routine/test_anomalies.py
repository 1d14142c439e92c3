# ruff: noqa: ANN001, ANN003, ANN201, ANN202 - the tests' own objects; a home's own wall clock
from datetime import timedelta
from typing import get_args

import pytest
from benches.routine_anomalies import told
from benches.routine_simulated import START, Changes, simulate

from custom_components.seogu_care.care.routine.anomalies import URGENT, AnomalyKind
from custom_components.seogu_care.care.words import ANOMALIES

MINUTE = timedelta(minutes=1)
BEGINS = 35


@pytest.fixture(scope="module")
def told_of():
    """What is told of a home in which something changes on day 35, each first time after it."""

    def look(seed=303, days=5, **changes):
        home = simulate(seed, BEGINS + days, Changes(**changes))
        change = START + timedelta(days=BEGINS)
        return {
            kind: (after[0] - change).total_seconds() / 86400
            for kind, times in told(home, change, every=30).items()
            if (after := [t for t in times if t >= change])
        }

    return look


def test_wandering_at_night_is_told_within_three_nights(told_of) -> None:
    assert told_of(seed=302, wandering=BEGINS)["night_wandering"] <= 3


def test_rising_hours_too_late_is_told_on_that_day(told_of) -> None:
    assert told_of(late=BEGINS)["late_rising"] <= 1


def test_meals_missed_in_a_row_are_told_within_a_day(told_of) -> None:
    assert told_of(fasting=BEGINS)["missed_meals"] <= 1.5


def test_an_abandoned_room_is_told_within_a_week(told_of) -> None:
    assert told_of(days=8, unused=BEGINS)["room_unused"] <= 7


def test_more_visits_to_the_toilet_are_told_within_two_weeks(told_of) -> None:
    assert told_of(days=15, toilet=BEGINS)["toilet_visits_up"] <= 14


def test_nights_cut_into_pieces_are_told_within_a_week(told_of) -> None:
    assert told_of(days=8, toilet=BEGINS)["scattered_sleep"] <= 7


def test_three_hours_less_sleep_are_told_within_ten_days(told_of) -> None:
    assert told_of(days=11, short=BEGINS)["short_sleep"] <= 10


def test_a_long_morning_in_the_bathroom_is_told_on_that_day(told_of) -> None:
    assert told_of(stay=BEGINS)["long_bathroom_stay"] <= 0.5


def test_leaving_in_the_night_is_told_in_that_night(told_of) -> None:
    assert told_of(leaving=BEGINS)["left_at_night"] <= 0.25


def test_every_kind_has_words_and_a_score_and_only_urgent_ones_wake_anybody(life) -> None:
    found = life.detector.anomalies(life.until)
    life.detector.observe(life.until + MINUTE, "motion_bathroom", True)
    found += life.detector.anomalies(life.until + 2 * MINUTE)
    kinds = {each.kind: each for each in found}
    for kind in get_args(AnomalyKind):
        assert kind in ANOMALIES, kind
    for each in kinds.values():
        assert each.ko
        assert each.en
        assert each.threshold > 0
        assert each.quiet(2 * 60.0) is (each.kind not in URGENT)
        assert not each.quiet(10 * 60.0)
    assert len(kinds) >= 4


def test_a_very_long_stay_in_the_bathroom_is_told(life) -> None:
    for minute in range(1, 120):
        life.detector.observe(life.until + minute * MINUTE, "motion_bathroom", True)
        life.detector.observe(life.until + minute * MINUTE + MINUTE / 2, "motion_bathroom", False)
        life.detector.tick(life.until + minute * MINUTE)
    found = {a.kind: a for a in life.detector.anomalies(life.until + 120 * MINUTE) if a.is_out}
    assert "화장실" in found["long_bathroom_stay"].ko
    assert not found["long_bathroom_stay"].quiet(60.0)


def test_a_stay_is_not_judged_where_the_room_they_may_have_gone_to_cannot_be_seen(life) -> None:
    life.detector.available(life.until, "motion_living", False)
    life.detector.observe(life.until + MINUTE, "motion_bathroom", True)
    for minute in range(2, 120):
        life.detector.tick(life.until + minute * MINUTE)
    told = {each.kind for each in life.detector.anomalies(life.until + 120 * MINUTE) if each.is_out}
    assert "long_bathroom_stay" not in told


def test_leaving_in_the_deep_of_night_is_told_within_minutes(life) -> None:
    night = life.until.replace(hour=2) + timedelta(days=1)
    at = life.until
    while at < night:
        life.detector.tick(at)
        at += MINUTE
    life.detector.observe(night, "motion_entrance", True)
    life.detector.observe(night + MINUTE / 6, "front_door", True)
    life.detector.observe(night + MINUTE / 3, "front_door", False)
    life.detector.tick(night + 7 * MINUTE)
    kinds = {a.kind for a in life.detector.anomalies(night + 7 * MINUTE) if a.is_out}
    assert "left_at_night" in kinds


def test_nothing_is_told_of_somebody_who_is_away(life) -> None:
    life.detector.away(life.until, True)
    assert life.detector.anomalies(life.until + MINUTE) == []


def test_the_week_is_told_in_words_and_numbers(life) -> None:
    week = life.detector.weekly_summary(life.until)
    assert week.ko.startswith("지난 7일")
    assert "usually up at" in week.en
    assert 300 <= week.numbers["up_min"] <= 600
    assert week.numbers["outings"] > 0


def test_a_stay_in_the_bathroom_is_forgotten_when_nobody_watched(life) -> None:
    detector, now = life.detector, life.until
    detector.observe(now + MINUTE, "motion_bathroom", active=True)
    detector.tick(now + 2 * MINUTE)
    kinds = {each.kind for each in detector.anomalies(now + 3 * MINUTE)}
    assert "long_bathroom_stay" in kinds
    detector.tick(now + timedelta(hours=9))
    later = detector.anomalies(now + timedelta(hours=9))
    assert {each.kind for each in later}.isdisjoint({"long_bathroom_stay", "late_rising", "missed_meals"})
