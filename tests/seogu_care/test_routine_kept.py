"""What the routine is given and gives out: options, the recorder's past, files, and the picture."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from hypothesis import given
from hypothesis import strategies as st
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.seogu_care.care.routine import make_detector
from custom_components.seogu_care.care.routine.picture import without_gaps
from custom_components.seogu_care.routine import history
from custom_components.seogu_care.routine.card import picture
from custom_components.seogu_care.routine.csv_file import BadCsvError, read
from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

LIVING, BATH, DOOR = "binary_sensor.living_motion", "binary_sensor.bath_motion", "binary_sensor.front_door"
CHOSEN = {"sensors": [LIVING, BATH, DOOR]}
SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
# Twenty days ago at seven: the home's own wall clock, and never in its future.
BEGAN = (datetime.now(UTC) - timedelta(days=20)).replace(
    hour=7, minute=0, second=0, microsecond=0, tzinfo=None
)


@pytest.fixture
async def lived_in(hass: HomeAssistant, households: Any) -> Any:
    for name, kind in ((LIVING, "motion"), (BATH, "motion"), (DOOR, "door")):
        hass.states.async_set(name, "off", {"device_class": kind})
    household = await households(options=CHOSEN)
    routine = household.entry.runtime_data.routine
    await household.until(lambda: routine.keeper is not None, "the routine")
    return household


def rows(days: int = 3) -> str:
    lines = ["ts_local,sensor,value"]
    begin = BEGAN
    for day in range(days):
        for hour in range(14):
            for name in (LIVING, BATH):
                at = begin + timedelta(days=day, hours=hour, minutes=5 if name == BATH else 0)
                lines += [f"{at},{name},ON", f"{at + timedelta(seconds=30)},{name},OFF"]
    return "\n".join(lines)


def test_csv_is_read_in_order_and_in_the_homes_own_time() -> None:
    lines = ["ts_local,sensor,value", "2026-11-02 08:00,a,ON", "2026-11-01T08:00:00,b,closed", ""]
    (first, second) = read(lines, {"a", "b"}, SEOUL, NOW)
    assert first == (datetime(2026, 11, 1, 8, tzinfo=SEOUL), "b", False)
    assert second == (datetime(2026, 11, 2, 8, tzinfo=SEOUL), "a", True)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("2026-11-01,a", "line 2: three columns are expected"),
        ("yesterday,a,on", "line 2: 'yesterday' is no time such as"),
        ("2026-11-01T08:00,z,on", "line 2: 'z' is no sensor of this home"),
        ("2026-11-01T08:00,a,perhaps", "line 2: 'perhaps' is neither on nor off"),
        ("2027-11-01T08:00,a,on", "line 2: 2027-11-01T08:00 lies in the future"),
        ("", "there is no line with a change"),
    ],
)
def test_line_that_cannot_be_read_is_named_with_what_is_wrong(line: str, wrong: str) -> None:
    with pytest.raises(BadCsvError, match=wrong):
        read(["ts_local,sensor,value", line], {"a"}, SEOUL, NOW)


def test_only_the_first_wrong_lines_are_named() -> None:
    with pytest.raises(BadCsvError, match=r"and 15 more") as caught:
        read(["2026-11-01T08:00,a,perhaps"] * 25, {"a"}, SEOUL, NOW)
    assert caught.value.count == 25


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_lines_are_changes_or_refused(lines: list[str]) -> None:
    with suppress(BadCsvError):
        assert read(lines, {"a"}, SEOUL, NOW)


@pytest.fixture
def folder(hass: HomeAssistant) -> Path:
    made = Path(hass.config.path("seogu_care"))
    made.mkdir(exist_ok=True)
    return made


async def act(hass: HomeAssistant, action: str, **data: Any) -> Any:
    return await hass.services.async_call(
        "seogu_care", action, data, blocking=True, return_response=action != "forget_routine"
    )


async def test_past_is_imported_exported_forgotten_and_taken_up_again(
    hass: HomeAssistant, lived_in: Any, folder: Path
) -> None:
    (folder / "history.csv").write_text(rows(12), encoding="utf-8")
    done = await act(hass, "import_history", file="history.csv")
    assert done["changes"] == 12 * 14 * 4
    routine = lived_in.entry.runtime_data.routine
    assert len(routine.keeper.detector.signs.book.pages) == 12
    with pytest.raises(ServiceValidationError, match="12 days"):
        await act(hass, "import_history", file="history.csv")
    out = await act(hass, "export_routine", file="kept.json")
    kept = json.loads((folder / "kept.json").read_text(encoding="utf-8"))
    assert out["file"] == str(folder / "kept.json")
    assert out["bytes"] < 2_000_000
    with pytest.raises(ServiceValidationError):
        await act(hass, "forget_routine", confirm=False)
    await act(hass, "forget_routine", confirm=True)
    assert len(routine.keeper.detector.signs.book.pages) == 0
    await act(hass, "import_history", file="kept.json")
    assert routine.keeper.to_dict()["detector"]["signs"]["book"] == kept["detector"]["signs"]["book"]


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("none.csv", None, "none.csv"),
        ("../secrets.yaml", None, "secrets.yaml"),
        ("/etc/passwd", None, "passwd"),
        ("bad.csv", "2026-11-01T08:00,binary_sensor.other,on", "line 1"),
        ("bad.json", "{", "no JSON"),
        ("empty.json", "{}", "no routine"),
        ("odd.json", '{"detector": {"version": 1}}', "damaged"),
    ],
)
async def test_file_that_cannot_be_taken_in_changes_nothing(
    hass: HomeAssistant, lived_in: Any, folder: Path, file: str, text: str | None, wrong: str
) -> None:
    if text is not None:
        (folder / file).write_text(text, encoding="utf-8")
    keeper = lived_in.entry.runtime_data.routine.keeper
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "import_history", file=file)
    assert wrong in str(caught.value.translation_placeholders)
    assert lived_in.entry.runtime_data.routine.keeper is keeper


async def test_new_home_learns_from_what_the_recorder_knows(
    recorder_mock: Any, hass: HomeAssistant, households: Any
) -> None:
    """The real recorder, with ten days in its database and a sensor that failed in between."""
    begin = dt_util.utcnow() - timedelta(days=10)
    for step in range(10 * 8):
        at = begin + timedelta(hours=3 * step, minutes=step * 37 % 59)
        for name, state, seconds in (
            (LIVING, "on", 0),
            (LIVING, "off", 30),
            (BATH, "on", 300),
            (BATH, "off", 330),
        ):
            moment = (at + timedelta(seconds=seconds)).timestamp()
            hass.states.async_set(name, state, {"device_class": "motion"}, timestamp=moment)
        if step == 30:
            moment = (at + timedelta(minutes=20)).timestamp()
            hass.states.async_set(BATH, "unavailable", timestamp=moment)
            hass.states.async_set(BATH, "off", {"device_class": "motion"}, timestamp=moment + 60)
    hass.states.async_set(DOOR, "off", {"device_class": "door"})
    await async_wait_recording_done(hass)
    household = await households(options=CHOSEN)
    routine = household.entry.runtime_data.routine
    await household.until(lambda: routine.keeper is not None, "the routine")
    detector = routine.keeper.detector
    assert len(detector.signs.book.pages) in {9, 10}
    assert detector.faults(dt_util.now()) == {}
    drawn = detector.signs.picture.shown(20)
    assert sum(len(rooms) - rooms.count(".") for _, rooms, _ in drawn) >= 75


def test_states_that_appear_or_fail_are_no_changes() -> None:
    from homeassistant.core import State  # noqa: PLC0415

    said = ["off", "on", "off", "unavailable", "off", "on", "unknown", "on", "off"]
    states = [
        State("binary_sensor.a", each, last_changed=NOW + timedelta(minutes=i)) for i, each in enumerate(said)
    ]
    minutes = [(at - NOW) / timedelta(minutes=1) for at, _, _ in history._changes("binary_sensor.a", states)]
    assert minutes == [1, 2, 5, 8]


async def test_options_keep_what_was_arranged_and_refuse_a_sensor_twice(
    hass: HomeAssistant, lived_in: Any
) -> None:
    options = hass.config_entries.options
    first = {
        "listen_seconds": 20, "sensors": [LIVING, BATH, DOOR], "hazards": [], "checks_a_week": 1.5,
        "weekly_summary": False,
    }  # fmt: skip
    holidays = er.async_get(hass).async_get_or_create("calendar", "holiday", "kr", suggested_object_id="kr")
    flow = await options.async_init(lived_in.entry.entry_id)
    again = await options.async_configure(flow["flow_id"], first | {"calendar": holidays.entity_id})
    assert again["errors"] == {"calendar": "public_holidays"}
    flow = await options.async_configure(flow["flow_id"], first | {"arrange": True})
    assert flow["step_id"] == "kinds"
    suggested = {
        str(key): key.description["suggested_value"] for key in flow["data_schema"].schema if key.description
    }
    assert suggested["exterior_door"] == [DOOR]
    assert suggested["motion"] == [LIVING, BATH]
    given = {"motion": [LIVING], "bed": [BATH], "exterior_door": [DOOR], "power": ["sensor.tv_power"]}
    again = await options.async_configure(flow["flow_id"], given | {"flush": [BATH]})
    assert again["errors"] == {"flush": "sensor_twice"}
    flow = await options.async_configure(flow["flow_id"], given)
    assert flow["step_id"] == "environment"
    done = await options.async_configure(flow["flow_id"], {"thermometers": ["sensor.warm"]})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"]["kinds"] == {"bed": [BATH], "power": ["sensor.tv_power"]}
    await hass.async_block_till_done()
    routine = lived_in.entry.runtime_data.routine
    assert routine.sensors[BATH]["kind"] == "bed"
    assert routine.budget == 1.5
    flow = await options.async_init(lived_in.entry.entry_id)
    done = await options.async_configure(flow["flow_id"], first)
    assert done["data"]["kinds"] == {"bed": [BATH], "power": ["sensor.tv_power"]}
    assert done["data"]["thermometers"] == ["sensor.warm"]
    await hass.async_block_till_done()


async def test_sensor_in_doubt_is_asked_about_when_the_household_is_set_up(
    hass: HomeAssistant, mqtt_mock: Any, households: Any
) -> None:
    hass.states.async_set("binary_sensor.contact_3", "off", {"device_class": "door"})
    flows = hass.config_entries.flow
    flow = await flows.async_init("seogu_care", context={"source": "user"})
    flow = await flows.async_configure(flow["flow_id"], {"name": "집"})
    flow = await flows.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "kinds"
    flow = await flows.async_configure(flow["flow_id"], {"exterior_door": ["binary_sensor.contact_3"]})
    assert flow["step_id"] == "bridge"
    done = await flows.async_configure(flow["flow_id"], {})
    assert done["options"]["kinds"] == {"exterior_door": ["binary_sensor.contact_3"]}
    await hass.async_block_till_done()
    for entry in hass.config_entries.async_entries("seogu_care"):
        await hass.config_entries.async_unload(entry.entry_id)


async def test_picture_shows_days_rooms_and_incidents(
    hass: HomeAssistant, lived_in: Any, folder: Path
) -> None:
    (folder / "history.csv").write_text(rows(3), encoding="utf-8")
    await act(hass, "import_history", file="history.csv")
    await lived_in.robot("sign", contract("mqtt/sign_sos"))
    shown = await picture(lived_in.entry, 28)
    assert shown["household"] == "어머니 댁"
    assert sorted(shown["rooms"]) == ["bath motion", "living motion"]
    dates = [date.fromisoformat(day["date"]) for day in shown["days"]]
    days = range(BEGAN.toordinal(), dt_util.now().toordinal() + 1)  # blank ones among them
    assert dates == [date.fromordinal(day) for day in days][-28:]
    assert shown["days"][0]["rooms"][28] in "AB"
    assert shown["days"][0]["rooms"][:28] == "." * 28
    assert len(shown["days"][0]["rooms"]) == len(shown["days"][0]["lively"]) == 96
    assert (shown["watched"], shown["residents"]) == (3, 0)
    (incident,) = shown["incidents"]
    assert (incident["kind"], incident["state"]) == ("help_call", "raised")
    assert json.dumps(shown)


async def test_week_is_told_to_automations_and_to_the_family(
    hass: HomeAssistant, households: Any, folder: Path
) -> None:
    told: list[Any] = []
    events: list[Any] = []
    hass.services.async_register("notify", "daughter", lambda call: told.append(dict(call.data)))
    hass.bus.async_listen("seogu_care_weekly_summary", lambda event: events.append(event.data))
    household = await households(options=CHOSEN | {"notify": "notify.daughter"})
    routine = household.entry.runtime_data.routine
    await household.until(lambda: routine.keeper is not None)
    await household.entry.runtime_data.weekly.tell(dt_util.utcnow())
    assert (told, events) == ([], [])  # nothing is known yet
    (folder / "history.csv").write_text(rows(12), encoding="utf-8")
    await act(hass, "import_history", file="history.csv")
    await household.entry.runtime_data.weekly.tell(dt_util.utcnow())
    await household.settle()
    assert events[0]["ko"].startswith("지난 7일")
    assert events[0]["numbers"]["toilet"] > 0
    assert told[0]["title"] == "어머니 댁: the past week"
    assert told[0]["message"] == events[0]["en"]
    for name in ("김순자", "박영수"):
        resident = ConfigSubentry(
            data=MappingProxyType({"name": name}), subentry_type="resident", title=name, unique_id=None
        )
        hass.config_entries.async_add_subentry(household.entry, resident)
    await household.settle()
    await household.until(lambda: household.entry.runtime_data.routine.keeper is not None)
    await household.entry.runtime_data.weekly.tell(dt_util.utcnow())
    await household.settle()
    assert "nobody can tell whose movements" in told[1]["message"]
    assert "누구의 움직임인지 가리지 못하고" in events[1]["ko"]
    await household.entry.runtime_data.routine.minute(dt_util.utcnow())
    (limit,) = [each for each in hass.states.async_all("sensor") if "limits" in each.attributes]
    assert "whose movements" in limit.attributes["limits"]


def test_a_day_of_which_nothing_is_known_is_a_blank_day_of_the_picture() -> None:
    one, other = ("A" * 96, "9" * 96), ("." * 95 + "B", "0" * 95 + "1")
    drawn = without_gaps([(10, *one), (13, *other)], 28)
    assert [day for day, _, _ in drawn] == [10, 11, 12, 13]
    assert drawn[1][1:] == ("." * 96, "0" * 96)
    assert (drawn[0][1:], drawn[3][1:]) == (one, other)
    assert [day for day, _, _ in without_gaps([(10, *one), (13, *other)], 2)] == [12, 13]
    assert without_gaps([], 28) == []


async def test_card_asks_over_the_websocket(hass: HomeAssistant, lived_in: Any, hass_ws_client: Any) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "seogu_care/routine", "days": 14})
    answer = await client.receive_json()
    assert answer["success"]
    assert answer["result"]["watched"] == 3
    dates = [date.fromisoformat(day["date"]) for day in answer["result"]["days"]]
    assert dates == [dates[-1] - timedelta(days=ago) for ago in reversed(range(len(dates)))]
    await client.send_json_auto_id({"type": "seogu_care/routine", "entry_id": "another"})
    assert (await client.receive_json())["error"]["code"] == "no_household"


def test_picture_survives_and_is_bounded() -> None:
    sensors = {"a": {"room": "거실", "kind": "motion"}}
    detector = make_detector(sensors)
    at = datetime(2025, 1, 1, 8, tzinfo=SEOUL)
    for day in range(450):
        for minutes in (0, 60 + day * 37 % 113):  # not as even as a machine
            seen = at + timedelta(days=day, minutes=minutes)
            detector.observe(seen, "a", active=True)
            detector.observe(seen + timedelta(minutes=20), "a", active=False)
    detector.tick(at + timedelta(days=449, hours=3))
    drawn = detector.signs.picture
    assert len(drawn.shown(1000)) == 401
    again = type(detector).from_dict(sensors, json.loads(json.dumps(detector.to_dict())))
    assert again.signs.picture.shown(1000) == drawn.shown(1000)
    assert len(json.dumps(drawn.to_dict())) < 100_000


async def test_entities_say_something_from_the_first_minute_on(hass: HomeAssistant, lived_in: Any) -> None:
    home = "sensor.eomeoni_daeg"
    await lived_in.until(lambda: hass.states.get(f"{home}_last_sign").state == "none_yet", "the first view")
    assert hass.states.get(f"{home}_somebody_at_home").state == "100"
    assert hass.states.get(f"{home}_home_seen").state == "100"
    assert hass.states.get(f"{home}_check_ins_this_week").state == "0"
    assert hass.states.get(f"{home}_asks_after").attributes["explanation"]
