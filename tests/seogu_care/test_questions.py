"""The question in a home without a robot: on the resident's phone, on a screen, and on a button."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.seogu_care.care import policy
from custom_components.seogu_care.care.signs import OddSilence
from custom_components.seogu_care.routine.card import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant, ServiceCall

PHONE = "notify.mobile_app_mother"


@pytest.fixture
async def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """What the resident's phone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_mother")


@pytest.fixture
async def robotless(hass: HomeAssistant, phone: Any, households: Callable[..., Any]) -> Any:
    return await households(robots=False, options={"ask_on": PHONE})


async def ask(household: Any) -> str:
    sign = OddSilence(id=str(uuid.uuid7()), at=dt_util.utcnow())
    await household.home.take(sign)
    await household.settle()
    return sign.id


def on_screens(hass: HomeAssistant) -> list[str]:
    return [key for key in hass.data.get("persistent_notification", {}) if key.startswith("seogu_care_")]


async def test_question_reaches_the_phone_and_the_screens_before_anybody_is_called(
    hass: HomeAssistant, robotless: Any, phone: list[ServiceCall]
) -> None:
    incident = await ask(robotless)
    await robotless.until(lambda: phone, "the phone")
    assert [action["title"] for action in phone[0].data["data"]["actions"]] == [
        "Yes, I am fine",
        "Please help",
    ]
    assert on_screens(hass) == [f"seogu_care_{incident}"]
    assert robotless.states(incident) == "checking"
    shown = await picture(robotless.entry, 14)
    assert [each["id"] for each in shown["questions"]] == [incident]


async def test_tap_on_the_phone_is_an_answer_and_takes_the_question_back(
    hass: HomeAssistant, robotless: Any, phone: list[ServiceCall]
) -> None:
    incident = await ask(robotless)
    await robotless.until(lambda: phone, "the phone")
    hass.bus.async_fire(
        "mobile_app_notification_action", {"action": phone[0].data["data"]["actions"][0]["action"]}
    )
    await robotless.until(lambda: robotless.states(incident) == "closed", "the answer")
    await robotless.until(lambda: phone[-1].data["message"] == "clear_notification", "taken back")
    assert robotless.home.household.incidents[incident].outcome == "answered_well"
    assert on_screens(hass) == []


async def test_tap_for_help_raises(hass: HomeAssistant, robotless: Any, phone: list[ServiceCall]) -> None:
    incident = await ask(robotless)
    await robotless.until(lambda: phone, "the phone")
    hass.bus.async_fire(
        "mobile_app_notification_action", {"action": phone[0].data["data"]["actions"][1]["action"]}
    )
    await robotless.until(lambda: robotless.states(incident) == "raised", "the plea")


async def test_question_on_a_screen_waits_for_minutes_and_then_is_asked_again(robotless: Any) -> None:
    incident = await ask(robotless)
    await robotless.wind(policy.LISTEN + policy.CHECK_MARGIN + timedelta(seconds=5))
    assert robotless.home.household.incidents[incident].asked == 1
    await robotless.wind(policy.LISTEN_ON_SCREEN + policy.CHECK_MARGIN + timedelta(seconds=5))
    assert robotless.home.household.incidents[incident].asked == 2
    assert robotless.states(incident) == "checking"
    await robotless.wind(2 * (policy.LISTEN_ON_SCREEN + policy.CHECK_MARGIN) + timedelta(minutes=1))
    assert robotless.states(incident) == "raised"


async def test_button_on_the_wall_answers(hass: HomeAssistant, robotless: Any) -> None:
    incident = await ask(robotless)
    button = next(each for each in hass.states.async_entity_ids("button") if each.endswith("i_am_fine"))
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await robotless.until(lambda: robotless.states(incident) == "closed")
    assert robotless.home.household.incidents[incident].outcome == "answered_well"
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert robotless.home.last_activity is not None


async def test_action_answers_and_says_when_there_is_nothing_to_answer(
    hass: HomeAssistant, robotless: Any
) -> None:
    incident = await ask(robotless)
    await hass.services.async_call("seogu_care", "answer", {"intent": "help"}, blocking=True)
    await robotless.until(lambda: robotless.states(incident) == "raised")
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call("seogu_care", "answer", {}, blocking=True)


async def test_phone_that_fails_is_a_repair_and_the_question_stands_on_the_screens(
    hass: HomeAssistant, robotless: Any
) -> None:
    async def fails(_: ServiceCall) -> None:
        raise HomeAssistantError("the phone is not registered")

    hass.services.async_register("notify", "mobile_app_mother", fails)
    incident = await ask(robotless)
    await robotless.until(lambda: "question_not_sent" in robotless.repairs(), "the repair")
    assert on_screens(hass) == [f"seogu_care_{incident}"]
