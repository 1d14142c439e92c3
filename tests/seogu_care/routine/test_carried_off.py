# ruff: noqa: ANN001, ANN201, DTZ001, S311 - the tests' own objects; a home's own wall clock; seeded chance
import json
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from benches.routine_moved import carried, named
from benches.routine_simulated import simulate
from benches.routine_visitors import CASES

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine.detector import Detector

MINUTE = timedelta(minutes=1)
START = datetime(2026, 3, 2)
SENSORS = {
    "kitchen": {"room": "부엌", "kind": "motion"},
    "fridge": {"room": "부엌", "kind": "contact"},
    "bedroom": {"room": "안방", "kind": "motion"},
    "living": {"room": "거실", "kind": "motion"},
}
MEALS, NIGHT = (7, 12, 18), (0, 3, 22)


def lived(detector, days, carried_off=(), begin=0):
    """In the kitchen at meals, in the bedroom by night; sensors that were carried off see the bedroom."""
    rng = random.Random(1)
    for day in range(begin, begin + days):
        for hours, room in ((MEALS, ("kitchen", "fridge")), (NIGHT, ("bedroom",)), ((9, 15), ("living",))):
            seen = [name for name in room if name not in carried_off]
            seen += [name for name in carried_off if room == ("bedroom",)]
            for hour in sorted(hours):
                for minute in range(0, 50, 5):
                    at = START + timedelta(days=day, hours=hour, minutes=minute + rng.random())
                    for i, name in enumerate(seen):
                        detector.observe(at + i * MINUTE / 6, name, True)
                        detector.observe(at + i * MINUTE / 6 + MINUTE / 12, name, False)
    return START + timedelta(days=begin + days)


@pytest.fixture(scope="module")
def carried_off():
    """Four weeks, then the kitchen's sensor hangs in the bedroom for two."""
    detector = make_detector(SENSORS)
    lived(detector, 28)
    return detector.to_dict(), lived(detector, 14, ("kitchen",), 28), detector.to_dict()


def test_a_sensor_carried_to_another_room_is_named_with_room_and_day(carried_off) -> None:
    _, now, after = carried_off
    detector = Detector.from_dict(SENSORS, after)
    move = detector.moved()["kitchen"]
    assert move.room == "안방"
    assert 0 <= move.since - (START + timedelta(days=28)).toordinal() <= 3
    assert detector.faults(now)["kitchen"] == "moved"
    assert set(detector.moved()) == {"kitchen"}


def test_its_signs_are_life_but_not_of_its_room(carried_off) -> None:
    _, now, after = carried_off
    detector = Detector.from_dict(SENSORS, after)
    detector.observe(now + 12 * 60 * MINUTE, "kitchen", True)
    detector.tick(now + 12 * 60 * MINUTE + MINUTE)
    told = detector.explain(now + 12 * 60 * MINUTE + MINUTE)
    assert told.numbers["silent_min"] == 1.0
    assert told.numbers["room"] == "안방?"
    assert "부엌" not in detector.signs.book.today.rooms
    assert detector.coverage(now) == 1.0


def test_meals_and_an_unused_room_are_not_judged_by_a_sensor_that_hangs_elsewhere(carried_off) -> None:
    _, now, after = carried_off
    detector = Detector.from_dict(SENSORS, after)
    told = {each.kind for each in detector.anomalies(now + 21 * 60 * MINUTE) if each.is_out}
    assert told.isdisjoint({"missed_meals", "room_unused", "slow_decline"})


def test_given_its_new_room_or_hung_back_it_is_trusted_again(carried_off) -> None:
    _, now, after = carried_off
    stored = json.loads(json.dumps(after))
    assert Detector.from_dict(SENSORS | {"kitchen": {"room": "안방", "kind": "motion"}}, stored).moved() == {}
    detector = Detector.from_dict(SENSORS, stored)
    back = lived(detector, 10, begin=(now - START).days)
    assert detector.moved() == {}
    assert "kitchen" not in detector.faults(back)


def test_no_sensor_is_blamed_while_all_hang_where_they_did(carried_off) -> None:
    before, _, _ = carried_off
    detector = Detector.from_dict(SENSORS, before)
    lived(detector, 14, begin=28)
    assert detector.moved() == {}


def test_a_guest_for_two_weeks_moves_no_sensor() -> None:
    changes, over = CASES["guest, 2 weeks"]
    assert named(simulate(501, over, changes)) == {}


def test_in_a_recorded_home_the_sensor_that_was_carried_is_named_and_no_other(recorded) -> None:
    home = recorded.load("casas_al_sample")
    month = replace(home, events=[each for each in home.events if each[0] < home.start + timedelta(days=18)])
    found = named(carried(month, "Kitchen", "Bedroom", home.start + timedelta(days=10)))
    assert {name: move.room for name, (_, move) in found.items()} == {"Kitchen": "bedroom"}
