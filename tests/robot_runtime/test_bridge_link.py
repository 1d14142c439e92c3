"""The robot's own way to the bridge, against a bridge that misbehaves in every way it may."""

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from robot_runtime import identity, times
from robot_runtime.events import EventLog
from robot_runtime.identity import Identity, OwnKeys
from robot_runtime.link import bridge as link_bridge
from robot_runtime.link.bridge import BridgeClient
from robot_runtime.link.messages import BridgeLink
from robot_runtime.store import Store
from tests.robot_runtime.rig import HOME, KEYS, Bridge, private_key, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from robot_runtime.link.tokens import DownlinkMessage


class Side:
    """A client with a store of its own."""

    def __init__(self, folder: Path, bridge: Bridge) -> None:
        self.store = Store(folder / "state")
        self.stored: list[str] = []
        self.told: list[DownlinkMessage] = []
        self.events = folder / "events.jsonl"
        self.folder = folder / "state"
        self.keys = OwnKeys(self.folder)
        self.keys.current = self.keys.signing = Identity(private_key("robot"))
        self.client = BridgeClient(
            self.keys, self.store, EventLog(self.events), self.stored.append, self.told.append
        )
        self.client.use(BridgeLink(HOME, bridge.url, KEYS["bridge"]["jwk"]))
        self.tasks = [
            asyncio.create_task(self.client.run_outbox()),
            asyncio.create_task(self.client.run_downlink()),
        ]

    def put(self, *ids: str) -> None:
        outbox = [
            {"v": 1, "id": f"m-{each}", "type": "incident", "at": "", "incident": {"id": each}}
            for each in ids
        ]
        self.store.save([], outbox)
        self.client.wake()

    def seen(self, event: str) -> list[dict[str, Any]]:
        lines = self.events.read_text().splitlines() if self.events.exists() else []
        return [each for each in map(json.loads, lines) if each["event"] == event]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.store.close()


@pytest.fixture
async def side(tmp_path: Path, bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Side]:
    monkeypatch.setattr(link_bridge, "FIRST_WAIT_S", 0.05)
    made = Side(tmp_path, bridge)
    yield made
    await made.close()


def _problem(name: str, status: int, **headers: str) -> tuple[int, str, dict[str, str]]:
    body = {
        "type": f"urn:seogu:{name}",
        "title": name,
        "status": status,
        "detail": "why",
        "time": time.time(),
    }
    return status, json.dumps(body), {"Content-Type": "application/problem+json", **headers}


async def test_outbox_empties_with_the_receipt(side: Side, bridge: Bridge) -> None:
    side.put("i-1", "i-2")
    await until(lambda: side.stored == ["i-1", "i-2"])
    assert side.store.outbox(10) == []
    assert len(bridge.batches) == 1


@pytest.mark.parametrize(
    "bad",
    [
        lambda bridge, _jti: (500, "oops", {}),
        lambda bridge, _jti: (200, "not a token", {}),
        lambda bridge, _jti: (200, bridge.receipt("another", ["m-i-1"]), {}),
        lambda bridge, jti: (200, bridge.receipt(jti, []), {}),
        lambda bridge, jti: (200, _forged(bridge, jti), {}),
        lambda bridge, _jti: _problem("unknown-key", 401),
        lambda bridge, _jti: _problem("malformed", 400),
        lambda bridge, _jti: _problem("revoked", 403),
        lambda bridge, _jti: _problem("replayed", 409),
        lambda bridge, _jti: _problem("too-many", 429, **{"Retry-After": "0.1"}),
        lambda bridge, _jti: (302, "", {"Location": "http://127.0.0.1:1/"}),
    ],
)
async def test_nothing_but_a_true_receipt_empties_the_outbox(
    side: Side, bridge: Bridge, bad: Callable[[Bridge, str], tuple[int, str, dict[str, str]]]
) -> None:
    bridge.answer = lambda claims, _: bad(bridge, claims["jti"]) if len(bridge.batches) < 3 else None
    side.put("i-1")
    await until(lambda: side.stored == ["i-1"])
    assert len(bridge.batches) == 3
    assert len({each["jti"] for each in bridge.batches}) == len(bridge.batches)
    assert {each["messages"][0]["id"] for each in bridge.batches} == {"m-i-1"}


def _forged(bridge: Bridge, jti: str) -> str:
    claims = {
        "iss": "seogu-bridge",
        "aud": HOME,
        "jti": jti,
        "stored": ["m-i-1"],
        "duplicate": [],
        "refused": [],
    }
    return bridge.sign("seogu-receipt+jwt", claims, private_key("home"))


async def test_refused_message_is_kept_aside_and_blocks_nothing(side: Side, bridge: Bridge) -> None:
    refuse = [{"id": "m-i-1", "reason": "no such kind"}]
    bridge.answer = lambda claims, _: (200, bridge.receipt(claims["jti"], ["m-i-2"], refuse), {})
    side.put("i-1", "i-2")
    await until(lambda: side.stored == ["i-2"])
    assert side.store.outbox(10) == []
    assert side.store.count_refused() == 1
    assert side.seen("bridge_refused")[0]["reason"] == "no such kind"


async def test_clock_that_is_off_is_corrected_with_the_bridges(
    side: Side, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = times.now
    monkeypatch.setattr(times, "now", lambda: real().later(-7200))

    def strict(claims: dict[str, Any], _: str) -> tuple[int, str, dict[str, str]] | None:
        return _problem("stale", 401) if abs(claims["iat"] - time.time()) > 300 else None

    bridge.answer = strict
    side.put("i-1")
    await until(lambda: side.stored == ["i-1"])
    assert len(bridge.batches) == 2
    assert side.seen("clock_corrected")


async def test_batch_that_is_too_large_is_halved(side: Side, bridge: Bridge) -> None:
    bridge.answer = lambda claims, _: _problem("too-large", 413) if len(claims["messages"]) > 130 else None
    side.put(*(f"i-{number}" for number in range(300)))
    await until(lambda: len(side.stored) == 300)
    assert max(len(each["messages"]) for each in bridge.batches) == 300


async def test_downlink_is_verified_deduplicated_and_resumed(side: Side, bridge: Bridge) -> None:
    side.client.listen(on=True)
    await until(lambda: bridge.listeners == 1)
    bridge.tell({"type": "say", "text": "안녕하세요"})
    await until(lambda: len(side.told) == 1)
    forged = {"iss": "seogu-bridge", "aud": HOME, "seq": 9, "message": {"type": "say", "text": "x"}}
    again = {"iss": "seogu-bridge", "aud": HOME, "seq": 1, "message": {"type": "say", "text": "x"}}
    for claims, key in ((forged, private_key("home")), (again, None)):
        token = bridge.sign("seogu-downlink+jwt", claims, key)
        for each in bridge._queues:
            each.put(f"id: 1\ndata: {token}\n\n")
    bridge.tell({"type": "say", "text": "둘"})
    await until(lambda: len(side.told) == 2)
    assert [each.seq for each in side.told] == [1, 2]
    assert len(side.seen("downlink_refused")) == 1
    for each in bridge._queues:
        each.put("")
    await until(lambda: len(bridge.seen_last_ids) == 2)
    assert bridge.seen_last_ids == ["0", "2"]
    side.client.listen(on=False)
    await until(lambda: not bridge.listeners)


async def test_batches_are_signed_by_the_robot_for_its_home(side: Side, bridge: Bridge) -> None:
    seen: list[str] = []

    def keep(_: dict[str, Any], compact: str) -> None:
        seen.append(compact)

    bridge.answer = keep
    side.put("i-1")
    await until(lambda: side.stored)
    key = private_key("robot").public_key()
    claims = jwt.decode(seen[0], key, ["EdDSA"], audience="seogu-bridge", issuer=HOME)
    assert abs(claims["iat"] - time.time()) < 30


# The robot changes its key.


async def test_robot_changes_its_key_and_its_home_can_know_it_again(side: Side, bridge: Bridge) -> None:
    old, signed_with, changed = side.keys.current, [], []
    side.client.on_new_key = lambda: changed.append(side.keys.current.kid)
    bridge.answer = lambda _, compact: signed_with.append(jwt.get_unverified_header(compact)["kid"])
    side.client.rotate("the key of another robot")
    side.client.rotate(old.kid)
    side.client.rotate(old.kid)
    await until(lambda: changed)
    side.put("i-1")
    await until(lambda: side.stored == ["i-1"])
    new = side.keys.current
    assert signed_with[0] == old.kid
    assert set(signed_with[1:]) == {new.kid}
    assert bridge.batches[1]["messages"][0] == bridge.batches[0]["messages"][0]
    assert side.store.outbox(9) == []
    assert (changed, side.keys.before, side.keys.fresh) == ([new.kid], old, None)
    (told,) = bridge.batches[0]["messages"]
    assert jwt.get_unverified_header(told["proof"])["jwk"] == new.jwk
    said = jwt.decode(told["proof"], new.key.public_key(), algorithms=["EdDSA"], audience="seogu-bridge")
    assert (said["iss"], said["replaces"]) == (HOME, old.kid)
    (kept,) = side.store.fact("key_proofs")
    assert jwt.decode(kept["proof"], old.key.public_key(), algorithms=["EdDSA"]) == {"jwk": new.jwk}
    assert len({each["boot"] for each in bridge.batches}) == 1
    again = OwnKeys(side.folder)
    assert (again.current.kid, again.before and again.before.kid) == (new.kid, old.kid)


async def test_change_of_the_robots_key_that_was_cut_off_goes_on(side: Side, bridge: Bridge) -> None:
    fresh = side.keys.make_fresh()
    assert side.client.link is not None
    side.client.use(side.client.link)
    await until(lambda: side.keys.current.kid == fresh.kid)
    assert [each["type"] for each in bridge.batches[0]["messages"]] == ["new_key"]


async def test_robot_gives_a_refused_key_up(side: Side, bridge: Bridge) -> None:
    old = side.keys.current
    bridge.answer = lambda claims, _: (
        200,
        bridge.receipt(
            claims["jti"], [], [{"id": each["id"], "reason": "no"} for each in claims["messages"]]
        ),
        {},
    )
    side.client.rotate(old.kid)
    await until(side.store.count_refused)
    await until(lambda: side.keys.fresh is None)
    assert (side.keys.current, OwnKeys(side.folder).fresh) == (old, None)


async def test_robot_finds_the_key_that_the_bridge_knows(side: Side, bridge: Bridge) -> None:
    first = side.keys.current
    assert side.keys.change_to(side.keys.make_fresh().kid)
    bridge.answer = lambda _, compact: (
        None if jwt.get_unverified_header(compact)["kid"] == first.kid else _problem("unknown-key", 401)
    )
    side.put("i-1")
    await until(lambda: side.stored == ["i-1"])
    assert OwnKeys(side.folder).current.kid == first.kid


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_power_cut_while_the_key_changes_leaves_a_robot_that_can_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    keys = OwnKeys(tmp_path)
    old, fresh = keys.current, keys.make_fresh()
    steps = []

    def dies(_: object) -> None:
        steps.append(1)
        if len(steps) > cut:
            raise KeyboardInterrupt

    monkeypatch.setattr(identity.os, "fsync", dies)
    with contextlib.suppress(KeyboardInterrupt):
        keys.change_to(fresh.kid)
    monkeypatch.undo()
    after = OwnKeys(tmp_path)
    assert after.current.kid in {old.kid, fresh.kid}
    known = {each.kid for each in (after.current, after.fresh, after.before) if each is not None}
    assert fresh.kid in known
    assert after.try_another("unknown-key") or after.current.kid == fresh.kid
