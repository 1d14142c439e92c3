"""The messages in a batch, as frozen dataclasses, read strictly: what is stored later is what was meant."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from district_bridge.wire import keys, tokens
from district_bridge.wire.problems import MalformedError, ProblemError

ROBOT_NAME = re.compile(r"[a-z0-9_-]{3,64}")
SUMMARY_CHARACTERS = 500
EVIDENCE_ITEMS = 50
EVIDENCE_CHARACTERS = 200
WORD_CHARACTERS = 40
LARGEST_NUMBER = 2**31 - 1
ECHO_CHARACTERS = 64
PROOF_CHARACTERS = 2_000
ROUTINE_DAYS = 31
ROUTINE_ROOMS = re.compile(r"[BSKELO.~]{96}")
ROUTINE_LIVELY = re.compile(r"[0-9]{96}")


class RefusedError(Exception):
    """A message that can't be taken, with the reason its sender shows to a person."""


class Kind(StrEnum):
    """What an incident is about."""

    FALL = "fall"
    HELP_CALL = "help_call"
    INACTIVITY = "inactivity"
    ANOMALY = "anomaly"
    ENVIRONMENT = "environment"
    DEVICE = "device"
    NOTICE = "notice"


class Outcome(StrEnum):
    """How an incident ended."""

    ANSWERED_WELL = "answered_well"
    FALSE_ALARM = "false_alarm"
    HELPED = "helped"
    SENT_TO_HOSPITAL = "sent_to_hospital"
    RESOLVED_AT_HOME = "resolved_at_home"
    OTHER = "other"


SEVERITIES = ("emergency", "warning", "notice")
STATES = ("raised", "closed")
REPORTERS = ("home", "robot")


@dataclass(frozen=True)
class Incident:
    """An incident as its reporter tells it."""

    id: UUID
    kind: Kind
    state: str
    severity: str
    opened_at: datetime
    state_at: datetime
    step: int
    summary_ko: str
    summary_en: str
    evidence: tuple[dict[str, Any], ...]
    reported_by: str
    outcome: Outcome | None


@dataclass(frozen=True)
class IncidentMessage:
    """An incident was raised, or closed at home."""

    id: UUID
    at: datetime
    incident: Incident


@dataclass(frozen=True)
class Heartbeat:
    """The home lives, and how its parts are."""

    id: UUID
    at: datetime
    parts: dict[str, str]
    waiting: int
    seen: dict[str, str] = field(default_factory=dict)
    """When each part was last heard of (RFC 3339, UTC); nothing where the home does not tell."""


@dataclass(frozen=True)
class RobotKey:
    """The home vouches for its robot's key."""

    id: UUID
    at: datetime
    robot: str
    jwk: dict[str, str]


@dataclass(frozen=True)
class NewKey:
    """Whoever signs the batch has made a new key, and holds it: it signed ``home`` and the old key's name."""

    id: UUID
    at: datetime
    jwk: dict[str, str]
    home: str
    replaces: str


@dataclass(frozen=True)
class DownlinkReceipt:
    """The home has stored the downlink message with this number."""

    id: UUID
    at: datetime
    downlink: int


@dataclass(frozen=True)
class RoutineDay:
    """One day by quarters of an hour: the use of the room (a letter, `.` quiet, `~` out), minutes lively."""

    date: date
    rooms: str
    lively: str


@dataclass(frozen=True)
class RoutineDays:
    """The picture of the days past."""

    id: UUID
    at: datetime
    days: tuple[RoutineDay, ...]


type Message = IncidentMessage | Heartbeat | RobotKey | NewKey | DownlinkReceipt | RoutineDays


def echo_id(value: Any) -> str | None:
    """What to call a message that may be anything: its id as it was sent, or None when it has none."""
    if not isinstance(value, dict):
        return None
    found = value.get("id")
    if isinstance(found, str) and len(found) <= ECHO_CHARACTERS and _is_storable(found):
        return found
    return None


def seq(value: Any) -> int | None:
    """The number its sender gave a message. Older senders give none; one that can't be read is none.

    It only helps to notice what is missing: it is never a reason to refuse a message.
    """
    found = value.get("seq") if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found <= LARGEST_NUMBER:
        return None
    return found


def read(value: Any) -> Message:
    """The message in ``value``; :class:`RefusedError` says what is wrong with it."""
    message = _object(value, "a message")
    if message.get("v") != 1 or isinstance(message.get("v"), bool):
        raise RefusedError("v must be 1")
    identity = _uuid(message.get("id"), "id")
    at = _time(message.get("at"), "at")
    match message.get("type"):
        case "incident":
            return IncidentMessage(identity, at, _incident(message.get("incident")))
        case "heartbeat":
            return _heartbeat(identity, at, message)
        case "robot_key":
            return _robot_key(identity, at, message)
        case "new_key":
            return _new_key(identity, at, message.get("proof"))
        case "receipt":
            return DownlinkReceipt(identity, at, _count(message.get("downlink"), "downlink"))
        case "routine":
            return RoutineDays(identity, at, _days(message.get("days")))
        case _:
            raise RefusedError("the type is not known to this bridge")


def _incident(value: Any) -> Incident:
    data = _object(value, "incident")
    summary = _object(data.get("summary"), "summary")
    evidence = data.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > EVIDENCE_ITEMS:
        raise RefusedError(f"evidence must be a list of at most {EVIDENCE_ITEMS}")
    outcome = data.get("outcome")
    state = _choice(data.get("state"), STATES, "state")
    if state == "closed" and outcome is None:
        raise RefusedError("a closed incident needs its outcome")
    return Incident(
        id=_uuid(data.get("id"), "incident.id"),
        kind=Kind(_choice(data.get("kind"), tuple(Kind), "kind")),
        state=state,
        severity=_choice(data.get("severity"), SEVERITIES, "severity"),
        opened_at=_time(data.get("opened_at"), "opened_at"),
        state_at=_time(data.get("state_at"), "state_at"),
        step=_count(data.get("step"), "step"),
        summary_ko=_text(summary.get("ko"), "summary.ko", SUMMARY_CHARACTERS),
        summary_en=_text(summary.get("en"), "summary.en", SUMMARY_CHARACTERS),
        evidence=tuple(_evidence(item) for item in evidence),
        reported_by=_choice(data.get("reported_by"), REPORTERS, "reported_by"),
        outcome=None if outcome is None else Outcome(_choice(outcome, tuple(Outcome), "outcome")),
    )


def _evidence(value: Any) -> dict[str, Any]:
    data = _object(value, "evidence")
    found = data.get("value")
    if isinstance(found, str):
        found = _text(found, "evidence.value", EVIDENCE_CHARACTERS)
    elif isinstance(found, float) and not math.isfinite(found):
        raise RefusedError("evidence.value must be a finite number")
    elif isinstance(found, int) and abs(found) > 2**63:
        raise RefusedError("evidence.value is too large")
    elif found is not None and not isinstance(found, bool | int | float):
        raise RefusedError("evidence.value must be a number, a text, true, false or null")
    unit = data.get("unit")
    return {
        "name": _text(data.get("name"), "evidence.name", WORD_CHARACTERS),
        "value": found,
        "unit": "" if unit in {None, ""} else _text(unit, "evidence.unit", WORD_CHARACTERS),
    }


def _days(value: Any) -> tuple[RoutineDay, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= ROUTINE_DAYS:
        raise RefusedError(f"days must be a list of 1 to {ROUTINE_DAYS}")
    days = tuple(_day(_object(each, "a day")) for each in value)
    if len({day.date for day in days}) != len(days):
        raise RefusedError("each day may come once")
    return days


def _day(data: dict[str, Any]) -> RoutineDay:
    rooms, lively = data.get("rooms"), data.get("lively")
    if not isinstance(rooms, str) or not ROUTINE_ROOMS.fullmatch(rooms):
        raise RefusedError("rooms must be 96 of the letters BSKELO, . and ~")
    if not isinstance(lively, str) or not ROUTINE_LIVELY.fullmatch(lively):
        raise RefusedError("lively must be 96 digits")
    try:
        day = date.fromisoformat(str(data.get("date")))
    except ValueError as error:
        raise RefusedError("date must be a date (YYYY-MM-DD)") from error
    return RoutineDay(day, rooms, lively)


def _robot_key(identity: UUID, at: datetime, message: dict[str, Any]) -> RobotKey:
    robot = message.get("robot")
    if not isinstance(robot, str) or not ROBOT_NAME.fullmatch(robot):
        raise RefusedError("robot must be a robot's id ([a-z0-9_-]{3,64})")
    try:
        jwk = keys.read_jwk(message.get("jwk"))
    except MalformedError as error:
        raise RefusedError(error.detail) from error
    return RobotKey(identity, at, robot, jwk)


def _new_key(identity: UUID, at: datetime, proof: Any) -> NewKey:
    if not isinstance(proof, str) or len(proof) > PROOF_CHARACTERS:
        raise RefusedError("proof must be a token that the new key has signed")
    try:
        token = tokens.read(proof, "seogu-key+jwt")
        jwk = keys.read_jwk(token.header.get("jwk"))
        # Its time is not judged: the message may have waited. It is good for one old key of one home.
        claims = tokens.verify(token, keys.public_key(jwk))
    except ProblemError as error:
        raise RefusedError(f"the proof of the new key is not valid: {error.detail}") from error
    return NewKey(
        identity,
        at,
        jwk,
        _text(claims.get("iss"), "the proof's iss", ECHO_CHARACTERS),
        _text(claims.get("replaces"), "the proof's replaces", ECHO_CHARACTERS),
    )


def _heartbeat(identity: UUID, at: datetime, message: dict[str, Any]) -> Heartbeat:
    seen = message.get("seen", {})
    if not isinstance(seen, dict) or len(seen) > EVIDENCE_ITEMS:
        raise RefusedError("seen must be an object of times")
    return Heartbeat(
        identity,
        at,
        _parts(message.get("parts")),
        _count(message.get("waiting"), "waiting"),
        {
            _text(name, "a part's name", WORD_CHARACTERS): _time(time, "seen").isoformat(timespec="seconds")
            for name, time in seen.items()
        },
    )


def _parts(value: Any) -> dict[str, str]:
    data = _object(value, "parts")
    if len(data) > EVIDENCE_ITEMS:
        raise RefusedError("parts has too many entries")
    return {
        _text(name, "a part's name", WORD_CHARACTERS): _text(state, "a part's state", WORD_CHARACTERS)
        for name, state in data.items()
    }


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(f"{name} must be an object")
    return value


def _choice(value: Any, allowed: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RefusedError(f"{name} must be one of {', '.join(allowed)}")
    return value


def _text(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not _is_storable(value):
        raise RefusedError(f"{name} must be a text of 1 to {longest} characters")
    return value


def _count(value: Any, name: str) -> int:
    """A whole number; for JSON, 3.0 is one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise RefusedError(f"{name} must be a whole number from 0 to {LARGEST_NUMBER}")
    return value


def _uuid(value: Any, name: str) -> UUID:
    if not isinstance(value, str):
        raise RefusedError(f"{name} must be a UUID")
    try:
        return UUID(value)
    except ValueError as error:
        raise RefusedError(f"{name} must be a UUID") from error


def _time(value: Any, name: str) -> datetime:
    if not isinstance(value, str):
        raise RefusedError(f"{name} must be a time (RFC 3339)")
    try:
        # RFC 3339 allows the small letters.
        time = datetime.fromisoformat(value.upper())
        if time.tzinfo is None:
            raise RefusedError(f"{name} needs a time zone")
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"{name} must be a time (RFC 3339)") from error


def _is_storable(text: str) -> bool:
    """No database takes NUL or half a surrogate pair as text."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(value: Any) -> str:
    """JSON that can be stored whatever it holds (for the dead letters)."""
    return json.dumps(value, separators=(",", ":"))
