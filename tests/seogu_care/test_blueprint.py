"""The blueprint, loaded and run by Home Assistant itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

SOURCE = Path(__file__).parents[2] / "blueprints" / "automation" / "seogu_care"


@pytest.fixture
async def told(hass: HomeAssistant, hass_config_dir: str, household: Any) -> list[dict[str, Any]]:
    """What the family is told; the automation runs with quiet hours from ten to seven."""
    shutil.copytree(SOURCE, Path(hass_config_dir) / "blueprints" / "automation" / "seogu_care")
    calls: list[dict[str, Any]] = []
    hass.services.async_register("notify", "daughter", lambda call: calls.append(dict(call.data)))
    automation = {
        "alias": "family",
        "use_blueprint": {
            "path": "seogu_care/incident_notify.yaml",
            "input": {"notify_action": "notify.daughter"},
        },
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [automation]})
    await hass.async_block_till_done()
    assert hass.states.get("automation.family").state == "on"
    return calls


async def test_family_is_told_of_an_alert_and_of_its_end(
    hass: HomeAssistant, household: Any, told: list[dict[str, Any]]
) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))
    await hass.services.async_call("seogu_care", "resolve", {}, blocking=True)
    await household.until(lambda: len(told) == 2, "two messages")
    assert [call["title"] for call in told] == ["어머니 댁: 도움 필요", "어머니 댁: 끝남"]
    assert told[0]["message"] == "도움 단추를 누르셨습니다."


async def test_family_is_not_told_of_a_question_that_is_answered_well(
    hass: HomeAssistant, household: Any, told: list[dict[str, Any]]
) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    assert household.events[-1]["state"] == "checking"
    assert told == []


@pytest.mark.parametrize(("hour", "messages"), [(3, 0), (12, 1), (23, 0)])
async def test_quiet_hours_hold_for_what_is_no_emergency(
    hass: HomeAssistant,
    household: Any,
    told: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    hour: int,
    messages: int,
) -> None:
    at = dt_util.now().replace(hour=hour, minute=0)
    monkeypatch.setattr(dt_util, "now", lambda *_: at)
    for severity in ("warning", "emergency"):
        hass.bus.async_fire(
            "seogu_care_incident",
            {
                "household": "집",
                "kind": "device",
                "state": "raised",
                "severity": severity,
                "summary": {"ko": "ㄱ", "en": "g"},
            },
        )
        await hass.async_block_till_done()
    await household.until(lambda: len(told) >= messages + 1)
    assert len(told) == messages + 1
