"""The robot as Home Assistant's voice: announcements, questions, notices, and the resident's letters."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_homeassistant_custom_component.common import async_fire_mqtt_message

from custom_components.seogu_care.care import fields
from custom_components.seogu_care.const import DOMAIN
from custom_components.seogu_care.ledger import Ledger, ledger_from_document, ledger_to_document
from custom_components.seogu_care.robot.letters import Letter, question_command, read_letter
from custom_components.seogu_care.robot.messages import UnreadableError
from tests.seogu_care.conftest import ROBOT, contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant, ServiceCall


def written(kind: str, *, at: float = 0.0, **data: str) -> dict[str, Any]:
    moment = fields.written(dt_util.utcnow() + timedelta(seconds=at))
    return {
        "v": 1,
        "id": str(uuid.uuid7()),
        "type": "talk",
        "at": moment,
        "data": {"kind": kind, **data},
    }


def receipt(command: str, result: str = "done", reason: str | None = None) -> dict[str, Any]:
    return contract("mqtt/receipt_robot") | {"id": command, "result": result, "reason": reason}


def entity(hass: HomeAssistant, domain: str) -> str:
    (found,) = hass.states.async_entity_ids(domain)
    return found


def words_of_the_resident(hass: HomeAssistant) -> str:
    return next(
        name for name in hass.states.async_entity_ids("event") if name.endswith(("words", "malsseum"))
    )


@pytest.fixture
async def satellite(hass: HomeAssistant, mqtt_mock: Any, households: Callable[..., Any]) -> Any:
    """A household in a Home Assistant that has Assist, its robot at home."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "assist_pipeline", {})
    household = await households()
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    return household


async def until(condition: Callable[[], Any], what: str) -> None:
    """Waits without settling: an action of an entity is under way, and Home Assistant would wait for it."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.01)


async def tells(hass: HomeAssistant, name: str, payload: Any) -> None:
    async_fire_mqtt_message(hass, f"{DOMAIN}/{ROBOT}/{name}", json.dumps(payload))
    await asyncio.sleep(0)


def called(hass: HomeAssistant, action: str, **data: Any) -> asyncio.Task[Any]:
    """An action of the satellite, under way."""
    target = {"entity_id": entity(hass, "assist_satellite")}
    answer = action == "ask_question"
    call = hass.services.async_call(
        "assist_satellite", action, target | data, blocking=True, return_response=answer
    )
    return hass.async_create_background_task(call, action)


async def test_announcement_is_said_and_waited_for(hass: HomeAssistant, satellite: Any) -> None:
    task = called(hass, "announce", message="점심 드실 시간이에요")
    await until(lambda: satellite.commands("say"), "the command")
    say = satellite.commands("say")[0]
    assert (say["data"]["text"], say["data"]["urgent"]) == ("점심 드실 시간이에요", False)
    assert not task.done()
    assert hass.states.get(entity(hass, "assist_satellite")).state == "responding"
    await tells(hass, "receipt/robot", receipt(say["id"]))
    await task
    assert hass.states.get(entity(hass, "assist_satellite")).state == "idle"


async def test_announcement_that_is_not_said_is_an_error(hass: HomeAssistant, satellite: Any) -> None:
    for result, reason, words in (
        ("refused", "busy", "로봇|talking"),
        ("expired", None, "."),
        ("refused", "x", "."),
    ):
        before = len(satellite.commands("say"))
        task = called(hass, "announce", message="네")
        await until(lambda before=before: len(satellite.commands("say")) > before, "the command")
        await tells(hass, "receipt/robot", receipt(satellite.commands("say")[-1]["id"], result, reason))
        with pytest.raises(HomeAssistantError, match=words):
            await task
    with pytest.raises(ServiceValidationError):
        await called(hass, "announce", media_id="http://example.com/x.mp3")


async def test_question_brings_the_answer_that_was_meant(hass: HomeAssistant, satellite: Any) -> None:
    answers = [
        {"id": "on", "sentences": ["[불] 켜 줘", "네"]},
        {"id": "room", "sentences": ["{room} 불 꺼 줘"]},
    ]
    task = called(hass, "ask_question", question="불을 켤까요?", answers=answers)
    await until(lambda: satellite.commands("question"), "the question")
    asked = satellite.commands("question")[0]
    assert asked["data"]["text"] == "불을 켤까요?"
    assert asked["data"]["answers"] == {"on": ["불 켜 줘", "켜 줘", "네"], "room": []}
    assert hass.states.get(entity(hass, "assist_satellite")).state == "listening"
    given_answer = written("answered", question=asked["id"], outcome="answered", text="내", sentence="네")
    await tells(hass, "talk", given_answer)
    await tells(hass, "receipt/robot", receipt(asked["id"]))
    assert await task == {"id": "on", "sentence": "네", "slots": {}}
    await until(lambda: given_answer["id"] in satellite.receipts(), "the receipt")
    assert satellite.home.ledger.letters == ()


async def test_question_that_nobody_answers_is_an_error(hass: HomeAssistant, satellite: Any) -> None:
    task = called(hass, "ask_question", question="불을 켤까요?")
    await until(lambda: satellite.commands("question"), "the question")
    asked = satellite.commands("question")[0]
    await tells(hass, "talk", written("answered", question=asked["id"], outcome="none"))
    await tells(hass, "receipt/robot", receipt(asked["id"]))
    with pytest.raises(HomeAssistantError, match="No answer"):
        await task


async def test_robot_that_is_away_has_no_voice(hass: HomeAssistant, satellite: Any) -> None:
    await satellite.robot("status", "offline")
    assert hass.states.get(entity(hass, "assist_satellite")).state == "unavailable"


async def test_command_for_the_home_is_answered_by_its_agent(hass: HomeAssistant, satellite: Any) -> None:
    hass.states.async_set("light.geosil", "on", {"friendly_name": "거실 등"})
    await satellite.robot("hello", contract("mqtt/hello"))
    asked = written("assist", text="아무도 모르는 말")
    await satellite.robot("talk", asked)
    await satellite.until(lambda: satellite.commands("say"), "the agent's answer")
    assert satellite.commands("say")[0]["data"]["text"]
    await satellite.robot("receipt/robot", receipt(satellite.commands("say")[0]["id"]))
    await satellite.until(
        lambda: hass.states.get(entity(hass, "assist_satellite")).state == "idle", "the end of it"
    )
    assert satellite.home.ledger.letters == ()


async def test_home_without_assist_says_that_it_cannot_be_asked(hass: HomeAssistant, household: Any) -> None:
    assert hass.states.async_entity_ids("assist_satellite") == []
    await household.robot("hello", contract("mqtt/hello"))
    await household.robot("talk", written("assist", text="불 꺼 줘", at=-90))
    await household.robot("talk", written("assist", text="불 꺼 줘"))
    await household.until(lambda: household.commands("say"), "the answer")
    (said,) = household.commands("say")
    assert "부탁할 수 없어요" in said["data"]["text"]
    await household.robot("receipt/robot", receipt(said["id"]))


async def test_notice_waits_for_a_decent_hour_and_for_a_robot_that_is_away(
    hass: HomeAssistant, household: Any
) -> None:
    send: dict[str, Any] = {"entity_id": entity(hass, "notify"), "title": "딸", "message": "일요일에 갈게요"}
    await hass.services.async_call("notify", "send_message", send, blocking=True)
    await household.settle()
    (said,) = household.commands("say")
    assert said["data"] == {
        "incident": None,
        "phrase": None,
        "text": "딸 일요일에 갈게요",
        "urgent": False,
        "waits": True,
    }
    assert fields.time(said, "expires_at") > dt_util.utcnow() + timedelta(hours=10)
    for message in (" ", "가" * 1001):
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call(
                "notify", "send_message", {**send, "title": "", "message": message}, blocking=True
            )


async def test_letter_reaches_automations_and_the_family_once(
    hass: HomeAssistant, households: Callable[..., Any]
) -> None:
    told: list[ServiceCall] = []
    fails = [True]

    async def notify(call: ServiceCall) -> None:
        if fails.pop() if fails else False:
            raise HomeAssistantError("no network")
        told.append(call)

    hass.services.async_register("notify", "daughter", notify)
    heard: list[Any] = []
    hass.bus.async_listen("seogu_care_talk", lambda event: heard.append(event.data))
    hass.config.language = "ko"
    household = await households(options={"notify": "notify.daughter"})
    reply = written("reply", to="딸", text="그래 오너라")
    await household.robot("talk", reply)
    assert household.receipts()[reply["id"]] == "stored"
    await household.until(lambda: "family_not_told" in household.repairs(), "the failure")
    await household.restart()  # it is not lost, and tried anew
    await household.until(lambda: told, "the family")
    assert told[0].data["message"] == "딸 님께 답하셨습니다: 그래 오너라"
    assert heard[0]["kind"] == "reply"
    assert heard[0]["text"] == "그래 오너라"
    await household.until(lambda: household.home.ledger.letters == (), "the letter's end")
    assert "family_not_told" not in household.repairs()
    link = household.entry.runtime_data.robots.links[ROBOT]
    await household.until(lambda: link.started, "the robot's link")
    before = len(heard)
    await household.robot("talk", reply)  # its receipt was lost
    await household.robot("talk", written("medicine", name="혈압약", state="taken"))
    await household.robot("talk", written("medicine", name="혈압약", state="missed"))
    await household.until(lambda: len(told) == 2, "the missed medicine")
    assert "혈압약" in told[1].data["message"]
    assert len(heard) == before + 2
    event = words_of_the_resident(hass)
    assert hass.states.get(event).attributes["event_type"] == "medicine"
    assert hass.states.get(event).attributes["state"] == "missed"


async def test_words_of_the_resident_stay_out_of_the_history(hass: HomeAssistant, household: Any) -> None:
    await household.robot("talk", written("complaint", text="가로등이 나갔어", where="우리 집 앞"))
    event = words_of_the_resident(hass)
    await household.until(lambda: hass.states.get(event).attributes["event_type"] == "complaint", "the event")
    assert "가로등" not in str(hass.states.get(event).attributes)


async def test_letter_that_cannot_be_read_is_refused(household: Any) -> None:
    wrong = written("reply") | {"data": {"kind": "reply", "to": 7}}
    await household.robot("talk", wrong)
    await household.robot("talk", b"\xff")
    assert household.receipts()[wrong["id"]] == "refused"
    assert household.home.ledger.letters == ()


async def test_robots_troubles_are_shown_and_taken_away(household: Any) -> None:
    beat = contract("mqtt/heartbeat")
    await household.robot("heartbeat", beat | {"trouble": ["hearing", "second_engine", "something new", 7]})
    assert {"robot_deaf", "robot_second_engine"} <= household.repairs()
    await household.robot("heartbeat", beat | {"trouble": ["second_engine"]})
    assert "robot_deaf" not in household.repairs()
    await household.robot("heartbeat", beat)
    assert "robot_second_engine" not in household.repairs()
    for percent, wants_charging in ((15, True), (20, True), (None, True), (25, False), (20, False)):
        await household.robot("heartbeat", beat | {"wearable": {"state": "online", "battery": percent}})
        assert ("wearable_battery_low" in household.repairs()) is wants_charging


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "at", "data", "v"]),
        st.one_of(
            st.text(max_size=5),
            st.integers(),
            st.none(),
            st.dictionaries(
                st.sampled_from(["kind", "text", "to"]), st.one_of(st.text(max_size=5), st.none())
            ),
        ),
    )
)
def test_any_letter_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        letter = read_letter(ROBOT, json.dumps(written("reply", to="딸", text="응") | changes))
    except UnreadableError:
        return
    document = ledger_to_document(Ledger().with_letter(letter))
    assert ledger_from_document(document).letters == (letter,)


def test_recorded_letters_are_read_and_the_recorded_question_is_written() -> None:
    reply = read_letter(ROBOT, json.dumps(contract("mqtt/talk_reply")))
    assert (reply.kind, reply.data) == ("reply", {"to": "딸", "text": "그래 오너라"})
    answered = read_letter(ROBOT, json.dumps(contract("mqtt/talk_answered")))
    assert answered.data["sentence"] == "꺼 줘"
    wire = contract("mqtt/command_question")
    at, until_ = (fields.time(wire, key) for key in ("at", "expires_at"))
    data = wire["data"]
    made = question_command(ROBOT, data["text"], data["answers"], data["listen_s"], at, until_)
    assert {**made.payload, "id": wire["id"]} == wire


def test_letter_that_came_before_is_no_new_one() -> None:
    letter = Letter("a", dt_util.utcnow(), ROBOT, "reply", {})
    once = Ledger().with_letter(letter)
    assert once.with_letter(letter) is once
    assert once.without_letter("a").with_letter(letter).letters == ()
    for number in range(600):
        once = once.with_letter(Letter(str(number), letter.at, ROBOT, "reply", {}))
    assert len(once.letters_seen) == 500
