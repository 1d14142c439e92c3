"""Heat, cold, the open door and the stove: the core by itself, and in a running Home Assistant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.care.environment.criteria import CRITERIA
from custom_components.seogu_care.care.environment.feels_like import feels_like, wet_bulb
from custom_components.seogu_care.care.environment.indoors import Finding, Indoors
from custom_components.seogu_care.care.environment.left_alone import LeftAlone
from custom_components.seogu_care.care.environment.outdoors import Outdoors
from custom_components.seogu_care.care.environment.risk import at_risk

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

JULY = datetime(2026, 7, 20, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def in_a_room(celsius: float, humidity: float | None, minutes: int, *, risk: bool = False) -> list[Finding]:
    room, found = Indoors(), []
    for minute in range(minutes):
        now = JULY + minute * MINUTE
        room.temperature(now, "t", celsius)
        if humidity is not None:
            room.humidity(now, "h", humidity)
        found += room.tick(now, at_risk=risk)
    return found


def test_feels_like_agrees_with_the_published_example() -> None:
    assert wet_bulb(20.0, 50.0) == pytest.approx(13.7, abs=0.05)  # Stull 2011, his own example
    assert feels_like(33.0, 50.0) == pytest.approx(33.0, abs=1.0)
    assert feels_like(33.0, 80.0) > feels_like(33.0, 50.0) + 1.5
    assert feels_like(33.0, None) == 33.0


def test_hot_home_is_told_after_it_lasts_and_once() -> None:
    assert in_a_room(34.0, 60.0, 30) == []
    (told,) = in_a_room(34.0, 60.0, 300)
    assert (told.hazard, told.step, told.grave) == ("heat", "tell", False)


def test_resident_at_risk_is_told_a_level_earlier_and_graver() -> None:
    assert in_a_room(31.5, None, 60) == []
    assert [each.grave for each in in_a_room(31.5, None, 60, risk=True)] == [False]
    assert [each.grave for each in in_a_room(35.5, None, 60)] == [False]
    assert [each.grave for each in in_a_room(35.5, None, 60, risk=True)] == [True]
    assert at_risk(78)
    assert at_risk(66, "당뇨, 보청기")
    assert not at_risk(66, "보청기")
    assert not at_risk(None)


@pytest.mark.parametrize(("celsius", "told"), [(18.5, []), (16.5, []), (15.0, [False]), (8.5, [True])])
def test_cold_home(celsius: float, told: list[bool]) -> None:
    assert [each.grave for each in in_a_room(celsius, 40.0, 60) if each.hazard == "cold"] == told


def test_one_hot_thermometer_of_three_is_the_stove() -> None:
    room = Indoors()
    for minute in range(60):
        now = JULY + minute * MINUTE
        for name, celsius in (("kitchen", 41.0), ("living", 26.0), ("bed", 25.0)):
            room.temperature(now, name, celsius)
        assert room.tick(now, at_risk=True) == []


def test_thermometer_that_fell_silent_says_nothing() -> None:
    room = Indoors()
    room.temperature(JULY, "t", 36.0)
    assert room.now(JULY + timedelta(hours=3)) == (None, None)
    assert room.tick(JULY + timedelta(hours=3), at_risk=True) == []


def test_heat_is_over_only_when_it_is_clearly_better() -> None:
    room, steps = Indoors(), []
    for minute, celsius in enumerate([33.5] * 40 + [32.5] * 60 + [31.0] * 10 + [29.0] * 10):
        room.temperature(JULY + minute * MINUTE, "t", celsius)
        steps += [(minute, each.step) for each in room.tick(JULY + minute * MINUTE, at_risk=False)]
    assert steps == [(30, "tell"), (100, "over")]


def test_two_hot_days_meet_the_heat_wave_criteria_and_a_severe_one_only_from_its_date() -> None:
    weather = Outdoors()
    for day, high in ((20, 34.0), (21, 36.0), (22, 39.0)):
        weather.reading(datetime(2026, 7, day, 5, tzinfo=UTC), 26.5, None)
        weather.reading(datetime(2026, 7, day, 15, tzinfo=UTC), high, None)
    assert weather.met(date(2026, 7, 20)) == []
    assert weather.met(date(2026, 7, 21)) == ["heat_advisory", "tropical_night"]
    assert weather.met(date(2026, 7, 22)) == [
        "heat_advisory",
        "heat_warning",
        "heat_severe",
        "tropical_night",
    ]
    before = Outdoors()
    before.reading(datetime(2025, 7, 22, 15, tzinfo=UTC), 39.0, None)
    assert before.met(date(2025, 7, 22)) == []
    again = Outdoors()
    again.read(weather.to_list())
    assert again.met(date(2026, 7, 22)) == weather.met(date(2026, 7, 22))


def test_cold_wave_criteria_hold_in_their_months_and_need_the_normal_for_a_fall() -> None:
    weather = Outdoors()
    for day, low in ((10, 4.0), (11, -8.0), (12, -13.0), (13, -13.5)):
        weather.reading(datetime(2027, 1, day, 6, tzinfo=UTC), low, None)
    assert weather.met(date(2027, 1, 11)) == []
    assert weather.met(date(2027, 1, 11), normal_min=-4.0) == ["cold_advisory"]
    assert weather.met(date(2027, 1, 13)) == ["cold_advisory"]
    assert all(each.source and each.since for each in CRITERIA)


def test_door_left_open_is_said_then_told_and_sooner_when_nobody_is_there() -> None:
    def left(*, out: bool, night: bool) -> list[tuple[int, str]]:
        core, found = LeftAlone(), []
        core.door(JULY, "door", is_open=True)
        for minute in range(1, 60):
            ticked = core.tick(JULY + minute * MINUTE, night=night, out=out)
            found += [(minute, each.step) for each in ticked]
        found += [(60, each.step) for each in core.door(JULY + 60 * MINUTE, "door", is_open=False)]
        return found

    assert left(out=False, night=False) == [(10, "remind"), (40, "tell"), (60, "over")]
    assert left(out=False, night=True) == [(10, "remind"), (20, "tell"), (60, "over")]
    assert left(out=True, night=False) == [(20, "tell"), (60, "over")]


def test_stove_is_no_worry_while_somebody_is_near_it() -> None:
    core = LeftAlone()
    core.stove(JULY, "stove", "부엌", on=True)
    for minute in range(1, 60):
        now = JULY + minute * MINUTE
        if minute % 10 == 0:
            core.sign(now, "부엌")
        else:
            core.sign(now, "거실")
        assert core.tick(now, night=False, out=False) == []
    steps = [
        (minute, each.step)
        for minute in range(60, 90)
        for each in core.tick(JULY + minute * MINUTE, night=False, out=False)
    ]
    assert steps == [(65, "remind"), (75, "tell")]
    assert [each.step for each in core.sign(JULY + 91 * MINUTE, "부엌")] == ["over"]


DOOR, STOVE, WARM = "binary_sensor.front_door", "switch.stove", "sensor.living_temperature"
OPTIONS = {"sensors": [DOOR], "stoves": [STOVE], "thermometers": [WARM]}


@pytest.fixture
async def surroundings(hass: HomeAssistant, households: Any) -> Any:
    hass.states.async_set(DOOR, "off", {"device_class": "door"})
    hass.states.async_set(STOVE, "off")
    hass.states.async_set(WARM, "24", {"unit_of_measurement": "°C"})
    return await households(options=OPTIONS)


async def lasts(household: Any, minutes: int) -> None:
    for minute in range(1, minutes + 1):
        household.entry.runtime_data.surroundings.minute(dt_util.utcnow() + minute * MINUTE)
        await household.hass.async_block_till_done(wait_background_tasks=False)
    await household.settle()


def told(household: Any) -> list[tuple[str, str, str]]:
    return [
        (each.cause, str(each.state), str(each.severity))
        for each in household.home.household.incidents.values()
        if not each.cause.startswith("robot:")  # days pass, and the robot of the test says nothing
    ]


async def test_hot_home_becomes_a_warning(hass: HomeAssistant, surroundings: Any) -> None:
    hass.states.async_set(WARM, "93", {"unit_of_measurement": "°F"})
    await lasts(surroundings, 40)
    await surroundings.until(lambda: told(surroundings), "the heat")
    assert told(surroundings) == [("heat", "raised", "warning")]


async def test_open_door_is_said_by_the_robot_before_anybody_is_told(
    hass: HomeAssistant, surroundings: Any
) -> None:
    hass.states.async_set(DOOR, "on", {"device_class": "door"})
    await surroundings.settle()
    await lasts(surroundings, 12)
    await surroundings.until(lambda: surroundings.commands("say"), "the reminder")
    assert surroundings.commands("say")[0]["data"]["text"] == "The front door is open. Please close it."
    assert told(surroundings) == []
    await lasts(surroundings, 45)
    await surroundings.until(lambda: told(surroundings))
    assert told(surroundings) == [("door_open", "raised", "warning")]


async def test_stove_alone_is_asked_about_and_ends_when_it_is_off(
    hass: HomeAssistant, surroundings: Any
) -> None:
    hass.states.async_set(STOVE, "on")
    await surroundings.settle()
    await lasts(surroundings, 26)
    await surroundings.until(lambda: surroundings.commands("ask"), "the question")
    assert told(surroundings) == [("stove", "checking", "warning")]
    hass.states.async_set(STOVE, "off")
    await surroundings.until(lambda: told(surroundings)[0][1] == "closed")


async def test_age_and_notes_stay_in_the_home(hass: HomeAssistant, surroundings: Any) -> None:
    from homeassistant.config_entries import ConfigSubentry  # noqa: PLC0415

    resident = ConfigSubentry(
        data={"name": "김순자", "birth_year": 1941, "notes": "당뇨"},  # type: ignore[arg-type]
        subentry_type="resident",
        title="김순자",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(surroundings.entry, resident)
    assert surroundings.entry.runtime_data.surroundings.at_risk
    hass.states.async_set(WARM, "31.6", {"unit_of_measurement": "°C"})
    await lasts(surroundings, 40)
    await surroundings.until(lambda: told(surroundings))
    (incident,) = surroundings.home.household.open
    assert {piece.name for piece in incident.evidence} == {"heat", "heat_value"}


WEATHER = "weather.home"


async def test_two_very_hot_days_outside_reach_an_entity_and_become_a_notice_that_ends(
    hass: HomeAssistant, households: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def it_is(moment: datetime) -> None:
        monkeypatch.setattr(dt_util, "utcnow", lambda: moment)

    async def day(moment: datetime, celsius: float) -> None:
        it_is(moment)
        hass.states.async_set(WEATHER, "sunny", {"temperature": celsius, "temperature_unit": "°C"})
        await household.settle()
        household.entry.runtime_data.surroundings.minute(dt_util.utcnow())
        await household.settle()

    def outside() -> Any:
        name = next(each for each in hass.states.async_entity_ids("sensor") if "weather_outside" in each)
        return hass.states.get(name)

    it_is(datetime(2026, 7, 20, 21, tzinfo=UTC))
    hass.states.async_set(WEATHER, "sunny", {"temperature": 25.0, "temperature_unit": "°C"})
    household = await households(options={"outdoor": WEATHER})
    await day(datetime(2026, 7, 21, 21, tzinfo=UTC), 36.0)
    assert outside().state == "none"
    await day(datetime(2026, 7, 22, 21, tzinfo=UTC), 36.5)
    await household.until(lambda: told(household), "the notice")
    assert told(household) == [("heat_outside", "raised", "notice")]
    assert outside().state == "heat_warning"
    assert outside().attributes["sources"]
    await household.until(lambda: household.commands("say"), "the reminder")
    assert [each["data"]["text"] for each in household.commands("say")] == [
        "It has been very hot outside. Please stay in at midday, and drink often."
    ]
    await household.restart()  # the days are on disk: nothing is told twice
    await day(datetime(2026, 7, 22, 22, tzinfo=UTC), 35.0)
    assert outside().state == "heat_warning"
    assert len(told(household)) == 1
    for later in (23, 24):
        await day(datetime(2026, 7, later, 21, tzinfo=UTC), 24.0)
    await household.until(lambda: told(household)[0][1] == "closed", "its end")
    assert outside().state == "none"


async def test_feels_like_indoors_is_an_entity(hass: HomeAssistant, surroundings: Any) -> None:
    await lasts(surroundings, 1)
    name = next(each for each in hass.states.async_entity_ids("sensor") if "feels_like" in each)
    state = hass.states.get(name)
    assert state is not None
    assert float(state.state) == 24.0
