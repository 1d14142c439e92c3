# ruff: noqa: ANN001 - the tests' own objects; a home's own wall clock
from dataclasses import replace
from datetime import timedelta

import pytest
from benches import routine_simulated
from benches.routine_replay import replay

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine.errors import BadSensorError

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("sensor", ["motion_living", "motion_kitchen", "motion_bedroom"])
def test_a_dead_sensor_never_causes_an_alert_by_itself(sensor) -> None:
    home = routine_simulated.simulate(404, 36)
    dies = home.start + timedelta(days=18)
    home = replace(home, events=[e for e in home.events if e[1] != sensor or e[0] < dies])
    result = replay(home, make_detector(home.sensors), [], dies)
    assert result.known.alerts == []
    assert result.known.a_week <= 5


def test_a_sensor_that_fell_silent_while_life_goes_on_is_named() -> None:
    home = routine_simulated.simulate(404, 36)
    dies = home.start + timedelta(days=18)
    detector = make_detector(home.sensors)
    for event in home.events:
        if event[1] != "motion_kitchen" or event[0] < dies:
            detector.observe(*event)
    assert detector.faults(home.end).get("motion_kitchen") == "missed"
    assert detector.coverage(home.end) < 1.0


def test_a_silent_home_is_not_full_of_broken_sensors(life) -> None:
    life.silent(24)
    assert life.detector.faults(life.until + timedelta(hours=24)) == {}


def test_unavailable_sensors_are_not_read_as_silence(life) -> None:
    for sensor in life.home.sensors:
        life.detector.available(life.until, sensor, False)
    assert life.silent(24) == []
    told = life.detector.explain(life.until + timedelta(hours=24))
    assert "센서를 확인" in told.ko
    assert life.detector.coverage(life.until + timedelta(hours=24)) == 0.0


def test_a_sensor_back_again_is_trusted_again(life) -> None:
    life.detector.available(life.until, "motion_living", False)
    assert life.detector.faults(life.until)["motion_living"] == "unavailable"
    life.detector.available(life.until + MINUTE, "motion_living", True)
    assert "motion_living" not in life.detector.faults(life.until + MINUTE)


@pytest.mark.parametrize("every_s", [30, 600])
def test_signs_at_even_distances_are_a_machines_and_hide_no_collapse(life, every_s) -> None:
    said, at, end = [], life.until, life.until + timedelta(hours=12)
    pulse = at
    while at < end and "alert" not in said:
        at += MINUTE
        while pulse <= at:
            life.detector.observe(pulse, "motion_kitchen", True)
            life.detector.observe(pulse + timedelta(milliseconds=200), "motion_kitchen", False)
            pulse += timedelta(seconds=every_s)
        if what := life.detector.tick(at):
            said.append(what)
    assert said[-1:] == ["alert"]
    assert life.detector.faults(at)["motion_kitchen"] in {"regular", "alone"}


def test_a_sensor_stuck_on_says_nothing_more(life) -> None:
    life.detector.observe(life.until, "motion_kitchen", True)
    said = []
    for minute in range(1, 12 * 60):
        at = life.until + minute * MINUTE
        if minute > 70 and minute % 7 in {0, 3}:
            life.detector.observe(at, "motion_kitchen", True)
        if what := life.detector.tick(at):
            said.append(what)
    assert said[-1] == "alert"
    assert life.detector.faults(at)["motion_kitchen"] == "stuck"


def test_what_a_sensor_repeats_without_change_is_no_sign(life) -> None:
    life.detector.observe(life.until, "fridge", False)
    before = life.detector.explain(life.until + MINUTE).numbers["silent_min"]
    for minute in range(1, 30):
        life.detector.observe(life.until + minute * MINUTE, "fridge", False)
    after = life.detector.explain(life.until + 30 * MINUTE).numbers["silent_min"]
    assert after >= before + 29


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"kind": "motion"}, "no room"),
        ({"room": "거실", "kind": "camera"}, "use one of"),
        ({"room": "", "kind": "motion"}, "no room"),
    ],
)
def test_a_badly_described_sensor_is_refused_with_what_is_wrong(described, message) -> None:
    with pytest.raises(BadSensorError, match=message):
        make_detector({"one": described})
