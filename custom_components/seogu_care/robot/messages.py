"""What robot and home say to each other over MQTT (docs/protocol.md): written and read here, nowhere else."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from custom_components.seogu_care.bridge.keys import BadKeyError, public_jwk
from custom_components.seogu_care.care import fields
from custom_components.seogu_care.care.effects import Phrase
from custom_components.seogu_care.care.signs import (
    Answer,
    Cry,
    DeviceReport,
    Fall,
    HandOver,
    HelpCall,
    Sign,
    Sos,
)
from custom_components.seogu_care.care.wire import evidence_from_wire, incident_from_wire, incident_to_wire

if TYPE_CHECKING:
    from datetime import datetime

    from custom_components.seogu_care.care.incident import Incident

ROBOT_ID = re.compile(r"[a-z0-9_-]{3,64}")
MOST_BYTES = 64 * 1024
PREFIX = "seogu_care"
MOST_TROUBLES = 20
MOST_PROOFS = 10


@dataclass(frozen=True, slots=True)
class Hello:
    """Who a robot is."""

    robot: str
    boot: str
    name: str
    software: str
    language: str
    jwk: dict[str, str]
    can: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    """The robot's former keys' words for its next ones, oldest first."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """That a robot lives. ``wearable``: online, offline or none; ``battery`` in percent.

    ``worn`` is False while a wearable lies about; an older robot does not tell.
    """

    boot: str
    alone: bool
    wearable: str
    battery: int | None
    waiting: int
    refused: int
    trouble: frozenset[str] = frozenset()
    worn: bool = True


@dataclass(frozen=True, slots=True)
class RobotReceipt:
    """What became of a command."""

    id: str
    result: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Command:
    """A command on its way to a robot."""

    robot: str
    payload: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The command's id."""
        return str(self.payload["id"])

    @property
    def type(self) -> str:
        """ask, say, question, talk, incident or link."""
        return str(self.payload["type"])

    @property
    def incident(self) -> str | None:
        """The id of the incident it is about."""
        data = self.payload["data"]
        about = data.get("incident")
        return about.get("id") if isinstance(about, Mapping) else about

    @property
    def expires_at(self) -> datetime:
        """When the robot need not hear of it any more."""
        return fields.time(self.payload, "expires_at")


class UnreadableError(fields.MalformedError):
    """A payload that can't be read; ``sign_id`` is set when its id could be."""

    def __init__(self, reason: str, sign_id: str | None) -> None:
        """Keeps the id of the message that is at fault."""
        super().__init__(reason)
        self.sign_id = sign_id


def topic(robot: str, name: str) -> str:
    """The topic of one kind of message of one robot."""
    return f"{PREFIX}/{robot}/{name}"


def decode(payload: str | bytes | bytearray) -> Mapping[str, Any]:
    """A payload as a JSON object. Raises UnreadableError."""
    size = len(payload.encode("utf-8", "surrogatepass")) if isinstance(payload, str) else len(payload)
    if size > MOST_BYTES:
        raise UnreadableError("a payload may be 64 KiB at most", None)
    try:
        value = json.loads(payload, parse_constant=_no_constant)
    except (ValueError, RecursionError) as err:
        raise UnreadableError("the payload is no JSON", None) from err
    if not isinstance(value, dict):
        raise UnreadableError("the payload must be a JSON object", None)
    return value


def read_hello(payload: str | bytes | bytearray) -> Hello:
    """Raises UnreadableError."""
    data = decode(payload)
    try:
        fields.one_of(data, "type", "hello")
        robot = _robot_id(data)
        can, proofs = data.get("can"), data.get("proofs")
        return Hello(
            robot=robot,
            boot=fields.text(data, "boot", 64),
            name=fields.text(data, "name", 60),
            software=fields.text(data, "software", 40),
            language=fields.text(data, "language", 20),
            jwk=public_jwk(data.get("jwk")),
            can=tuple(str(item) for item in can) if isinstance(can, list) else (),
            proofs=tuple(str(item) for item in proofs[-MOST_PROOFS:]) if isinstance(proofs, list) else (),
        )
    except (fields.MalformedError, BadKeyError) as err:
        raise UnreadableError(str(err), None) from err


def read_heartbeat(payload: str | bytes | bytearray) -> Heartbeat:
    """Raises UnreadableError."""
    data = decode(payload)
    try:
        fields.one_of(data, "type", "heartbeat")
        wearable = fields.mapping(data.get("wearable"), "wearable")
        return Heartbeat(
            boot=fields.text(data, "boot", 64),
            alone=fields.one_of(data, "mode", "with_home", "alone") == "alone",
            wearable=fields.one_of(wearable, "state", "online", "offline", "none"),
            battery=None if wearable.get("battery") is None else fields.whole(wearable, "battery", 0, 100),
            waiting=fields.whole(data, "waiting", 0, 10**9),
            refused=fields.whole(data, "refused", 0, 10**9),
            trouble=_trouble(data.get("trouble")),
            worn=wearable.get("worn") is not False,
        )
    except fields.MalformedError as err:
        raise UnreadableError(str(err), None) from err


def read_receipt(payload: str | bytes | bytearray) -> RobotReceipt:
    """Raises UnreadableError."""
    data = decode(payload)
    try:
        return RobotReceipt(
            id=fields.text(data, "id", 64),
            result=fields.one_of(data, "result", "done", "expired", "refused"),
            reason=fields.optional_text(data, "reason", 500),
        )
    except fields.MalformedError as err:
        raise UnreadableError(str(err), None) from err


def read_sign(  # noqa: PLR0911 - one return a type of the contract reads best
    robot: str, payload: str | bytes | bytearray
) -> Sign:
    """Raises UnreadableError, with the sign's id where there is one."""
    message = decode(payload)
    sign_id: str | None = None
    try:
        sign_id = fields.text(message, "id", 64)
        at = fields.time(message, "at")
        kind = fields.text(message, "type", 60)
        data = fields.mapping(message.get("data"), "data")
        match kind:
            case "fall":
                return Fall(
                    id=sign_id,
                    at=at,
                    robot=robot,
                    certain=fields.one_of(data, "certainty", "suspected", "certain") == "certain",
                    score=fields.number(data, "score", 0, 1),
                    evidence=evidence_from_wire(data.get("evidence")),
                    resident=_whose(data),
                )
            case "help_call":
                intent = fields.one_of(data, "intent", "help", "fallen", "pain", "fire")
                score = fields.number(data, "score", 0, 1)
                return HelpCall(id=sign_id, at=at, robot=robot, intent=intent, score=score)
            case "cry":
                return Cry(id=sign_id, at=at, robot=robot, score=fields.number(data, "score", 0, 1))
            case "sos":
                source = fields.one_of(data, "source", "button", "wearable")
                return Sos(id=sign_id, at=at, robot=robot, source=source)
            case "answer":
                return Answer(
                    id=sign_id,
                    at=at,
                    robot=robot,
                    incident=fields.text(data, "incident", 64),
                    intent=fields.one_of(data, "intent", "okay", "help", "unclear", "none"),
                )
            case "device":
                return DeviceReport(
                    id=sign_id,
                    at=at,
                    robot=robot,
                    part=fields.one_of(data, "part", "wearable"),
                    state=fields.one_of(
                        data, "state", "online", "offline", "battery_low", "not_worn", "worn"
                    ),
                    battery=None if data.get("battery") is None else fields.whole(data, "battery", 0, 100),
                )
            case "incident":
                return HandOver(
                    id=sign_id, at=at, robot=robot, incident=incident_from_wire(data.get("incident"))
                )
            case _:
                return _unknown(kind)
    except fields.MalformedError as err:
        raise UnreadableError(str(err), sign_id) from err


def home_receipt(sign: str, now: datetime, reason: str | None = None) -> dict[str, Any]:
    """The home has stored a sign, or refuses it for a reason."""
    return {
        "v": 1,
        "id": sign,
        "type": "receipt",
        "at": fields.written(now),
        "result": "stored" if reason is None else "refused",
        "reason": reason,
    }


def home_message(boot: str, open_incidents: list[str], now: datetime) -> dict[str, Any]:
    """That Home Assistant lives."""
    return {**_head("home", now), "boot": boot, "open": open_incidents}


def ask_command(robot: str, incident: str, listen_s: int, now: datetime, until: datetime) -> Command:
    """The robot asks how the resident is."""
    data = {"incident": incident, "phrase": str(Phrase.CHECK_IN), "listen_s": listen_s}
    return command(robot, "ask", now, until, data)


def say_command(  # noqa: PLR0913 - the fields of the command
    robot: str,
    now: datetime,
    until: datetime,
    *,
    phrase: Phrase | None = None,
    text: str | None = None,
    incident: str | None = None,
    urgent: bool = False,
    waits: bool = False,
) -> Command:
    """The robot says a phrase it knows, or some words; ``waits``: not in its quiet hours."""
    data = {
        "incident": incident,
        "phrase": None if phrase is None else str(phrase),
        "text": text,
        "urgent": urgent,
    } | ({"waits": True} if waits else {})
    return command(robot, "say", now, until, data)


def mirror_command(robot: str, incident: Incident, now: datetime, until: datetime) -> Command:
    """The robot's copy of an incident."""
    data = {"incident": incident_to_wire(incident), "delivered": incident.delivered}
    return command(robot, "incident", now, until, data)


def link_command(
    robot: str, home: str, url: str, bridge_jwk: Mapping[str, str], now: datetime, until: datetime
) -> Command:
    """How the robot reaches the bridge by itself."""
    return command(robot, "link", now, until, {"home": home, "url": url, "bridge_jwk": dict(bridge_jwk)})


def rotate_command(robot: str, kid: str, now: datetime, until: datetime) -> Command:
    """The robot whose key is named `kid` shall make a new one."""
    return command(robot, "rotate_key", now, until, {"kid": kid})


def command(robot: str, kind: str, now: datetime, until: datetime, data: dict[str, Any]) -> Command:
    """A command of any kind."""
    return Command(robot, {**_head(kind, now), "expires_at": fields.written(until), "data": data})


def _head(kind: str, now: datetime) -> dict[str, Any]:
    return {"v": 1, "id": str(uuid.uuid7()), "type": kind, "at": fields.written(now)}


def _whose(data: Mapping[str, Any]) -> str | None:
    """Whose wearable it is; a name that can't be read is no reason to refuse a fall."""
    try:
        return fields.optional_text(data, "resident", 100)
    except fields.MalformedError:
        return None


def _trouble(raw: Any) -> frozenset[str]:
    return frozenset(str(each) for each in raw[:MOST_TROUBLES]) if isinstance(raw, list) else frozenset()


def _robot_id(data: Mapping[str, Any]) -> str:
    robot = fields.text(data, "robot", 64)
    if not ROBOT_ID.fullmatch(robot):
        raise fields.MalformedError("robot must be 3 to 64 of a-z, 0-9, - and _")
    return robot


def _unknown(kind: str) -> NoReturn:
    raise fields.MalformedError(f"a sign of type {kind} is not known to this home")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
