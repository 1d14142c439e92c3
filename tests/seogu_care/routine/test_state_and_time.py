# ruff: noqa: ANN001, ANN201, DTZ001 - the tests' own objects; a home's own wall clock
import ast
import base64
import copy
import json
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from benches import routine_simulated
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine import detector as detector_module
from custom_components.seogu_care.care.routine.errors import BadStateError, MixedTimesError
from custom_components.seogu_care.care.routine.hazard import HazardTable

MINUTE = timedelta(minutes=1)
START = datetime(2026, 3, 2, 8, 0)
SENSORS = {
    "living": {"room": "거실", "kind": "motion"},
    "bath": {"room": "화장실", "kind": "motion"},
    "bed": {"room": "안방", "kind": "bed"},
    "fridge": {"room": "부엌", "kind": "contact"},
    "door": {"room": "현관", "kind": "exterior_door"},
}
EVENTS = st.lists(
    st.tuples(st.integers(0, 3 * 1440), st.sampled_from([*SENSORS, "nobody"]), st.booleans()), max_size=120
)
Detector = detector_module.Detector


def stored(detector):
    return json.loads(json.dumps(detector.to_dict()))


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.integers(1, 3 * 1440))
@example([(0, "living", True), (1218, "living", True), (2096, "living", True)], 1979)
def test_state_survives_save_and_load_at_any_minute(events, cut) -> None:
    by_minute = {}
    for minute, sensor, active in events:
        by_minute.setdefault(minute, []).append((sensor, active))
    one = two = make_detector(SENSORS)
    for minute in range(4 * 1440):
        if minute == cut:
            two = Detector.from_dict(SENSORS, stored(one))
        at = START + minute * MINUTE
        for which in {id(one): one, id(two): two}.values():
            for sensor, active in by_minute.get(minute, ()):
                which.observe(at, sensor, active)
        said = one.tick(at)
        if two is not one:
            assert two.tick(at) == said
        if said == "check" and minute % 3:
            for which in {id(one): one, id(two): two}.values():
                which.answered(at)
    assert stored(one) == stored(two)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*SENSORS]), st.booleans()), min_size=2, max_size=8), st.randoms())
def test_order_of_simultaneous_events_does_not_matter(events, rng) -> None:
    shuffled = list(events)
    rng.shuffle(shuffled)
    states = []
    for order in (events, shuffled):
        detector = make_detector(SENSORS)
        detector.observe(START, "living", True)
        for sensor, active in order:
            detector.observe(START + MINUTE, sensor, active)
        detector.tick(START + 2 * MINUTE)
        states.append(stored(detector))
    assert states[0] == states[1]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-10_000_000, 10_000_000), st.text(max_size=4), st.booleans()), max_size=40)
)
def test_garbage_and_events_out_of_order_neither_crash_nor_alarm(events) -> None:
    detector = make_detector(SENSORS)
    detector.observe(START, "living", True)
    for offset, sensor, active in events:
        detector.observe(START + timedelta(seconds=offset), sensor or "living", active)
        assert detector.tick(START + MINUTE) in {None, "check"}
    assert detector.explain(START + 2 * MINUTE).ko


def test_events_of_unknown_sensors_are_counted() -> None:
    detector = make_detector(SENSORS)
    detector.observe(START, "nobody", True)
    assert detector.unknown == 1


def test_an_event_told_late_does_not_hide_the_silence(life) -> None:
    life.detector.observe(life.until - timedelta(hours=5), "motion_living", True)
    assert [what for _, what in life.silent(8)][-1] == "alert"


def test_a_deep_copy_lives_on_by_itself(life) -> None:
    other = copy.deepcopy(life.detector)
    before = stored(other)
    life.silent(10)
    assert stored(other) == before


@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])
def test_daylight_saving_neither_crashes_nor_alarms(day) -> None:
    zone = ZoneInfo("Europe/Berlin")
    detector = make_detector(SENSORS)
    begin = (day - timedelta(hours=4)).replace(tzinfo=zone).astimezone(UTC)
    for minute in range(10 * 60):
        at = (begin + minute * MINUTE).astimezone(zone)
        if minute % 30 == minute // 30 * 7 % 11:
            detector.observe(at, "living" if minute // 30 % 3 else "bath", True)
        assert detector.tick(at) is None
    assert detector.explain(at).numbers["silent_min"] < 31


def test_a_clock_set_back_by_an_hour_does_not_lengthen_the_silence() -> None:
    detector = make_detector(SENSORS)
    detector.observe(START, "living", True)
    for minute in range(30):
        detector.tick(START + minute * MINUTE)
    back = START - timedelta(minutes=30)
    for minute in range(30):
        assert detector.tick(back + minute * MINUTE) is None
    assert 55 <= detector.explain(back + 30 * MINUTE).numbers["silent_min"] <= 62


def test_times_with_and_without_a_zone_are_not_mixed() -> None:
    detector = make_detector(SENSORS)
    detector.observe(START, "living", True)
    with pytest.raises(MixedTimesError, match="time zone"):
        detector.tick(START.replace(tzinfo=UTC))


@pytest.mark.parametrize("broken", [{}, {"version": 99}, {"version": 1}, {"version": 1, "calls": 7}])
def test_a_damaged_state_is_refused_with_what_to_do(broken) -> None:
    with pytest.raises(BadStateError):
        Detector.from_dict(SENSORS, broken)


def test_a_damaged_table_is_refused(life) -> None:
    state = stored(life.detector)
    state["ordinary"]["table"][""] = "AAAA"
    with pytest.raises(BadStateError, match="damaged"):
        Detector.from_dict(life.home.sensors, state)


def test_a_sensor_removed_or_added_does_not_cost_what_was_learned(life) -> None:
    sensors = {name: described for name, described in life.home.sensors.items() if name != "motion_study"}
    sensors["new"] = {"room": "베란다", "kind": "motion"}
    detector = Detector.from_dict(sensors, stored(life.detector))
    detector.observe(life.until + MINUTE, "new", True)
    detector.tick(life.until + 2 * MINUTE)
    assert detector.ordinary.budget.price == life.detector.ordinary.budget.price


def test_the_state_of_half_a_year_is_small() -> None:
    home = routine_simulated.simulate(405, 180)
    detector = make_detector(home.sensors)
    for event in home.events:
        detector.observe(*event)
    detector.tick(home.end)
    assert len(json.dumps(detector.to_dict())) < 1_000_000


def test_the_core_needs_numpy_and_the_standard_library_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"numpy"}
    for file in Path(detector_module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                continue
            assert {name.partition(".")[0] for name in names} <= allowed, file.name


def test_tables_of_an_earlier_version_are_read_and_a_bomb_is_not() -> None:
    table = HazardTable()
    table.learn("거실|calm", 600.0, 95.0)
    stored = table.to_dict()
    raw = {
        place: base64.b64encode(zlib.decompress(base64.b64decode(packed.removeprefix("z:")))).decode("ascii")
        for place, packed in stored.items()
    }
    assert HazardTable.from_dict(raw).to_dict() == stored
    bomb = "z:" + base64.b64encode(zlib.compress(bytes(50_000_000))).decode("ascii")
    with pytest.raises(BadStateError):
        HazardTable.from_dict({"": bomb})
