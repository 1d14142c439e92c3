"""The robot's side of every message, held to the recorded ones and to anything else that may arrive."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime import identity, incident, sign, times
from robot_runtime.errors import BridgeError, MessageError
from robot_runtime.identity import Identity
from robot_runtime.link import messages, sse, tokens
from robot_runtime.link.letters import Letters
from robot_runtime.link.messages import Ask, BridgeLink, Health, Mirror, Question, Say, Self, SetLink
from robot_runtime.sign import Sign
from robot_runtime.store import Store
from tests.robot_runtime.rig import KEYS, private_key, recorded

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LINK = BridgeLink("h-2b7e1516", "https://bridge.example", KEYS["bridge"]["jwk"])


def _bytes(name: str) -> bytes:
    return json.dumps(recorded(f"mqtt/{name}"), ensure_ascii=False).encode()


def test_recorded_commands_are_read() -> None:
    fall = "019aa123-0000-7000-8000-000000000001"
    ask = messages.read_command(_bytes("command_ask"))
    assert ask == Ask(
        "019aa123-0000-7000-8000-000000000002", AT + timedelta(seconds=60), fall, "check_in", 20
    )
    say = messages.read_command(_bytes("command_say"))
    assert isinstance(say, Say)
    assert (say.phrase, say.text, say.urgent, say.incident) == ("help_coming", None, True, fall)
    text = messages.read_command(_bytes("command_say_text"))
    assert isinstance(text, Say)
    assert (text.phrase, text.text, text.urgent) == (None, "점심 드셨어요?", False)
    question = messages.read_command(_bytes("command_question"))
    assert isinstance(question, Question)
    assert (question.text, question.listen_s) == ("거실 불을 끌까요?", 15)
    assert question.answers == {"off": ("네", "꺼 줘"), "on": ("아니",)}
    mirror = messages.read_command(_bytes("command_incident"))
    assert isinstance(mirror, Mirror)
    assert mirror.incident.to_wire() == recorded("mqtt/command_incident")["data"]["incident"]
    assert mirror.delivered is False
    link = messages.read_command(_bytes("command_link"))
    assert isinstance(link, SetLink)
    assert messages.link_to_wire(link.link) == recorded("mqtt/command_link")["data"]


@pytest.mark.parametrize(
    "changes",
    [
        {"answers": []},
        {"answers": {"a": "네"}},
        {"answers": {"a": ["네"] * 51}},
        {"answers": {"a": [""]}},
        {"answers": {str(number): ["네"] for number in range(21)}},
        {"text": ""},
        {"listen_s": 1000},
    ],
)
def test_question_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    whole = recorded("mqtt/command_question")
    with pytest.raises(MessageError):
        messages.read_command(json.dumps({**whole, "data": whole["data"] | changes}).encode())


@pytest.mark.parametrize("name", ["answered", "reply"])
def test_letters_are_written_as_recorded_and_sent_until_the_receipt(name: str, tmp_path: Path) -> None:
    wire = recorded(f"mqtt/talk_{name}")
    store = Store(tmp_path)
    sent: list[dict[str, Any]] = []
    letters = Letters(store, lambda _topic, letter: sent.append(letter))
    kind, data = wire["data"]["kind"], {key: text for key, text in wire["data"].items() if key != "kind"}
    assert letters.add(kind, data, wire["id"]) == wire["id"]
    assert letters.add(kind, data, wire["id"]) == wire["id"]  # as after a kill in between
    assert [{**each, "at": wire["at"]} for each in sent] == [wire, wire]
    assert letters.receipted(wire["id"])
    letters.send_all()
    assert len(sent) == 2
    store.close()


def test_recorded_words_of_the_home_are_read() -> None:
    receipt = messages.read_receipt(_bytes("receipt_home"))
    assert (receipt.result, receipt.reason) == ("stored", None)
    home = messages.read_home(_bytes("home"))
    assert home.open == {"019aa123-0000-7000-8000-000000000001"}


def test_hello_and_heartbeat_are_written_as_recorded() -> None:
    hello, beat = recorded("mqtt/hello"), recorded("mqtt/heartbeat")
    me = Self(
        "seogu-7f3a", "돌봄로봇", "ko", hello["boot"], KEYS["robot"]["jwk"], ("speak", "listen", "wearable")
    )
    assert messages.hello(me, hello["id"], AT) == hello
    health = Health("with_home", "online", 81, 0, 0)
    assert messages.heartbeat(beat["boot"], beat["id"], AT, health) == beat
    assert messages.heartbeat("b", "i", AT, replace(health, trouble=("speech",)))["trouble"] == ["speech"]
    lies_about = messages.heartbeat("b", "i", AT, replace(health, worn=False))
    assert lies_about["wearable"] == {"state": "online", "battery": 81, "worn": False}


@pytest.mark.parametrize("kind", ["fall", "help_call", "cry", "sos", "answer", "device", "incident"])
def test_signs_are_written_as_recorded(kind: str) -> None:
    wire = recorded(f"mqtt/sign_{kind}")
    assert Sign(wire["id"], wire["type"], AT, wire["data"]).to_wire() == wire


def test_receipt_is_written_as_recorded() -> None:
    wire = recorded("mqtt/receipt_robot")
    assert messages.receipt(wire["id"], AT, "done") == wire


def test_batch_is_signed_as_recorded() -> None:
    wire = recorded("jwt/batch_from_robot")
    me = Identity(private_key("robot"))
    compact, jti = tokens.sign_batch(me, "h-2b7e1516", wire["claims"]["messages"], wire["claims"]["iat"])
    assert jwt.get_unverified_header(compact) == wire["header"]
    claims = jwt.decode(compact, private_key("robot").public_key(), ["EdDSA"], audience="seogu-bridge")
    assert claims == {**wire["claims"], "jti": jti}
    again, other = tokens.sign_batch(me, "h-2b7e1516", [], 0)
    assert other != jti
    assert again != compact


def test_new_keys_proof_is_as_recorded() -> None:
    (told, _) = recorded("jwt/batch_new_key")["claims"]["messages"]
    old, fresh = Identity(private_key("home")), Identity(private_key("home_next"))
    iat = recorded("jwt/batch_new_key")["claims"]["iat"]
    assert tokens.new_key(old, fresh, "h-2b7e1516", iat) == told["proof"]
    assert fresh.kid == told["kid"]


def test_listen_token_has_the_recorded_claims() -> None:
    wire = recorded("jwt/listen")
    compact = tokens.sign_listen(Identity(private_key("robot")), "h-2b7e1516", wire["claims"]["iat"])
    header = jwt.get_unverified_header(compact)
    assert header == {**wire["header"], "kid": KEYS["robot"]["kid"]}
    claims = jwt.decode(compact, options={"verify_signature": False})
    assert {**claims, "jti": ""} == {**wire["claims"], "jti": ""}


def test_recorded_receipt_is_accepted_for_its_own_batch_alone() -> None:
    wire = recorded("jwt/receipt")
    found = tokens.read_receipt(wire["compact"], LINK, wire["claims"]["jti"])
    assert found.stored == {*wire["claims"]["stored"], *wire["claims"]["duplicate"]}
    assert list(found.refused) == [wire["claims"]["refused"][0]["id"]]
    with pytest.raises(BridgeError, match="another batch"):
        tokens.read_receipt(wire["compact"], LINK, "another")


def test_receipt_for_another_home_by_another_key_or_of_another_type_is_none() -> None:
    wire = recorded("jwt/receipt")
    jti = wire["claims"]["jti"]
    header = wire["header"]
    with pytest.raises(BridgeError):
        tokens.read_receipt(wire["compact"], replace(LINK, home="h-other"), jti)
    with pytest.raises(BridgeError):
        tokens.read_receipt(wire["compact"], replace(LINK, bridge_jwk=KEYS["home"]["jwk"]), jti)
    forged = jwt.encode(wire["claims"], private_key("robot"), "EdDSA", header)
    with pytest.raises(BridgeError):
        tokens.read_receipt(forged, LINK, jti)
    unsigned = jwt.encode(wire["claims"], None, "none", {**header, "alg": "none"})
    with pytest.raises(BridgeError):
        tokens.read_receipt(unsigned, LINK, jti)
    dressed = jwt.encode(
        wire["claims"], private_key("bridge"), "EdDSA", {**header, "typ": "seogu-welcome+jwt"}
    )
    with pytest.raises(BridgeError, match="seogu-welcome"):
        tokens.read_receipt(dressed, LINK, jti)
    empty = jwt.encode(
        {"iss": "seogu-bridge", "aud": LINK.home, "jti": jti}, private_key("bridge"), "EdDSA", header
    )
    with pytest.raises(BridgeError, match="lacks"):
        tokens.read_receipt(empty, LINK, jti)


@pytest.mark.parametrize("name", ["downlink_incident", "downlink_say", "downlink_rotate_key"])
def test_recorded_downlink_is_read(name: str) -> None:
    wire = recorded(f"jwt/{name}")
    found = tokens.read_downlink(wire["compact"], LINK)
    assert (found.seq, found.message) == (wire["claims"]["seq"], wire["claims"]["message"])


def test_own_key_is_made_once_and_only_for_its_owner(tmp_path: Any) -> None:
    first = identity.load_or_create(tmp_path)
    assert identity.load_or_create(tmp_path).jwk == first.jwk
    assert (tmp_path / "robot.key").stat().st_mode & 0o077 == 0
    assert Identity(private_key("robot")).kid == KEYS["robot"]["kid"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused_with_a_reason(payload: bytes) -> None:
    for read in (messages.read_command, messages.read_receipt, messages.read_home):
        with pytest.raises(MessageError, match=r"."):
            read(payload)


@given(
    st.sampled_from(
        ["command_ask", "command_say", "command_incident", "command_link", "receipt_home", "home"]
    ),
    st.data(),
)
def test_recorded_message_with_any_field_changed_is_read_or_refused(name: str, data: st.DataObject) -> None:
    raw = recorded(f"mqtt/{name}")
    where = raw
    while True:
        key = data.draw(st.sampled_from(sorted(where)))
        if isinstance(where[key], dict) and where[key] and data.draw(st.booleans()):
            where = where[key]
            continue
        where[key] = data.draw(json_values)
        break
    payload = json.dumps(raw).encode()
    read = {"receipt_home": messages.read_receipt, "home": messages.read_home}.get(
        name, messages.read_command
    )
    with contextlib.suppress(MessageError):
        found = read(payload)
        assert found.id if hasattr(found, "id") else found.boot


@given(json_values)
def test_incident_of_any_shape_is_read_or_refused(raw: Any) -> None:
    with pytest.raises(MessageError):
        incident.from_wire(raw)


@given(st.text(), json_values)
def test_outcome_of_any_shape_is_read_or_refused(state: str, outcome: Any) -> None:
    with pytest.raises(MessageError):
        incident.checked_outcome(state, outcome)
    with contextlib.suppress(MessageError):
        assert incident.checked_outcome("closed", outcome) is None


@given(st.text())
def test_downlink_of_any_text_is_refused(compact: str) -> None:
    with pytest.raises(BridgeError):
        tokens.read_downlink(compact, LINK)


def test_event_stream_gives_whole_events_with_their_ids() -> None:
    parser = sse.EventParser()
    lines = [": keep-alive", "", "id: 17", "event: message", "data: one", "data: two", "", "data:x", ""]
    found = [event for event in map(parser.line, lines) if event]
    assert [(each.id, each.data) for each in found] == [("17", "one\ntwo"), ("17", "x")]


def test_endless_event_is_dropped_without_filling_the_memory() -> None:
    parser = sse.EventParser()
    for _ in range(100):
        assert parser.line("data: " + "x" * 10_000) is None
    assert parser.line("") is None
    assert parser.line("data: after") is None
    assert parser.line("") == sse.ServerEvent("", "message", "after")


def test_stamps_are_utc_with_milliseconds() -> None:
    assert times.stamp(AT) == "2026-11-22T03:00:00.000Z"
    assert times.parse_stamp("2026-11-22T12:00:00.000+09:00") == AT
    with pytest.raises(ValueError, match="zone"):
        times.parse_stamp("2026-11-22T12:00:00")


def test_incident_opened_alone_has_the_signs_id() -> None:
    wire = recorded("mqtt/sign_help_call")
    opened = sign.opens(Sign(wire["id"], "help_call", AT, wire["data"]))
    assert (opened.id, opened.kind, opened.severity) == (wire["id"], "help_call", "emergency")
    assert incident.from_wire(opened.to_wire()) == opened
