"""What is on disk: stored before it is acknowledged, and readable when one copy is damaged."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError

from tests.seogu_care.conftest import ROBOT, contract

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from tests.seogu_care.bridge_double import BridgeDouble

FALL = "019aa123-0000-7000-8000-000000000001"
SOS = "019aa123-0000-7000-8000-000000000004"
TORN = [b"", b"{", b"\x00" * 4096, b"[]", b"{}", b'{"version": 1}', b"null", b"\xff\xfe\xfd", b'"x"']


def copies(storage: Path, household: Any) -> list[Path]:
    return [storage / f"seogu_care.{household.entry.entry_id}.{name}" for name in ("one", "two")]


def set_aside(path: Path) -> list[bytes]:
    return [found.read_bytes() for found in path.parent.glob(f"{path.name}.corrupt.*")]


async def test_sign_is_on_disk_before_its_receipt_goes_out(
    hass: HomeAssistant, household: Any, storage: Path, mqtt_mock: Any
) -> None:
    seen: list[bool] = []
    publish = mqtt_mock.async_publish.side_effect

    async def look(topic: str, payload: str, *args: Any, **kwargs: Any) -> None:
        if "receipt/home" in topic or "command" in topic:
            seen.append(all(FALL in path.read_text() for path in copies(storage, household)))
        if publish:
            await publish(topic, payload, *args, **kwargs)

    mqtt_mock.async_publish.side_effect = look
    await household.robot("sign", contract("mqtt/sign_fall"))
    assert seen
    assert all(seen)


async def test_sign_that_could_not_be_stored_gets_no_receipt_but_goes_on(
    household: Any, storage: Path
) -> None:
    with patch(
        "homeassistant.helpers.storage.write_utf8_file_atomic", side_effect=WriteError("no space left")
    ):
        await household.robot("sign", contract("mqtt/sign_sos"))
        assert household.receipts() == {}
        assert household.states(SOS) == "raised"
        assert "storage_failed" in household.repairs()
        assert household.commands("say")
    await household.robot("sign", contract("mqtt/sign_sos"))
    assert household.receipts() == {SOS: "stored"}
    assert "storage_failed" not in household.repairs()
    assert SOS in copies(storage, household)[0].read_text()


@pytest.mark.parametrize("content", TORN, ids=range(len(TORN)))
@pytest.mark.parametrize("which", [0, 1])
async def test_damaged_copy_is_set_aside_and_nothing_is_lost(
    household: Any, storage: Path, which: int, content: bytes
) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.stop()
    copies(storage, household)[which].write_bytes(content)
    await household.restart_from_stopped()
    assert household.states(SOS) == "raised"
    assert "ledger_copy_damaged" in household.repairs()
    assert set_aside(copies(storage, household)[which]) == [content]
    assert SOS in copies(storage, household)[which].read_text()


async def test_flipped_bit_is_noticed_by_the_checksum(household: Any, storage: Path) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.stop()
    first = copies(storage, household)[0]
    first.write_text(first.read_text().replace('"raised"', '"closed"'))
    await household.restart_from_stopped()
    assert household.states(SOS) == "raised"
    assert "ledger_copy_damaged" in household.repairs()


async def test_loss_of_both_copies_is_said_loudly(household: Any, storage: Path) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.stop()
    for path in copies(storage, household):
        path.write_bytes(b"{")
    await household.restart_from_stopped()
    assert "ledger_lost" in household.repairs()
    assert household.home.household.incidents == {}
    await household.robot("sign", contract("mqtt/sign_sos"))
    assert household.states(SOS) == "raised"


async def test_older_copy_gives_way_to_the_newer(household: Any, storage: Path) -> None:
    first, _ = copies(storage, household)
    old = first.read_bytes()
    await household.robot("sign", contract("mqtt/sign_sos"))
    await household.stop()
    first.write_bytes(old)
    await household.restart_from_stopped()
    assert household.states(SOS) == "raised"
    assert "ledger_copy_damaged" not in household.repairs()


async def test_storage_of_a_newer_version_is_left_alone(household: Any, storage: Path) -> None:
    await household.stop()
    for path in copies(storage, household):
        document = json.loads(path.read_text())
        document["version"] = 99
        path.write_text(json.dumps(document))
    before = [path.read_bytes() for path in copies(storage, household)]
    assert not await household.hass.config_entries.async_setup(household.entry.entry_id)
    assert household.entry.state is ConfigEntryState.SETUP_ERROR
    assert [path.read_bytes() for path in copies(storage, household)] == before


async def test_files_are_for_home_assistants_user_alone(household: Any, storage: Path) -> None:
    for path in [*copies(storage, household), storage / "seogu_care.key.key"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


STEPS = ["checking", "raised", "acknowledged", "raised again", "closed"]


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
async def test_restart_at_any_step_resumes_where_it_stood(
    bridge: BridgeDouble, households: Any, step: int
) -> None:
    household = await households(bridge)

    async def fall() -> None:
        await household.robot("sign", contract("mqtt/sign_fall"))

    async def unanswered() -> None:
        await household.robot("sign", contract("mqtt/sign_answer"))
        await household.until(lambda: bridge.incidents(FALL))

    async def acknowledged() -> None:
        await bridge.step(FALL, "acknowledged")
        await household.until(lambda: household.states(FALL) == "acknowledged")

    async def lapsed() -> None:
        await bridge.step(FALL, "raised")
        await household.until(lambda: household.states(FALL) == "raised")

    async def closed() -> None:
        await bridge.step(FALL, "closed", outcome="helped")
        await household.until(lambda: household.states(FALL) == "closed")

    for number, act in enumerate((fall, unanswered, acknowledged, lapsed, closed)):
        await act()
        if number == step:
            # What the bridge told is in memory a moment before it is on disk; cut off there, it comes again.
            await household.until(lambda: not household.home._unsaved)
            before = household.home.household
            await household.restart()
            assert household.home.household == before
            await household.until(lambda: household.entry.runtime_data.robots.links[ROBOT].started)
    assert household.home.household.incidents[FALL].outcome == "helped"
    states = [incident["state"] for incident in bridge.incidents(FALL)]
    assert states == ["raised"]
    shown = ["suspected", "checking", "raised", "acknowledged", "raised", "closed"]
    await household.until(lambda: household.events[-1]["state"] == "closed")
    assert [event["state"] for event in household.events] == shown


async def test_deadline_that_passed_while_down_raises_at_the_start(
    bridge: BridgeDouble, households: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    household = await households(bridge)
    await household.robot("sign", contract("mqtt/sign_fall"))
    await household.stop()
    later = dt_util.utcnow() + timedelta(hours=3)
    monkeypatch.setattr(dt_util, "utcnow", lambda: later)
    await household.restart_from_stopped()
    await household.until(lambda: household.states(FALL) == "raised")
    await household.until(lambda: bridge.incidents(FALL))


async def test_alert_that_waited_for_the_bridge_survives_a_restart(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.batches)
    port = int(bridge.url.rpartition(":")[2])
    await bridge.stop()
    await household.robot("sign", contract("mqtt/sign_sos"))
    assert [m["type"] for m in household.home.ledger.outbox if m["type"] == "incident"]
    await household.stop()
    await household.restart_from_stopped()
    await bridge.start(port)
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    assert len(bridge.incidents(SOS)) == 1


async def test_commands_that_waited_for_the_robot_survive_a_restart(household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_fall"))
    (ask,) = household.commands("ask")
    await household.restart()
    await household.until(lambda: len(household.commands("ask")) == 2)
    assert household.commands("ask")[1] == ask


async def test_household_that_is_removed_leaves_nothing(
    hass: HomeAssistant, household: Any, storage: Path
) -> None:
    paths = [*copies(storage, household), storage / "seogu_care.key.key"]
    assert all(path.exists() for path in paths)
    await hass.config_entries.async_remove(household.entry.entry_id)
    assert not any(path.exists() for path in paths)
