"""The home writes and reads the recorded messages that hold robot, home and bridge together."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from custom_components.seogu_care.bridge import messages as bridge
from custom_components.seogu_care.bridge.errors import BadAnswerError
from custom_components.seogu_care.bridge.keys import public_key, thumbprint
from custom_components.seogu_care.care import fields
from custom_components.seogu_care.care.effects import Phrase
from custom_components.seogu_care.care.incident import State
from custom_components.seogu_care.care.signs import (
    Answer,
    BridgeStep,
    Cry,
    DeviceReport,
    Fall,
    HandOver,
    HelpCall,
    Sos,
)
from custom_components.seogu_care.care.wire import incident_from_wire, incident_to_wire
from custom_components.seogu_care.ledger import Ledger, ledger_from_document, ledger_to_document
from custom_components.seogu_care.robot import messages as robot
from tests.seogu_care.bridge_double import contract_key
from tests.seogu_care.conftest import CONTRACT, contract

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
IAT = 1795316400
HOME = "h-2b7e1516"
ROBOT = "seogu-7f3a"
FALL = "019aa123-0000-7000-8000-000000000001"
KEYS = contract("keys")


def raw(name: str) -> bytes:
    return (CONTRACT / "mqtt" / f"{name}.json").read_bytes()


def message_id(number: int) -> str:
    return f"019aa123-0000-7000-8000-{number:012x}"


@pytest.fixture
def born(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The next message's id, as it was when the contract was recorded."""

    def next_id(number: int) -> None:
        monkeypatch.setattr(uuid, "uuid7", lambda: message_id(number))

    return next_id


def until(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_ask_is_written_as_recorded(born: Callable[[int], None]) -> None:
    born(2)
    command = robot.ask_command(ROBOT, FALL, 20, AT, until("2026-11-22T03:01:00Z"))
    assert command.payload == contract("mqtt/command_ask")


def test_phrase_is_written_as_recorded(born: Callable[[int], None]) -> None:
    born(8)
    command = robot.say_command(
        ROBOT, AT, until("2026-11-22T03:10:00Z"), phrase=Phrase.HELP_COMING, incident=FALL, urgent=True
    )
    assert command.payload == contract("mqtt/command_say")


def test_words_are_written_as_recorded(born: Callable[[int], None]) -> None:
    born(9)
    command = robot.say_command(ROBOT, AT, until("2026-11-22T03:10:00Z"), text="점심 드셨어요?")
    assert command.payload == contract("mqtt/command_say_text")


def test_copy_of_an_incident_is_written_as_recorded(born: Callable[[int], None]) -> None:
    born(10)
    recorded = contract("mqtt/command_incident")
    incident = incident_from_wire(recorded["data"]["incident"])
    command = robot.mirror_command(ROBOT, incident, AT, until("2026-11-23T03:00:00Z"))
    assert command.payload == recorded


def test_link_is_written_as_recorded(born: Callable[[int], None]) -> None:
    born(11)
    command = robot.link_command(
        ROBOT, HOME, "https://bridge.example", KEYS["bridge"]["jwk"], AT, until("2026-11-23T03:00:00Z")
    )
    assert command.payload == contract("mqtt/command_link")


def test_receipt_is_written_as_recorded() -> None:
    assert robot.home_receipt(message_id(1), AT) == contract("mqtt/receipt_home")


def test_home_message_is_written_as_recorded(born: Callable[[int], None]) -> None:
    born(18)
    boot = "0f3c1d9e-5b7a-4a52-9a51-3b1f0a6c7d21"
    assert robot.home_message(boot, [FALL], AT) == contract("mqtt/home")


def test_hello_is_read() -> None:
    hello = robot.read_hello(raw("hello"))
    assert (hello.robot, hello.name, hello.can) == (ROBOT, "돌봄로봇", ("speak", "listen", "wearable"))
    assert thumbprint(hello.jwk) == KEYS["robot"]["kid"]


def test_heartbeat_is_read() -> None:
    beat = robot.read_heartbeat(raw("heartbeat"))
    assert (beat.alone, beat.wearable, beat.battery, beat.worn) == (False, "online", 81, True)


def test_wearable_that_lies_about_is_read() -> None:
    beat, sign = contract("mqtt/heartbeat"), contract("mqtt/sign_device")
    beat["wearable"]["worn"] = False
    assert not robot.read_heartbeat(json.dumps(beat)).worn
    for told in ("not_worn", "worn"):
        sign["data"]["state"] = told
        read = robot.read_sign(ROBOT, json.dumps(sign))
        assert isinstance(read, DeviceReport)
        assert read.state == told


def test_robots_receipt_is_read() -> None:
    assert robot.read_receipt(raw("receipt_robot")).id == message_id(2)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fall", Fall),
        ("help_call", HelpCall),
        ("cry", Cry),
        ("sos", Sos),
        ("answer", Answer),
        ("device", DeviceReport),
        ("incident", HandOver),
    ],
)
def test_sign_is_read(name: str, kind: type[Any]) -> None:
    recorded = contract(f"mqtt/sign_{name}")
    sign = robot.read_sign(ROBOT, raw(f"sign_{name}"))
    assert isinstance(sign, kind)
    assert sign.id == recorded["id"]
    assert sign.at == AT


def test_name_that_cannot_be_read_refuses_no_fall() -> None:
    for name, whose in (("김복순", "김복순"), (None, None), (7, None), ("가" * 500, None), ("\ud800", None)):
        fall = contract("mqtt/sign_fall")
        fall["data"]["resident"] = name
        sign = robot.read_sign(ROBOT, json.dumps(fall))
        assert isinstance(sign, Fall)
        assert sign.resident == whose


def test_incident_comes_back_as_it_went() -> None:
    recorded = contract("mqtt/sign_incident")["data"]["incident"]
    assert incident_to_wire(incident_from_wire(recorded)) == recorded


def signed(name: str, compact: str) -> None:
    """The same header, the same claims, and a signature that holds."""
    recorded = contract(f"jwt/{name}")
    assert jwt.get_unverified_header(compact) == recorded["header"]
    key = public_key(KEYS[recorded["signed_by"]]["jwk"])
    claims = jwt.decode(
        compact,
        key,
        algorithms=["EdDSA"],
        audience="seogu-bridge",
        options={"verify_iat": False},
    )
    assert claims == recorded["claims"]


def test_enrol_is_written_as_recorded() -> None:
    signed("enrol", bridge.enrol_jwt(contract_key("home"), "ABCD-EFGH", "0.1.0", IAT, message_id(48)))


def test_batch_is_written_as_recorded() -> None:
    recorded = contract("jwt/batch")["claims"]["messages"]
    incident = incident_from_wire(recorded[0]["incident"])
    parts = {"home": "online", "robot": "online", "wearable": "offline"}
    ledger = Ledger(numbered=6)
    for message in (
        bridge.incident_message(incident, AT, message_id(32)),
        bridge.robot_key_message(ROBOT, KEYS["robot"]["jwk"], AT, message_id(33)),
        bridge.downlink_receipt(17, AT, message_id(34)),
        bridge.routine_message(recorded[3]["days"], AT, message_id(36)),
    ):
        ledger = ledger.with_message(message)
    messages = [*ledger.outbox, bridge.heartbeat_message(parts, 0, AT, message_id(35))]
    jti = "019aa123-0000-7000-8000-0000000000b1"
    signed("batch", bridge.batch_jwt(contract_key("home"), HOME, messages, IAT, jti)[0])


def test_new_key_is_told_as_recorded() -> None:
    old, fresh = contract_key("home"), contract_key("home_next")
    ledger = Ledger(numbered=11).with_message(bridge.new_key_message(old, fresh, HOME, AT, message_id(54)))
    parts = {"home": "online", "robot": "online", "wearable": "offline"}
    beat = bridge.heartbeat_message(parts, 1, AT, message_id(55), {"robot": AT, "sensors": AT})
    boot = contract("jwt/batch_new_key")["claims"]["boot"]
    signed(
        "batch_new_key",
        bridge.batch_jwt(old, HOME, [*ledger.outbox, beat], IAT, message_id(53), boot)[0],
    )


def test_messages_are_numbered_without_a_gap_and_through_a_restart() -> None:
    ledger = Ledger().with_message(bridge.downlink_receipt(1, AT))
    ledger = ledger.settled(frozenset(message["id"] for message in ledger.outbox), {})
    ledger = ledger_from_document(ledger_to_document(ledger)).with_message(bridge.downlink_receipt(2, AT))
    assert [message["seq"] for message in ledger.outbox] == [2]


def test_ledger_from_before_the_numbering_starts_at_one() -> None:
    document = ledger_to_document(Ledger())
    del document["numbered"]
    ledger = ledger_from_document(document).with_message(bridge.downlink_receipt(1, AT))
    assert [message["seq"] for message in ledger.outbox] == [1]


def test_listen_is_written_as_recorded() -> None:
    signed("listen", bridge.listen_jwt(contract_key("home"), HOME, IAT, message_id(52)))


def test_welcome_is_read() -> None:
    welcome = bridge.read_welcome(contract("jwt/welcome")["compact"], KEYS["bridge"]["jwk"])
    assert (welcome.home, welcome.neighbourhood, welcome.heartbeat_s) == (HOME, "둔산1동", 30)
    assert welcome.bridge_jwk == KEYS["bridge"]["jwk"]


def test_receipt_is_read() -> None:
    recorded = contract("jwt/receipt")
    jti = recorded["claims"]["jti"]
    receipt = bridge.read_receipt(recorded["compact"], KEYS["bridge"]["jwk"], HOME, jti)
    assert receipt.settled == {message_id(32), message_id(34), message_id(35)}
    assert list(receipt.refused) == [message_id(33)]


def test_receipt_for_another_batch_or_home_is_none() -> None:
    recorded = contract("jwt/receipt")
    jwk, jti = KEYS["bridge"]["jwk"], recorded["claims"]["jti"]
    with pytest.raises(BadAnswerError, match="another batch"):
        bridge.read_receipt(recorded["compact"], jwk, HOME, "another")
    with pytest.raises(BadAnswerError, match="does not hold"):
        bridge.read_receipt(recorded["compact"], jwk, "h-another", jti)
    with pytest.raises(BadAnswerError, match="of this bridge's key"):
        bridge.read_receipt(recorded["compact"], KEYS["robot"]["jwk"], HOME, jti)


def test_message_of_one_kind_does_not_pass_for_another() -> None:
    with pytest.raises(BadAnswerError, match="no seogu-receipt"):
        bridge.read_receipt(contract("jwt/downlink_say")["compact"], KEYS["bridge"]["jwk"], HOME, "x")


def test_downlinks_are_read() -> None:
    jwk = KEYS["bridge"]["jwk"]
    step = bridge.read_downlink(contract("jwt/downlink_incident")["compact"], jwk, HOME)
    assert step.seq == 17
    assert step.says == BridgeStep(incident=FALL, state=State.ACKNOWLEDGED, by="김복지")
    words = bridge.read_downlink(contract("jwt/downlink_say")["compact"], jwk, HOME)
    assert words.says == bridge.CaseworkerWords("오늘 오후에 들르겠습니다.", "김복지")
    asked = bridge.read_downlink(contract("jwt/downlink_rotate_key")["compact"], jwk, HOME)
    assert asked.says == bridge.RotateKey(KEYS["home"]["kid"])


def test_only_eddsa_is_accepted() -> None:
    claims = contract("jwt/downlink_say")["claims"]
    header = {"typ": "seogu-downlink+jwt", "kid": KEYS["bridge"]["kid"]}
    for algorithm, key in (("none", None), ("HS256", KEYS["bridge"]["jwk"]["x"])):
        token = jwt.encode(claims, key, algorithm=algorithm, headers=header)
        with pytest.raises(BadAnswerError, match="does not hold"):
            bridge.read_downlink(token, KEYS["bridge"]["jwk"], HOME)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    seoul = datetime.fromisoformat("2026-11-22T12:00:00.123456+09:00")
    assert fields.written(seoul) == "2026-11-22T03:00:00.123Z"
