"""The robot's side of every MQTT message (docs/protocol.md): reads the home's, writes its own."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robot_runtime import __version__, incident, times
from robot_runtime.errors import MessageError

if TYPE_CHECKING:
    from datetime import datetime

    from robot_runtime.incident import Incident

LARGEST_PAYLOAD = 64 * 1024
"""Bytes; docs/protocol.md."""
LONGEST_LISTEN_S = 120.0
LONGEST_TEXT = 2000
MOST_SLOTS = 10
MOST_ANSWERS = 20
MOST_SENTENCES = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask aloud and listen for an answer."""

    id: str
    expires_at: datetime
    incident: str
    phrase: str
    listen_s: float


@dataclass(frozen=True, slots=True)
class Say:
    """Say a phrase the robot knows, or a text. ``waits``: not before the quiet hours are over."""

    id: str
    expires_at: datetime
    phrase: str | None
    text: str | None
    urgent: bool
    incident: str | None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Ask something that is no check-in, and tell what was answered. ``answers``: sentences by their id."""

    id: str
    expires_at: datetime
    text: str
    answers: dict[str, tuple[str, ...]]
    listen_s: float


@dataclass(frozen=True, slots=True)
class Talk:
    """Begin a dialogue of the robot's file of talk, with what it needs to know."""

    id: str
    expires_at: datetime
    dialogue: str
    slots: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mirror:
    """An incident of the home, to carry on if the home dies."""

    id: str
    expires_at: datetime
    incident: Incident
    delivered: bool


@dataclass(frozen=True, slots=True)
class BridgeLink:
    """How to reach the bridge without the home."""

    home: str
    url: str
    bridge_jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class SetLink:
    """Remember how to reach the bridge."""

    id: str
    expires_at: datetime
    link: BridgeLink


@dataclass(frozen=True, slots=True)
class RotateKey:
    """The robot whose key is named ``kid`` shall make a new one."""

    id: str
    expires_at: datetime
    kid: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The home has stored or refused a sign."""

    id: str
    result: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class HomeAlive:
    """Home Assistant lives, and these incidents are open there."""

    at: datetime
    boot: str
    open: frozenset[str]


type Command = Ask | Say | Question | Talk | Mirror | SetLink | RotateKey


_KINDS = frozenset({"ask", "say", "question", "talk", "incident", "link", "rotate_key"})


def read_command(payload: bytes) -> Command:
    """Reads a command; raises ``MessageError`` with its id, where it has one."""
    raw = _read(payload)
    message_id = str(raw["id"])
    try:
        return _command(message_id, raw)
    except MessageError as error:
        raise MessageError(str(error), message_id) from error


def _command(message_id: str, raw: dict[str, Any]) -> Command:
    kind, data = raw.get("type"), raw.get("data")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise MessageError(f"the robot knows no command {kind!r:.60}")
    expires_at = _time(raw, "expires_at")
    if not isinstance(data, dict):
        raise MessageError("data must be an object")
    if kind == "ask":
        return Ask(message_id, expires_at, _text(data, "incident"), _text(data, "phrase"), _listen_s(data))
    if kind == "say":
        return _say(message_id, expires_at, data)
    if kind == "question":
        text = _text(data, "text", longest=LONGEST_TEXT)
        return Question(message_id, expires_at, text, _answers(data.get("answers", {})), _listen_s(data))
    if kind == "talk":
        return Talk(message_id, expires_at, _text(data, "dialogue"), _slots(data.get("slots", {})))
    if kind == "incident":
        delivered = _flag(data, "delivered")
        return Mirror(message_id, expires_at, incident.from_wire(data.get("incident")), delivered)
    return (
        RotateKey(message_id, expires_at, _text(data, "kid"))
        if kind == "rotate_key"
        else SetLink(message_id, expires_at, read_link(data))
    )


def read_receipt(payload: bytes) -> Receipt:
    """Reads the home's receipt for a sign."""
    raw = _read(payload)
    result = raw.get("result")
    if raw.get("type") != "receipt" or not isinstance(result, str) or result not in {"stored", "refused"}:
        raise MessageError("a receipt has the type 'receipt' and the result 'stored' or 'refused'", raw["id"])
    reason = raw.get("reason")
    return Receipt(raw["id"], result, reason if isinstance(reason, str) else None)


def read_home(payload: bytes) -> HomeAlive:
    """Reads the home's sign of life."""
    raw = _read(payload)
    still_open = raw.get("open")
    if raw.get("type") != "home" or not isinstance(still_open, list):
        raise MessageError("a home message has the type 'home' and a list 'open'", raw["id"])
    return HomeAlive(_time(raw, "at"), _text(raw, "boot"), frozenset(map(str, still_open)))


def read_link(data: dict[str, Any]) -> BridgeLink:
    """Reads ``home``, ``url`` and ``bridge_jwk``."""
    jwk = data.get("bridge_jwk")
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise MessageError("bridge_jwk must be an Ed25519 public key (RFC 8037)")
    url = _text(data, "url")
    if not url.startswith(("https://", "http://")):
        raise MessageError("url must begin with https:// (or http:// within one machine)")
    return BridgeLink(
        _text(data, "home"), url.rstrip("/"), {"kty": "OKP", "crv": "Ed25519", "x": _text(jwk, "x")}
    )


def link_to_wire(link: BridgeLink) -> dict[str, Any]:
    """As the home sent it; the store keeps it in this form."""
    return {"home": link.home, "url": link.url, "bridge_jwk": link.bridge_jwk}


@dataclass(frozen=True, slots=True)
class Self:
    """What the robot tells of itself in hello and heartbeat."""

    robot: str
    name: str
    language: str
    boot: str
    jwk: dict[str, str]
    can: tuple[str, ...]
    proofs: tuple[str, ...] = ()
    """Former keys' words for the next ones, so that the home knows the robot again."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the robot's parts are."""

    mode: str
    wearable: str
    battery: int | None
    waiting: int
    refused: int
    trouble: tuple[str, ...] = ()
    worn: bool = True


def hello(me: Self, message_id: str, wall: datetime, trouble: tuple[str, ...] = ()) -> dict[str, Any]:
    """Who the robot is; ``trouble`` names what its keeper should look at, and is left out when empty."""
    return {
        "v": 1,
        "id": message_id,
        "type": "hello",
        "at": times.stamp(wall),
        "robot": me.robot,
        "boot": me.boot,
        "name": me.name,
        "software": __version__,
        "language": me.language,
        "jwk": me.jwk,
        "can": list(me.can),
    } | {name: list(told) for name, told in (("trouble", trouble), ("proofs", me.proofs)) if told}


def heartbeat(boot: str, message_id: str, wall: datetime, health: Health) -> dict[str, Any]:
    """That the robot lives, and how its parts are; ``worn`` is left out unless a wearable lies about."""
    wearable = {"state": health.wearable, "battery": health.battery}
    return {
        "v": 1,
        "id": message_id,
        "type": "heartbeat",
        "at": times.stamp(wall),
        "boot": boot,
        "mode": health.mode,
        "wearable": wearable if health.worn else wearable | {"worn": False},
        "waiting": health.waiting,
        "refused": health.refused,
    } | ({"trouble": list(health.trouble)} if health.trouble else {})


def receipt(command_id: str, wall: datetime, result: str, reason: str | None = None) -> dict[str, Any]:
    """What became of a command: ``done``, ``expired`` or ``refused``."""
    return {
        "v": 1,
        "id": command_id,
        "type": "receipt",
        "at": times.stamp(wall),
        "result": result,
        "reason": reason,
    }


def encode(message: dict[str, Any]) -> bytes:
    """UTF-8 JSON."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _say(message_id: str, expires_at: datetime, data: dict[str, Any]) -> Say:
    phrase = None if data.get("phrase") is None else _text(data, "phrase")
    text = None if data.get("text") is None else _text(data, "text", longest=LONGEST_TEXT)
    if (phrase is None) == (text is None):
        raise MessageError("say needs either a phrase or a text")
    about = None if data.get("incident") is None else _text(data, "incident")
    urgent, waits = _flag(data, "urgent"), _flag(data, "waits")
    return Say(message_id, expires_at, phrase, text, urgent, about, waits)


def _answers(raw: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(raw, dict) or len(raw) > MOST_ANSWERS:
        raise MessageError(f"answers must be an object with at most {MOST_ANSWERS} lists of sentences")
    for sentences in raw.values():
        if not isinstance(sentences, list) or len(sentences) > MOST_SENTENCES:
            raise MessageError(f"an answer is a list of at most {MOST_SENTENCES} sentences")
        if not all(isinstance(each, str) and 0 < len(each) <= 200 for each in sentences):  # noqa: PLR2004 - as any text
            raise MessageError("a sentence must be text of 1 to 200 characters")
    return {str(key): tuple(sentences) for key, sentences in raw.items()}


def _slots(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or len(raw) > MOST_SLOTS:
        raise MessageError(f"slots must be an object with at most {MOST_SLOTS} texts")
    return {str(key): _text(raw, key, longest=500) for key in raw}


def _read(payload: bytes) -> dict[str, Any]:
    if len(payload) > LARGEST_PAYLOAD:
        raise MessageError(f"a message has at most {LARGEST_PAYLOAD} bytes, not {len(payload)}")
    try:
        raw = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise MessageError("a message is a JSON object")
    message_id = raw.get("id")
    if not isinstance(message_id, str) or not 0 < len(message_id) <= 200:  # noqa: PLR2004 - an id is 36 characters
        raise MessageError("the message has no id")
    if raw.get("v") != 1:
        raise MessageError(f"the robot reads version 1 of the messages, not {raw.get('v')!r:.20}", message_id)
    return raw


def _time(raw: dict[str, Any], key: str) -> datetime:
    try:
        return times.parse_stamp(raw.get(key))
    except ValueError as error:
        raise MessageError(f"{key}: {error}", raw.get("id")) from error


def _text(raw: dict[str, Any], key: str, longest: int = 200) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MessageError(f"{key} must be text of 1 to {longest} characters")
    return value


def _flag(raw: dict[str, Any], key: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise MessageError(f"{key} must be true or false")
    return value


def _listen_s(data: dict[str, Any]) -> float:
    value = data.get("listen_s")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST_LISTEN_S:
        raise MessageError(f"listen_s must be a number above 0 and at most {LONGEST_LISTEN_S:g}")
    return float(value)
