# ruff: noqa: ANN001, ANN201 - the tests' own objects; a home's own wall clock
import json
from datetime import timedelta

import pytest
from benches.routine_simulated import START, Changes, simulate

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine.company import hours_between, stays, visits_alone
from custom_components.seogu_care.care.routine.daybook import Page
from custom_components.seogu_care.care.routine.detector import Detector

COMES, GOES = 20, 23


def learn(home, detector, events):
    """Learn from history."""
    for event in events:
        detector.observe(*event)
    detector.tick(home.end)
    return detector


def with_company(detector):
    """The days on which somebody else seemed to be there, counted from the first, with the hours."""
    pages = detector.signs.book.pages
    return {p.day - START.toordinal(): set(hours_between(p.company)) for p in pages if p.company}


@pytest.fixture(scope="module")
def visited():
    """A home with a guest on three afternoons."""
    home = simulate(501, 25, Changes(guests=(COMES, GOES)))
    return home, learn(home, make_detector(home.sensors), home.events)


def test_a_guests_afternoons_are_seen_and_no_other_days(visited) -> None:
    days = with_company(visited[1])
    assert set(days) == set(range(COMES, GOES))
    for hours in days.values():
        assert set(range(15, 19)) <= hours <= set(range(12, 22))


def test_nobody_is_seen_where_one_lives_alone_nor_in_one_who_goes_to_the_bathroom_all_night() -> None:
    for changes in (Changes(), Changes(toilet=COMES), Changes(wandering=COMES)):
        home = simulate(501, 25, changes)
        assert with_company(learn(home, make_detector(home.sensors), home.events)) == {}


def test_what_is_known_of_company_survives_save_and_load(visited) -> None:
    home, straight = visited
    half = START + timedelta(days=COMES + 1, hours=16, minutes=20)
    first = make_detector(home.sensors)
    for event in home.events:
        if event[0] <= half:
            first.observe(*event)
    second = Detector.from_dict(home.sensors, json.loads(json.dumps(first.to_dict())))
    learn(home, second, [event for event in home.events if event[0] > half])
    for part in ("company", "book"):
        assert second.to_dict()["signs"][part] == straight.to_dict()["signs"][part]


def test_an_older_state_begins_to_look_for_company(visited) -> None:
    home, detector = visited
    stored = detector.to_dict()
    del stored["signs"]["company"]
    stored["signs"]["book"]["pages"] = [page[:13] for page in stored["signs"]["book"]["pages"]]
    older = Detector.from_dict(home.sensors, stored)
    assert with_company(older) == {}
    assert visits_alone(list(older.signs.book.pages)) == [
        (page.toilet, 1.0) for page in detector.signs.book.pages
    ]


def test_visits_in_hours_with_company_are_left_out_and_the_rest_weighed_by_what_is_usual_then() -> None:
    alone = [Page(day, toilet=4, visits=[8, 12, 15, 20]) for day in range(1, 21)]
    beside = Page(21, toilet=9, visits=[8, 12, 14, 14, 15, 15, 16, 17, 20], company=1 << 14 | 1 << 17)
    *before, (visits, share) = visits_alone([*alone, beside])
    assert before == [(4, 1.0)] * 20
    assert visits == 3
    assert share == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize(("sick", "told"), [(None, False), (35, True)])
def test_a_guests_visits_to_the_toilet_are_not_the_residents_and_hide_nothing(sick, told) -> None:
    home = simulate(502, 43, Changes(guests=(35, 43), toilet=sick))
    detector = learn(home, make_detector(home.sensors), home.events)
    now = START + timedelta(days=43, hours=1)
    found = {each.kind: each for each in detector.anomalies(now)}
    assert found["toilet_visits_up"].is_out is told
    assert "Hours in which somebody else" in found["toilet_visits_up"].en
    week = detector.weekly_summary(now)
    assert week.numbers["company_days"] == 7
    assert "7일은 다른 분이 함께 계신 듯합니다" in week.ko
    assert "activity_change" not in week.numbers


def test_who_is_heard_early_and_late_stays_overnight_and_a_carer_or_a_guest_does_not() -> None:
    morning, afternoon, evening = 1 << 8 | 1 << 11, 1 << 14 | 1 << 16, 1 << 18
    assert stays([Page(1, company=morning), Page(2, company=evening)])
    for company in (0, morning | afternoon, afternoon | evening):
        assert not stays([Page(day, company=company) for day in range(3)])
    alone = [Page(day, toilet=4, visits=[8, 12, 15, 20], sleep=480.0) for day in range(1, 21)]
    both = [Page(day, toilet=9, visits=[8] * 9, company=morning | evening) for day in range(21, 28)]
    assert visits_alone([*alone, *both])[-6:] == [(0, pytest.approx(0.0))] * 6
