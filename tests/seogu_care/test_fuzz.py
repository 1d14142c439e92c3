"""Whatever comes over the wires, the parsers answer with a message or with their own error."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import jwt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custom_components.seogu_care.bridge import messages as bridge
from custom_components.seogu_care.bridge.errors import BadAnswerError
from custom_components.seogu_care.bridge.stream import EventReader
from custom_components.seogu_care.care.household import Household
from custom_components.seogu_care.care.turn import Setting
from custom_components.seogu_care.care.wire import household_from_document, household_to_document
from custom_components.seogu_care.ledger import Ledger, ledger_from_document, ledger_to_document
from custom_components.seogu_care.robot import messages as robot
from tests.seogu_care.bridge_double import contract_key
from tests.seogu_care.conftest import CONTRACT, ROBOT, contract

if TYPE_CHECKING:
    from collections.abc import Callable

READERS: list[Callable[[Any], Any]] = [
    robot.read_hello,
    robot.read_heartbeat,
    robot.read_receipt,
    lambda payload: robot.read_sign(ROBOT, payload),
]
RECORDED = [
    json.loads(path.read_text(encoding="utf-8")) for path in sorted((CONTRACT / "mqtt").glob("*.json"))
]
SIGNS = [message for message in RECORDED if "data" in message]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BRIDGE = contract_key("bridge")
HOME = "h-2b7e1516"


def spoiled(message: Any, path: list[Any], value: Any) -> Any:
    """`message` with `value` in the place that `path` leads to."""
    if isinstance(message, dict) and message and path:
        key = sorted(message)[path[0] % len(message)]
        return {**message, key: spoiled(message[key], path[1:], value)}
    if isinstance(message, list) and message and path:
        index = path[0] % len(message)
        return [*message[:index], spoiled(message[index], path[1:], value), *message[index + 1 :]]
    return value


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_unreadable(payload: bytes) -> None:
    for read in READERS:
        with suppress(robot.UnreadableError):
            read(payload)


@settings(max_examples=400)
@given(st.sampled_from(RECORDED), st.lists(st.integers(0, 20), min_size=1, max_size=5), JSON)
def test_any_spoiled_message_is_read_or_unreadable(message: Any, path: list[int], value: Any) -> None:
    payload = json.dumps(spoiled(message, path, value))
    for read in READERS:
        with suppress(robot.UnreadableError):
            read(payload)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(SIGNS), st.lists(st.integers(0, 20), max_size=5), JSON, st.booleans()),
        max_size=6,
    )
)
def test_what_is_read_can_be_worked_in_and_stored(messages: list[Any]) -> None:
    ledger = Ledger()
    household = Household()
    for message, path, value, spoil in messages:
        payload = json.dumps(spoiled(message, path, value) if spoil and path else message)
        try:
            sign = robot.read_sign(ROBOT, payload)
        except robot.UnreadableError:
            continue
        household, effects = household.take(sign, sign.at, Setting())
        ledger = ledger.with_effects(household, effects, [ROBOT], sign.at)
    assert household_from_document(household_to_document(household)) == household
    document = ledger_to_document(ledger)
    assert ledger_from_document(json.loads(json.dumps(document, allow_nan=False))) == ledger


@settings(max_examples=300)
@given(
    st.sampled_from(["downlink_incident", "downlink_say"]),
    st.lists(st.integers(0, 20), min_size=1, max_size=5),
    JSON,
)
def test_any_downlink_is_read_or_a_bad_answer(name: str, path: list[int], value: Any) -> None:
    recorded = contract(f"jwt/{name}")
    claims = spoiled(recorded["claims"], path, value)
    payload = json.dumps(claims).encode()
    header = {"typ": "seogu-downlink+jwt", "kid": BRIDGE.kid}
    compact = jwt.api_jws.encode(payload, BRIDGE.key, algorithm="EdDSA", headers=header)
    with suppress(BadAnswerError):
        bridge.read_downlink(compact, BRIDGE.jwk, HOME)


@settings(max_examples=300)
@example("receipt", [12], True)
@given(st.sampled_from(["receipt", "welcome"]), st.lists(st.integers(0, 20), min_size=1, max_size=4), JSON)
def test_any_answer_is_read_or_a_bad_answer(name: str, path: list[int], value: Any) -> None:
    recorded = contract(f"jwt/{name}")
    payload = json.dumps(spoiled(recorded["claims"], path, value)).encode()
    header = {"typ": recorded["header"]["typ"], "kid": BRIDGE.kid}
    compact = jwt.api_jws.encode(payload, BRIDGE.key, algorithm="EdDSA", headers=header)
    with suppress(BadAnswerError):
        bridge.read_receipt(compact, BRIDGE.jwk, HOME, recorded["claims"].get("jti", "x"))
    with suppress(BadAnswerError):
        bridge.read_welcome(compact, BRIDGE.jwk)


@given(st.text())
def test_any_text_is_a_bad_answer(compact: str) -> None:
    with suppress(BadAnswerError):
        bridge.read_downlink(compact, BRIDGE.jwk, HOME)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_events_come_out_whole_however_they_are_cut(cuts: list[int]) -> None:
    stream = ": hi\n\nid: 17\nevent: message\ndata: 가나\n\nid: 18\r\ndata: b\r\ndata: c\r\n\r\n".encode()
    reader, events, at = EventReader(), [], 0
    for cut in [*cuts, len(stream)]:
        events += reader.feed(stream[at : at + cut])
        at += cut
    assert [(event.id, event.data) for event in events] == [("17", "가나"), ("18", "b\nc")]


@given(st.binary(max_size=400))
def test_any_stream_is_events_or_nothing(chunk: bytes) -> None:
    EventReader().feed(chunk)
