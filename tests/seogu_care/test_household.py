"""One incident through a running Home Assistant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import ServiceValidationError

from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

FALL = "019aa123-0000-7000-8000-000000000001"


def state(hass: HomeAssistant, entity: str) -> str:
    found = hass.states.get(entity)
    assert found is not None, f"there is no {entity}: {sorted(hass.states.async_entity_ids())}"
    return found.state


async def test_fall_is_asked_about_and_shown(hass: HomeAssistant, household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    assert household.receipts() == {FALL: "stored"}
    (ask,) = household.commands("ask")
    assert ask["data"] == {"incident": FALL, "phrase": "check_in", "listen_s": 20}
    (copy,) = household.commands("incident")
    assert copy["data"]["incident"]["state"] == "checking"
    assert state(hass, "sensor.eomeoni_daeg_care_state") == "checking"
    assert [event["state"] for event in household.events] == ["suspected", "checking"]


async def test_whose_wearable_felt_the_fall_is_told_in_the_home_and_nowhere_else(
    hass: HomeAssistant, household: Any
) -> None:
    fall = contract("mqtt/sign_fall")
    fall["data"]["resident"] = "김복순"
    await household.robot("sign", fall)
    await household.restart()
    assert household.events[-1]["resident"] == "김복순"
    shown = hass.states.get("sensor.eomeoni_daeg_care_state")
    assert shown is not None
    assert shown.attributes["resident"] == "김복순"
    await household.wind(timedelta(seconds=36))
    await household.until(lambda: household.states() == "raised")
    assert household.home.ledger.outbox
    assert "김복순" not in repr(household.home.ledger.outbox)
    assert "김복순" not in repr([household.commands(kind) for kind in ("ask", "incident", "say")])


async def test_answer_that_all_is_well_closes_it(hass: HomeAssistant, household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    answer = contract("mqtt/sign_answer")
    answer["data"]["intent"] = "okay"
    await household.robot("sign", answer)
    assert household.states() == "closed"
    assert state(hass, "sensor.eomeoni_daeg_care_state") == "calm"
    assert [say["data"]["phrase"] for say in household.commands("say")] == ["answered_well"]


async def test_robot_that_dies_during_its_question_does_not_stop_the_alert(
    hass: HomeAssistant, household: Any
) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    await household.robot("status", "offline")
    await household.wind(timedelta(seconds=36))
    await household.until(lambda: household.states() == "raised")
    assert state(hass, "sensor.eomeoni_daeg_care_state") == "raised"
    assert household.events[-1]["state"] == "raised"


async def test_sign_that_is_repeated_is_receipted_again_and_counts_once(household: Any) -> None:
    for _ in range(3):
        await household.robot("sign", contract("mqtt/sign_sos"))
    assert len(household.heard("receipt/home")) == 3
    assert len(household.home.household.incidents) == 1


async def test_command_is_repeated_until_its_receipt(household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    (ask,) = household.commands("ask")
    link = household.entry.runtime_data.robots.links["seogu-7f3a"]
    link.forget_sent()
    await household.wind(timedelta(seconds=6))
    await household.until(lambda: len(household.commands("ask")) == 2, "the repetition")
    assert household.commands("ask")[1] == ask
    await household.robot("receipt/robot", {**contract("mqtt/receipt_robot"), "id": ask["id"]})
    link.forget_sent()
    await household.wind(timedelta(seconds=6))
    await household.until(lambda: len(household.commands("incident")) == 3)
    assert len(household.commands("ask")) == 2


async def test_robot_that_starts_anew_hears_what_still_waits(household: Any) -> None:
    await household.robot("hello", contract("mqtt/hello"), retain=True)
    await household.robot("sign", contract("mqtt/sign_fall"))
    assert len(household.commands("ask")) == 1
    await household.robot("hello", contract("mqtt/hello") | {"boot": "another"})
    assert len(household.commands("ask")) == 2


async def test_home_message_names_what_is_open(household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.wind(timedelta(seconds=4))
    await household.until(lambda: household.heard("home")[-1]["open"], "the home message")
    message = household.heard("home")[-1]
    assert message["type"] == "home"
    assert message["open"] == ["019aa123-0000-7000-8000-000000000004"]


async def test_robot_online_follows_heartbeats_and_last_will(hass: HomeAssistant, household: Any) -> None:
    entity = "binary_sensor.dolbomrobos_robot"
    assert state(hass, entity) == "off"
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    assert state(hass, entity) == "on"
    assert state(hass, "sensor.dolbomrobos_wearable") == "online"
    assert state(hass, "sensor.dolbomrobos_wearable_battery") == "81"
    beat = contract("mqtt/heartbeat")
    await household.robot("heartbeat", beat | {"wearable": beat["wearable"] | {"worn": False}})
    assert state(hass, "sensor.dolbomrobos_wearable") == "not_worn"
    await household.robot("status", "offline")
    assert state(hass, entity) == "off"
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    await household.wind(timedelta(seconds=31))
    await household.until(lambda: state(hass, entity) == "off")


async def test_robot_that_stays_silent_is_a_warning_until_it_returns(household: Any) -> None:
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    await household.wind(timedelta(seconds=31))
    assert household.home.household.open == ()
    await household.wind(timedelta(minutes=11))
    await household.until(lambda: household.home.household.open)
    (incident,) = household.home.household.open
    assert (incident.kind, incident.severity, incident.state) == ("device", "warning", "raised")
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    assert household.home.household.open == ()


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "no json",
        "[]",
        "{}",
        b"\xff\xfe",
        "null",
        '{"id": 7}',
        '{"v": 1, "id": "x", "type": "fall"}',
        '{"id": "x", "type": "fall", "at": "yesterday", "data": {}}',
        '{"id": "x", "type": "dance", "at": "2026-11-22T03:00:00Z", "data": {}}',
        '{"id": "\\ud800", "type": "sos", "at": "2026-11-22T03:00:00Z", "data": {"source": "button"}}',
        "[" * 5000,
        "x" * 70000,
    ],
    ids=range(13),
)
async def test_malformed_message_is_refused_and_logged_and_harmless(
    household: Any, payload: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("sign", "heartbeat", "hello", "receipt/robot", "status"):
        await household.robot(name, payload)
    assert household.home.household.incidents == {}
    assert "sign of robot seogu-7f3a" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]
    if '"id": "x"' in str(payload):
        assert household.receipts() == {"x": "refused"}
        assert household.heard("receipt/home")[0]["reason"]


async def test_smoke_raises_at_once(hass: HomeAssistant, households: Any) -> None:
    household = await households(options={"hazards": ["binary_sensor.smoke"]})
    hass.states.async_set("binary_sensor.smoke", "off", {"device_class": "smoke"})
    await household.settle()
    hass.states.async_set("binary_sensor.smoke", "on", {"device_class": "smoke"})
    await household.until(lambda: household.home.household.open)
    (incident,) = household.home.household.open
    assert (incident.kind, incident.state, incident.severity) == ("environment", "raised", "emergency")


async def test_smoke_that_began_while_the_home_was_down_counts(hass: HomeAssistant, households: Any) -> None:
    hass.states.async_set("binary_sensor.smoke", "on", {"device_class": "smoke"})
    household = await households(options={"hazards": ["binary_sensor.smoke"]})
    await household.until(lambda: household.home.household.open)


async def test_last_activity_is_life_and_not_a_failing_sensor(hass: HomeAssistant, households: Any) -> None:
    entity = "sensor.eomeoni_daeg_last_activity"
    household = await households(options={"sensors": ["binary_sensor.hall"]})
    hass.states.async_set("binary_sensor.hall", "off")
    hass.states.async_set("binary_sensor.hall", "unavailable")
    hass.states.async_set("binary_sensor.hall", "off")
    await household.settle()
    assert state(hass, entity) == "unknown"
    hass.states.async_set("binary_sensor.hall", "on")
    await household.settle()
    assert state(hass, entity) != "unknown"


async def test_sos_button_raises(hass: HomeAssistant, household: Any) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.eomeoni_daeg_call_for_help"}, blocking=True
    )
    (incident,) = household.home.household.open
    assert (incident.kind, incident.state) == ("help_call", "raised")


async def test_away_switch_is_remembered(hass: HomeAssistant, household: Any) -> None:
    entity = "switch.eomeoni_daeg_away"
    await hass.services.async_call("switch", "turn_on", {"entity_id": entity}, blocking=True)
    assert state(hass, entity) == "on"
    await household.restart()
    assert state(hass, entity) == "on"
    await hass.services.async_call("switch", "turn_off", {"entity_id": entity}, blocking=True)
    assert state(hass, entity) == "off"


async def test_actions_raise_resolve_and_speak(hass: HomeAssistant, household: Any) -> None:
    await hass.services.async_call(
        "seogu_care", "raise_alert", {"kind": "environment", "text": "보일러 고장"}, blocking=True
    )
    (incident,) = household.home.household.open
    assert incident.summary.ko == "보일러 고장"
    await hass.services.async_call(
        "seogu_care", "resolve", {"incident": incident.id, "outcome": "helped"}, blocking=True
    )
    assert household.home.household.open == ()
    await hass.services.async_call("seogu_care", "say", {"text": "점심 드셨어요?"}, blocking=True)
    await household.settle()
    assert household.commands("say")[-1]["data"]["text"] == "점심 드셨어요?"


async def test_actions_say_what_is_wrong(hass: HomeAssistant, households: Any) -> None:
    household = await households(robots=False)
    with pytest.raises(ServiceValidationError, match=r"nothing_open|Nothing is open"):
        await hass.services.async_call("seogu_care", "resolve", {}, blocking=True)
    with pytest.raises(ServiceValidationError, match=r"no robot|no_robot"):
        await hass.services.async_call("seogu_care", "say", {"text": "hi"}, blocking=True)
    with pytest.raises(ServiceValidationError, match=r"no such home|no_household"):
        await hass.services.async_call(
            "seogu_care", "say", {"text": "hi", "config_entry_id": "x"}, blocking=True
        )
    await household.stop()
    with pytest.raises(ServiceValidationError, match=r"not running|household_not_loaded"):
        await hass.services.async_call("seogu_care", "say", {"text": "hi"}, blocking=True)


async def test_robot_with_another_key_is_not_believed(household: Any) -> None:
    hello = contract("mqtt/hello")
    hello["jwk"] = contract("keys")["home"]["jwk"]
    await household.robot("hello", hello)
    assert "robot_key_changed" in household.repairs()
    await household.robot("hello", contract("mqtt/hello"))
    assert household.repairs() == set()


async def test_family_without_a_bridge_is_told_of_an_emergency(hass: HomeAssistant, households: Any) -> None:
    told: list[Any] = []
    hass.services.async_register("notify", "daughter", lambda call: told.append(dict(call.data)))
    household = await households(options={"notify": "notify.daughter"})
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.until(lambda: told, "the family")
    assert "Emergency" in told[0]["message"]
    assert household.home.ledger.notices == ()


async def test_family_is_told_again_when_the_notify_action_fails(
    hass: HomeAssistant, households: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.seogu_care.family.RETRY_FIRST_S", 0.01)
    household = await households(options={"notify": "notify.daughter"})
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.until(lambda: "family_not_told" in household.repairs())
    told: list[Any] = []
    hass.services.async_register("notify", "daughter", lambda call: told.append(dict(call.data)))
    await household.until(lambda: told, "the family")
    await household.until(lambda: household.repairs() == set())
