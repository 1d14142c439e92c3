"""The routine in a running Home Assistant: its questions, its alerts, what it keeps and what it shows."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.seogu_care.care.incident import Kind, Severity
from custom_components.seogu_care.care.routine.anomalies import Anomaly
from custom_components.seogu_care.care.routine.placing import Move
from custom_components.seogu_care.routine import keeper as keeper_module
from custom_components.seogu_care.routine import routine as routine_module
from custom_components.seogu_care.routine.chosen import guess, sensors
from custom_components.seogu_care.routine.keeper import View
from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

LIVING, BATH, DOOR = "binary_sensor.living_motion", "binary_sensor.bath_motion", "binary_sensor.front_door"
CHOSEN = {"sensors": [LIVING, BATH, DOOR]}
MINUTE = timedelta(minutes=1)


class Days:
    """A household whose minutes are lived one after the other."""

    def __init__(self, hass: HomeAssistant, household: Any, clock: Clock) -> None:
        self.hass = hass
        self.household = household
        self.clock = clock

    @property
    def routine(self) -> Any:
        return self.household.entry.runtime_data.routine

    async def sees(self, sensor: str, *, on: bool) -> None:
        self.hass.states.async_set(sensor, "on" if on else "off", {"device_class": _CLASS[sensor]})
        await self.household.settle()

    async def moves(self, sensor: str = LIVING) -> None:
        await self.sees(sensor, on=True)
        self.clock.tick(timedelta(seconds=10))
        await self.sees(sensor, on=False)

    async def minute(self) -> str | None:
        await self.home_minute()
        await self.routine.minute(self.clock.now)
        await self.household.settle()
        view: View = self.routine.view
        return view.verdict

    async def home_minute(self, by: timedelta = MINUTE) -> None:
        """What falls due for incidents in the meantime."""
        self.clock.tick(by)
        await self.household.home._tick(self.clock.now)

    async def until_said(self, what: str, most: int = 24 * 60) -> int:
        for minute in range(1, most + 1):
            if await self.minute() == what:
                return minute
        raise AssertionError(f"the routine did not say {what} within {most} minutes")

    def asks(self) -> int:
        return len(self.household.commands("ask"))

    async def answers(self, intent: str, number: int = 1) -> None:
        (incident,) = self.household.home.household.open
        answer = contract("mqtt/sign_answer")
        answer["id"] = f"019aa123-0000-7000-8000-0000000001{number:02d}"
        answer["data"] = {"incident": incident.id, "intent": intent}
        await self.household.robot("sign", answer)


_CLASS = {LIVING: "motion", BATH: "motion", DOOR: "door"}


class Clock:
    """Home Assistant's clock, wound by hand; the event loop keeps its own."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def tick(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Tomorrow at noon in the zone of Home Assistant's tests (US/Pacific)."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    wound = Clock(tomorrow.replace(hour=20, minute=0, second=0, microsecond=0))
    monkeypatch.setattr(dt_util, "utcnow", lambda: wound.now)
    monkeypatch.setattr(dt_util, "now", lambda zone=None: dt_util.as_local(wound.now))
    monkeypatch.setattr(routine_module, "async_track_time_interval", lambda *_, **__: lambda: None)
    return wound


@pytest.fixture
async def days(hass: HomeAssistant, clock: Clock, households: Any) -> Days:
    for sensor in (LIVING, BATH, DOOR):
        hass.states.async_set(sensor, "off", {"device_class": _CLASS[sensor]})
    lived = Days(hass, await households(options=CHOSEN), clock)
    await lived.household.until(lambda: lived.routine.keeper is not None, "the routine")
    await lived.moves(BATH)
    await lived.moves(LIVING)
    await lived.minute()
    return lived


async def test_long_silence_is_asked_about_and_an_answer_ends_it(days: Days) -> None:
    await days.until_said("check")
    assert days.asks() == 1
    (incident,) = days.household.home.household.open
    assert (incident.kind, incident.state) == (Kind.INACTIVITY, "checking")
    assert {piece.name for piece in incident.evidence} >= {"silent", "usual", "at_home"}
    await days.answers("okay")
    await days.minute()
    assert days.household.home.household.open == ()
    assert not days.routine.view.asking
    assert days.routine.view.checks == 1


async def test_routine_counts_its_own_questions_and_then_alerts(days: Days) -> None:
    await days.until_said("check")
    states = []
    for _ in range(30):
        verdict = await days.minute()
        states.append([str(each.state) for each in days.household.home.household.open])
        if verdict == "alert":
            break
    assert days.asks() == 3
    assert ["raised"] in states
    assert all(each == ["checking"] for each in states[:-1])
    (incident,) = days.household.home.household.open
    assert incident.summary.en == "It is unusually quiet and the check-in was not answered."


async def test_core_goes_on_alone_when_the_routine_falls_silent_after_its_question(days: Days) -> None:
    await days.until_said("check")
    await days.routine.stop()
    for _ in range(14):
        await days.home_minute()
    assert [str(each.state) for each in days.household.home.household.open] == ["raised"]


async def test_life_that_returns_ends_the_question_without_an_answer(days: Days) -> None:
    await days.until_said("check")
    await days.moves(BATH)
    await days.minute()
    assert days.household.home.household.open == ()
    assert [say["data"]["phrase"] for say in days.household.commands("say")] == []


async def test_home_that_is_likely_empty_is_asked_once_and_nobody_is_called(days: Days) -> None:
    await days.moves(DOOR)
    await days.until_said("check")
    for _ in range(20):
        await days.minute()
    assert days.asks() == 1
    assert days.household.home.household.open == ()
    (incident,) = days.household.home.household.incidents.values()
    assert (incident.state, incident.outcome, incident.alerted) == ("closed", "other", False)


@pytest.mark.parametrize("how", ["switch", "calendar"])
async def test_nothing_is_asked_while_they_are_away(
    hass: HomeAssistant, clock: Clock, households: Any, how: str
) -> None:
    for sensor in (LIVING, BATH, DOOR):
        hass.states.async_set(sensor, "off", {"device_class": _CLASS[sensor]})
    lived = Days(hass, await households(options=CHOSEN | {"calendar": "calendar.away"}), clock)
    await lived.household.until(lambda: lived.routine.keeper is not None)
    await lived.moves()
    if how == "switch":
        entity = "switch.eomeoni_daeg_away"
        await hass.services.async_call("switch", "turn_on", {"entity_id": entity}, blocking=True)
    else:
        hass.states.async_set("calendar.away", "on")
    for _ in range(20):
        await lived.home_minute(timedelta(hours=1))
        assert await lived.minute() is None
        assert lived.routine.view.verdict is None
    assert lived.routine.view.at_home == 0.0
    assert lived.asks() == 0


async def test_sensors_that_cannot_be_reached_are_no_silence_but_a_repair(days: Days) -> None:
    for sensor in (LIVING, BATH, DOOR):
        days.hass.states.async_set(sensor, "unavailable")
    for _ in range(70):
        assert await days.minute() is None
    assert days.routine.view.coverage == 0.0
    assert days.household.repairs() >= {"home_blind", "sensor_unavailable"}
    issues = ir.async_get(days.hass).issues.values()
    told = [issue for issue in issues if issue.translation_key == "sensor_unavailable"]
    assert len(told) == 3
    words = told[0].translation_placeholders or {}
    assert words["room"]
    assert words["whom"]
    for sensor in (LIVING, BATH, DOOR):
        days.hass.states.async_set(sensor, "off", {"device_class": _CLASS[sensor]})
    await days.minute()
    assert days.household.repairs() == set()


async def test_a_sensor_that_hangs_in_another_room_is_a_repair_until_it_is_put_back(days: Days) -> None:
    moved = days.routine.keeper.detector.signs.places.moved
    moved[LIVING] = Move(date(2026, 11, 24).toordinal(), "안방")
    await days.minute()
    assert days.routine.view.faults == {LIVING: "moved"}
    (told,) = [i for i in ir.async_get(days.hass).issues.values() if i.translation_key == "sensor_moved"]
    words = told.translation_placeholders or {}
    assert (words["elsewhere"], words["since"]) == ("안방", "2026-11-24")
    assert words["whom"]
    moved.clear()
    await days.minute()
    assert "sensor_moved" not in days.household.repairs()


async def test_sensor_that_comes_back_is_no_sign_of_life(days: Days) -> None:
    await days.minute()
    before = days.routine.view.silent
    days.hass.states.async_set(LIVING, "unavailable")
    days.hass.states.async_set(LIVING, "on", {"device_class": "motion"})
    await days.minute()
    assert days.routine.view.silent > before
    await days.sees(LIVING, on=False)
    await days.moves(LIVING)
    await days.minute()
    assert days.routine.view.silent < before + 1


async def test_restart_loses_nothing(days: Days) -> None:
    await days.until_said("check")
    before = days.routine.keeper.to_dict()["detector"]
    await days.household.restart()
    await days.household.until(lambda: days.routine.keeper is not None)
    after = days.routine.keeper.to_dict()["detector"]
    # A first look was had at the home since: when it looked at its sensors is all that may differ.
    assert after | {"looked": None} == before | {"looked": None}
    await days.minute()
    assert days.routine.view.asking


async def test_stop_of_home_assistant_keeps_what_was_learned(days: Days, storage: Any) -> None:
    path = storage / f"seogu_care.{days.household.entry.entry_id}.routine"
    assert not path.exists()
    days.hass.bus.async_fire("homeassistant_final_write")
    await days.household.settle()
    assert '"detector"' in path.read_text(encoding="utf-8")


async def test_damaged_routine_is_told_and_learned_anew(days: Days, storage: Any) -> None:
    await days.household.stop()
    path = storage / f"seogu_care.{days.household.entry.entry_id}.routine"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"ordinary"', '"something"'), encoding="utf-8")
    await days.household.restart_from_stopped()
    await days.household.until(lambda: days.routine.keeper is not None)
    assert "routine_lost" in days.household.repairs()
    await days.minute()
    assert days.routine.view is not None


async def test_core_works_outside_the_event_loop(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    work = keeper_module.Keeper.work

    def watched(*args: Any) -> View:
        threads.add(threading.get_ident())
        return work(*args)

    monkeypatch.setattr(keeper_module.Keeper, "work", watched)
    await days.minute()
    assert threads
    assert threading.get_ident() not in threads


async def test_fault_of_the_core_is_told_and_the_watch_goes_on(
    days: Days, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(days.routine.keeper.detector, "tick", lambda _: 1 / 0)
        await days.minute()
    assert "routine_failed" in days.household.repairs()
    assert "a minute of the routine failed" in caplog.text
    await days.minute()
    assert days.household.repairs() == set()


async def test_minute_comes_by_itself(hass: HomeAssistant, households: Any) -> None:
    hass.states.async_set(LIVING, "off", {"device_class": "motion"})
    household = await households(options={"sensors": [LIVING]})
    routine = household.entry.runtime_data.routine
    await household.until(lambda: routine.keeper is not None)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await household.until(lambda: routine.view is not None, "a minute's work")


async def test_entities_show_how_things_stand(hass: HomeAssistant, days: Days) -> None:
    await days.minute()
    shown = {
        key: hass.states.get(f"sensor.eomeoni_daeg_{key}")
        for key in ("last_sign", "asks_after", "somebody_at_home", "check_ins_this_week", "home_seen")
    }
    assert {key: state is not None for key, state in shown.items()} == dict.fromkeys(shown, True)
    assert shown["last_sign"].state == "living motion"
    assert float(shown["asks_after"].state) > 10
    assert "the robot asks after" in shown["asks_after"].attributes["explanation"]
    assert shown["somebody_at_home"].state == "100"
    assert shown["check_ins_this_week"].state == "0"
    assert shown["check_ins_this_week"].attributes["budget_a_week"] == 2.0
    disabled = [
        entry
        for entry in er.async_get(hass).entities.values()
        if "anomaly_" in entry.unique_id and entry.disabled
    ]
    assert len(disabled) == 10


def anomaly(kind: Any, key: str = "k") -> Anomaly:
    return Anomaly(kind, key, 5.0, 3.5, "다릅니다.", "Different.", {"minutes": 30.0})


async def test_anomaly_that_can_wait_is_a_notice_that_swallows_no_fall(
    hass: HomeAssistant, days: Days
) -> None:
    view = View(at=dt_util.now(), new=(anomaly("missed_meals"),))
    await days.routine._telling.tell(view, {})
    await days.household.settle()
    (notice,) = days.household.home.household.open
    assert (notice.kind, notice.severity, notice.state) == (Kind.ANOMALY, Severity.NOTICE, "raised")
    assert days.household.commands("say") == []
    assert hass.states.get("sensor.eomeoni_daeg_care_state").state == "calm"
    await days.household.robot("sign", contract("mqtt/sign_fall"))
    assert len(days.household.home.household.open) == 2
    assert hass.states.get("sensor.eomeoni_daeg_care_state").state == "checking"


async def test_long_bathroom_stay_is_asked_about_and_raised_in_its_own_words(days: Days) -> None:
    await days.routine._telling.tell(View(at=dt_util.now(), new=(anomaly("long_bathroom_stay"),)), {})
    await days.household.settle()
    assert days.asks() == 1
    await days.answers("none", 1)
    await days.answers("none", 2)
    (incident,) = days.household.home.household.open
    assert (incident.state, incident.severity) == ("raised", Severity.EMERGENCY)
    assert incident.summary.ko == "욕실에 평소보다 아주 오래 계십니다. 안부 물음에 답이 없습니다."


def test_anomaly_in_quiet_hours_waits_for_the_morning() -> None:
    keeper = keeper_module.Keeper.read({"m": {"room": "거실", "kind": "motion"}}, None, 2.0)
    wandering = anomaly("night_wandering")
    keeper.detector.anomalies = lambda _: [wandering]  # type: ignore[method-assign]
    night = dt_util.parse_datetime("2026-11-25T02:00:00+09:00")
    assert night is not None
    assert keeper._look(night) == ()
    again = keeper_module.Keeper.read({"m": {"room": "거실", "kind": "motion"}}, keeper.to_dict(), 2.0)
    again.detector.anomalies = lambda _: []  # type: ignore[method-assign]
    assert [each.key for each in again._look(night + timedelta(hours=6))] == [wandering.key]
    assert again._look(night + timedelta(hours=7)) == ()


async def test_hospital_sets_the_home_to_away(days: Days) -> None:
    await days.household.robot("sign", contract("mqtt/sign_sos"))
    await days.hass.services.async_call("seogu_care", "raise_alert", {}, blocking=True)
    home = days.household.home
    from custom_components.seogu_care.care.incident import Outcome, State  # noqa: PLC0415
    from custom_components.seogu_care.care.signs import BridgeStep  # noqa: PLC0415

    for incident in home.household.open:
        await home.take(
            BridgeStep(incident=incident.id, state=State.CLOSED, outcome=Outcome.SENT_TO_HOSPITAL)
        )
    await days.household.settle()
    assert home.household.away
    assert "away_for_hospital" in days.household.repairs()


async def test_sensors_are_told_apart_by_class_name_and_area(hass: HomeAssistant) -> None:
    area = ar.async_get(hass).async_create("안방")
    registry = er.async_get(hass)
    entry = registry.async_get_or_create("binary_sensor", "test", "1", suggested_object_id="sleep_motion")
    registry.async_update_entity(entry.entity_id, area_id=area.id)
    described = {
        "binary_sensor.sleep_motion": ("motion", "움직임", "motion", True),
        "binary_sensor.a": ("door", "현관문", "exterior_door", True),
        "binary_sensor.b": ("door", "냉장고 문", "contact", True),
        "binary_sensor.c": ("opening", "Contact 3", "contact", False),
        "binary_sensor.d": ("occupancy", "침대", "bed", True),
        "binary_sensor.e": ("presence", "거실", "seat", True),
        "sensor.tv_power": ("power", "TV", "power", True),
        "switch.rice_cooker": (None, "밥솥", "appliance", True),
    }
    for entity, (device_class, name, kind, certain) in described.items():
        hass.states.async_set(entity, "off", {"device_class": device_class, "friendly_name": name})
        assert guess(hass, entity) == (kind, certain), entity
    chosen = sensors(
        hass,
        {"sensors": ["binary_sensor.sleep_motion", "binary_sensor.c"], "kinds": {"bed": ["binary_sensor.c"]}},
    )
    assert chosen["binary_sensor.sleep_motion"] == {"room": "안방", "kind": "motion"}
    assert chosen["binary_sensor.c"] == {"room": "Contact 3", "kind": "bed"}
