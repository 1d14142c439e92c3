"""The link to a real HTTP bridge that behaves, and that does not."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.bridge import client as bridge_client
from custom_components.seogu_care.bridge.keys import PrivateKey
from custom_components.seogu_care.bridge.link import BridgeLink, LinkState
from custom_components.seogu_care.bridge.own_keys import KeyRing
from custom_components.seogu_care.storage import KeyStore
from tests.seogu_care.bridge_double import contract_key
from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.seogu_care.bridge_double import BridgeDouble

SOS = "019aa123-0000-7000-8000-000000000004"


def link(household: Any) -> Any:
    return household.entry.runtime_data.bridge


def issue(hass: HomeAssistant, household: Any, name: str) -> Any:
    return ir.async_get(hass).async_get_issue("seogu_care", f"{name}_{household.entry.entry_id}")


async def raised(household: Any) -> None:
    await household.robot("sign", contract("mqtt/sign_sos"))


async def test_alert_reaches_the_bridge_and_leaves_the_outbox(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    await household.until(lambda: not household.home.ledger.outbox)
    assert bridge.incidents(SOS)[0]["state"] == "raised"
    assert household.home.household.incidents[SOS].delivered
    await household.until(lambda: household.commands("incident")[-1]["data"]["delivered"])
    found = hass.states.get("binary_sensor.eomeoni_daeg_district_bridge")
    assert found is not None
    assert found.state == "on"


async def test_home_vouches_for_its_robot_and_tells_it_the_way(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await household.until(lambda: [m for m in bridge.stored.values() if m["type"] == "robot_key"])
    (message,) = [m for m in bridge.stored.values() if m["type"] == "robot_key"]
    assert message["jwk"] == contract("mqtt/hello")["jwk"]
    await household.until(lambda: household.commands("link"))
    assert household.commands("link")[0]["data"] == {
        "home": "h-2b7e1516",
        "url": bridge.url,
        "bridge_jwk": bridge.jwk,
    }
    await household.restart()
    await household.until(lambda: len(household.commands("link")) > 1)
    assert len([m for m in bridge.stored.values() if m["type"] == "robot_key"]) == 1


@pytest.mark.parametrize(
    "moods",
    [
        ["500", "500"],
        ["hang"],
        ["forged"],
        ["other-receipt"],
        ["lost"],
        ["replayed"],
        ["html"],
        ["unknown-key"],
        ["too-many"],
        ["500", "lost", "forged", "replayed", "hang"],
    ],
    ids="-".join,
)
async def test_nothing_is_lost_on_a_bridge_that_misbehaves(
    bridge: BridgeDouble, households: Any, moods: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_client, "ANSWER_WITHIN_S", 0.3)
    household = await households(bridge)
    await household.until(lambda: bridge.batches, "a first heartbeat")
    bridge.moods = list(moods)
    await raised(household)
    await household.until(lambda: not bridge.moods and not household.home.ledger.outbox, "the outbox")
    assert {incident["id"] for incident in bridge.incidents()} == {SOS}
    reports = [m for m in bridge.stored.values() if m["type"] == "incident"]
    assert len(reports) == 1
    await household.until(lambda: link(household).state is LinkState.CONNECTED)
    assert household.repairs() == set()


async def test_forged_receipt_is_no_receipt(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.batches)
    bridge.moods = ["forged"] * 1000
    await raised(household)
    await household.until(lambda: "bridge_untrusted" in household.repairs())
    assert [m for m in household.home.ledger.outbox if m["type"] == "incident"]
    bridge.moods = []
    await household.until(lambda: not household.home.ledger.outbox)


async def test_clock_that_is_off_is_corrected(bridge: BridgeDouble, households: Any) -> None:
    bridge.clock_off = 5000
    household = await households(bridge)
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS))


async def test_revoked_home_keeps_its_messages_and_says_so(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.batches)
    bridge.moods = ["revoked"]
    await raised(household)
    await household.until(lambda: link(household).state is LinkState.REVOKED)
    assert "bridge_revoked" in household.repairs()
    assert "incident" in [m["type"] for m in household.home.ledger.outbox]
    count = len(bridge.batches)
    await raised(household)
    assert len(bridge.batches) == count


async def test_refused_message_is_set_aside_and_shown_and_blocks_nothing(
    bridge: BridgeDouble, households: Any
) -> None:
    bridge.refuse = lambda message: "no robots today" if message["type"] == "robot_key" else None
    household = await households(bridge)
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS))
    await household.until(lambda: "message_refused" in household.repairs())
    assert [m["reason"] for m in household.home.ledger.refused] == ["no robots today"]
    assert household.home.ledger.outbox == ()


async def test_heartbeats_tell_how_the_parts_are_and_are_never_kept(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.batches)
    beats = [m for m in bridge.stored.values() if m["type"] == "heartbeat"]
    assert beats[0]["parts"] == {"home": "online", "robot": "offline", "wearable": "none"}
    await bridge.stop()
    await household.until(lambda: link(household).state is LinkState.DISCONNECTED)
    assert not [m for m in household.home.ledger.outbox if m["type"] == "heartbeat"]


async def test_family_is_told_while_the_bridge_is_away_and_again_when_it_is_through(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any
) -> None:
    told: list[str] = []
    hass.services.async_register("notify", "daughter", lambda call: told.append(call.data["message"]))
    household = await households(bridge, {"notify": "notify.daughter"})
    await household.until(lambda: bridge.batches)
    port = int(bridge.url.rpartition(":")[2])
    await bridge.stop()
    await raised(household)
    assert told == []
    await household.wind(timedelta(seconds=21))
    await household.until(lambda: len(told) == 1, "the family")
    assert "district can't be reached" in told[0]
    await bridge.start(port)
    await household.until(lambda: len(told) == 2, "the good news")
    assert "has now reached" in told[1]


async def test_acknowledgement_comes_down_and_the_robot_says_so(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS))
    seq = await bridge.step(SOS, "acknowledged")
    await household.until(lambda: household.states(SOS) == "acknowledged", "the acknowledgement")
    await household.until(
        lambda: [c for c in household.commands("say") if c["data"]["phrase"] == "help_coming"]
    )
    await household.until(
        lambda: [m for m in bridge.stored.values() if m["type"] == "receipt" and m["downlink"] == seq]
    )
    await bridge.step(SOS, "raised")
    await household.until(lambda: household.states(SOS) == "raised", "the lapse")
    await bridge.step(SOS, "closed", outcome="helped")
    await household.until(lambda: household.states(SOS) == "closed", "the close")
    assert household.home.household.incidents[SOS].outcome == "helped"
    assert len(bridge.incidents(SOS)) == 1


async def test_stream_resumes_after_the_last_message_stored(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await raised(household)
    await bridge.step(SOS, "acknowledged")
    await household.until(lambda: household.home.ledger.downlink == 1)
    await household.restart()
    await household.until(lambda: bridge.listened_after[-1] == 1, "the resumed stream")
    await bridge.step(SOS, "closed", outcome="other")
    await household.until(lambda: household.states(SOS) == "closed")


async def test_forged_downlink_changes_nothing_and_is_shown(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await raised(household)
    message = contract("jwt/downlink_incident")["claims"]["message"]
    message["incident"]["id"] = SOS
    await bridge.say(message, forged=True)
    await household.until(lambda: "bridge_untrusted" in household.repairs())
    assert household.states(SOS) == "raised"
    assert household.home.ledger.downlink == 0


async def test_unknown_downlink_does_not_block_what_comes_after(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await raised(household)
    await bridge.say({"v": 1, "id": "x", "type": "dance", "at": "2026-11-22T03:00:00.000Z"})
    await bridge.step(SOS, "acknowledged")
    await household.until(lambda: household.states(SOS) == "acknowledged")
    assert household.home.ledger.downlink == 2


async def test_repeated_downlink_counts_once(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await bridge.say(contract("jwt/downlink_say")["claims"]["message"])
    await bridge.say(contract("jwt/downlink_say")["claims"]["message"], seq=1)
    await bridge.say(contract("jwt/downlink_say")["claims"]["message"], seq=3)
    await household.until(lambda: household.home.ledger.downlink == 3)
    words = [c["data"]["text"] for c in household.commands("say")]
    await household.until(lambda: len(household.commands("say")) == 2)
    assert set(words) == {"오늘 오후에 들르겠습니다."}


async def test_acknowledgement_is_not_taken_back_by_a_restart(bridge: BridgeDouble, households: Any) -> None:
    household = await households(bridge)
    await raised(household)
    await bridge.step(SOS, "acknowledged")
    await household.until(lambda: household.states(SOS) == "acknowledged")
    await household.restart()
    assert household.states(SOS) == "acknowledged"
    assert len(bridge.incidents(SOS)) == 1


async def test_emergency_does_not_wait_for_a_bridge_that_asked_for_patience(
    bridge: BridgeDouble, households: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.batches, "a first heartbeat")
    waits: list[float] = []
    pause = BridgeLink._pause

    async def remembered(self: BridgeLink, _seconds: float) -> None:
        waits.append(1000.0)
        await pause(self, 1000.0)

    monkeypatch.setattr(BridgeLink, "_pause", remembered)
    bridge.moods = ["too-many"]
    link(household)._heartbeat_at = 0.0
    link(household)._wake.set()
    await household.until(lambda: waits, "the bridge asks for patience")
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS), "the emergency")


# The home changes its key.


def kids(ring: KeyRing) -> list[str | None]:
    return [key and key.kid for key in (ring.current, ring.fresh, ring.before)]


def rotate(kid: str) -> dict[str, Any]:
    return {
        "v": 1,
        "id": str(uuid.uuid7()),
        "type": "rotate_key",
        "at": "2026-11-22T03:00:00.000Z",
        "kid": kid,
    }


async def test_home_changes_its_key_when_the_district_asks_and_goes_on(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    household = await households(bridge)
    bridge.moods.append("lost")  # the receipt; the key is told once more, and is a duplicate
    await bridge.say(rotate(home_key.kid))
    await household.until(lambda: home_key.kid in bridge.ended, "the first use of the new key")
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    ring = await KeyStore(hass, "key").load()
    assert ring is not None
    assert kids(ring) == [bridge.kids[-1], None, home_key.kid]
    assert len([m for m in bridge.stored.values() if m["type"] == "new_key"]) == 1
    batches = len(bridge.kids)
    await household.restart()
    await household.until(lambda: len(bridge.kids) > batches)
    # Loaded anew it is still the same program: a second name would make a copy of it.
    assert len(bridge.boots) == 1
    assert bridge.kids[-1] == ring.current.kid
    await household.until(lambda: link(household).state is LinkState.CONNECTED)


async def test_change_that_was_cut_off_goes_on_where_it_stood(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    """The new key was on disk, and Home Assistant died before anybody heard of it."""
    household = await households(bridge)
    fresh = PrivateKey.make()
    await KeyStore(hass, "key").save(KeyRing(home_key, fresh))
    await household.restart()
    await household.until(lambda: bridge.kids[-1:] == [fresh.kid])
    assert home_key.kid in bridge.ended


async def test_home_finds_the_key_that_its_bridge_knows(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    """A bridge restored from a backup knows the key before; a home restored from one has not changed yet."""
    household = await households(bridge)
    newest = PrivateKey.make()
    await KeyStore(hass, "key").save(KeyRing(newest, before=home_key))
    await household.restart()
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    ring = await KeyStore(hass, "key").load()
    assert ring is not None
    assert kids(ring) == [home_key.kid, None, newest.kid]
    await household.until(lambda: link(household).state is LinkState.CONNECTED)


async def test_refused_key_is_given_up_and_the_old_one_stays(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    household = await households(bridge)
    bridge.refuse = lambda message: "no" if message["type"] == "new_key" else None
    await bridge.say(rotate(home_key.kid))
    await household.until(lambda: household.home.ledger.refused)
    await raised(household)
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    ring = await KeyStore(hass, "key").load()
    assert ring is not None
    assert kids(ring) == [home_key.kid, None, None]
    assert set(bridge.kids) == {home_key.kid}


async def test_key_of_a_robot_is_the_robots_to_change(
    bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    household = await households(bridge)
    await bridge.say(rotate("the-robots-key"))
    await household.until(lambda: household.commands("rotate_key"))
    assert household.commands("rotate_key")[0]["data"] == {"kid": "the-robots-key"}
    assert set(bridge.kids) == {home_key.kid}


async def test_home_whose_key_a_copy_uses_says_so_and_keeps_what_waits(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any, home_key: PrivateKey
) -> None:
    household = await households(bridge)
    await household.until(lambda: bridge.kids)
    bridge.ended.add(home_key.kid)
    await raised(household)
    await household.until(lambda: issue(hass, household, "bridge_held"))
    assert household.home.ledger.outbox
    bridge.ended.clear()
    await household.until(lambda: bridge.incidents(SOS), "the alert")
    await household.until(lambda: not issue(hass, household, "bridge_held"))


async def test_robot_that_shows_its_former_keys_word_is_known_again(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    keys = [contract_key("robot"), PrivateKey.make(), PrivateKey.make()]
    proofs = [
        jwt.encode(
            {"jwk": fresh.jwk},
            old.key,
            algorithm="EdDSA",
            headers={"typ": "seogu-next-key+jwt", "kid": old.kid},
        )
        for old, fresh in itertools.pairwise(keys)
    ]
    hello = contract("mqtt/hello")
    await household.robot("hello", hello | {"jwk": keys[2].jwk, "proofs": proofs[1:]})
    assert household.home.robots["seogu-7f3a"]["jwk"] == keys[0].jwk
    await household.robot("hello", hello | {"jwk": keys[2].jwk, "proofs": proofs, "boot": "another"})
    assert household.home.robots["seogu-7f3a"]["jwk"] == keys[2].jwk
    await household.until(
        lambda: [m for m in bridge.stored.values() if m.get("jwk") == keys[2].jwk], "the home's word for it"
    )


async def test_heartbeat_tells_when_each_part_was_last_heard_of(
    bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge)
    await household.robot("heartbeat", contract("mqtt/heartbeat"))
    household.home.note_activity(dt_util.utcnow())
    seen = link(household)._heartbeat(0)["seen"]
    assert set(seen) == {"robot", "wearable", "sensors"}
    assert all(dt_util.parse_datetime(time) for time in seen.values())
