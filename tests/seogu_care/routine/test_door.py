# ruff: noqa: ANN001, ANN201, DTZ001, FBT002 - the tests' own objects; a home's own wall clock
from datetime import datetime, timedelta

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine import thresholds

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 2, 12, 0)
SENSORS = {
    "living": {"room": "거실", "kind": "motion"},
    "kitchen": {"room": "부엌", "kind": "motion"},
    "entrance": {"room": "현관", "kind": "motion"},
    "door": {"room": "현관", "kind": "exterior_door"},
}


def at_noon(door_shut=True):
    """Somebody goes through the door at noon."""
    detector = make_detector(SENSORS)
    detector.observe(NOON - timedelta(minutes=30), "living", True)
    detector.observe(NOON - timedelta(minutes=1), "entrance", True)
    detector.observe(NOON, "door", True)
    if door_shut:
        detector.observe(NOON + timedelta(seconds=8), "door", False)
    return detector


def verdicts(detector, hours, begin=NOON):
    return [(m, v) for m in range(1, int(hours * 60)) if (v := detector.tick(begin + m * MINUTE))]


def test_who_shuts_the_door_behind_them_is_thought_to_be_out() -> None:
    detector = at_noon()
    detector.tick(NOON + 20 * MINUTE)
    assert detector.at_home() < 0.1


def test_nobody_calls_for_help_while_the_resident_is_shopping() -> None:
    assert all(said != "alert" for _, said in verdicts(at_noon(), 10))


def test_a_fall_at_the_front_door_is_found_within_a_day() -> None:
    said = verdicts(at_noon(), 24)
    assert said[-1][1] == "alert"
    assert said[0][1] == "check"


def test_a_door_left_open_is_asked_about_sooner_than_a_door_shut() -> None:
    shut, left_open = verdicts(at_noon(), 24), verdicts(at_noon(door_shut=False), 24)
    assert left_open[0][0] < shut[0][0]
    assert next(m for m, v in left_open if v == "alert") < next(m for m, v in shut if v == "alert")


def test_signs_of_one_room_do_not_bring_home_who_went_out() -> None:
    detector = at_noon()
    for minute in range(60, 240, 20):
        detector.observe(NOON + minute * MINUTE, "kitchen", True)
    detector.tick(NOON + 250 * MINUTE)
    home, out = thresholds.AT_HOME_WHERE_DOUBTED
    assert detector.at_home() <= home / (home + out)


def test_signs_of_two_rooms_show_that_somebody_is_at_home() -> None:
    detector = at_noon()
    detector.observe(NOON + 60 * MINUTE, "kitchen", True)
    detector.observe(NOON + 62 * MINUTE, "living", True)
    detector.tick(NOON + 63 * MINUTE)
    assert detector.at_home() == 1.0


def test_who_comes_home_and_is_not_heard_again_is_asked_sooner_than_who_left() -> None:
    left = verdicts(at_noon(), 24)[0][0]
    detector = at_noon()
    home = NOON + timedelta(hours=2)
    for minute in range(1, 120):
        detector.tick(NOON + minute * MINUTE)
    detector.observe(home, "door", True)
    detector.observe(home + timedelta(seconds=9), "door", False)
    assert verdicts(detector, 20, home)[0][0] < left
    assert detector.at_home() == 1.0


def test_an_answer_shows_that_they_are_at_home() -> None:
    detector = at_noon()
    detector.tick(NOON + 60 * MINUTE)
    detector.answered(NOON + 61 * MINUTE)
    assert detector.at_home() == 1.0


def test_where_no_door_is_watched_an_unanswered_question_waits_before_it_alarms() -> None:
    sensors = {name: described for name, described in SENSORS.items() if name != "door"}
    detector = make_detector(sensors)
    detector.observe(NOON - timedelta(hours=4), "living", True)
    said = verdicts(detector, 24, NOON - timedelta(hours=4))
    first, alert = said[0][0], next(m for m, v in said if v == "alert")
    assert alert - first >= thresholds.NO_DOOR_HOLD_MIN


def test_a_cupboard_opened_by_hand_shows_at_once_that_somebody_is_at_home() -> None:
    detector = make_detector(SENSORS | {"cupboard": {"room": "부엌", "kind": "contact"}})
    detector.observe(NOON, "door", True)
    detector.observe(NOON + MINUTE / 6, "door", False)
    detector.observe(NOON + 60 * MINUTE, "cupboard", True)
    detector.tick(NOON + 61 * MINUTE)
    assert detector.at_home() == 1.0


def test_a_sensor_that_speaks_in_an_empty_home_is_believed_less_each_time() -> None:
    detector = make_detector(SENSORS)
    believed = []
    for day in range(3):
        noon = NOON + timedelta(days=day)
        detector.observe(noon, "door", True)
        detector.observe(noon + MINUTE / 6, "door", False)
        detector.observe(noon + 60 * MINUTE, "kitchen", True)
        believed.append(detector.at_home())
        for at, sensor in ((120, "door"), (121, "entrance"), (125, "living")):
            detector.observe(noon + at * MINUTE, sensor, True)
        detector.observe(noon + 126 * MINUTE, "door", False)
        detector.observe(noon + 130 * MINUTE, "living", True)
    assert believed[0] > believed[1] > believed[2]
