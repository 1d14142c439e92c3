"""The signed messages between home and bridge (docs/protocol.md): written and read here, nowhere else."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from custom_components.seogu_care.care import fields
from custom_components.seogu_care.care.incident import Incident, Outcome, State
from custom_components.seogu_care.care.signs import BridgeStep
from custom_components.seogu_care.care.wire import incident_to_wire

from .errors import BadAnswerError
from .keys import BadKeyError, PrivateKey, public_jwk, public_key, thumbprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

BRIDGE = "seogu-bridge"
ALGORITHM = "EdDSA"
MOST_MESSAGES = 500
MOST_BYTES = 1024 * 1024
SAFE_BYTES = MOST_BYTES // 2
NEW_KEY = "new_key"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the bridge tells a home that has enrolled."""

    home: str
    neighbourhood: str
    heartbeat_s: float
    bridge_jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch's messages. ``refused`` maps an id to the reason."""

    settled: frozenset[str]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseworkerWords:
    """A caseworker's words for the resident."""

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Whoever signs with the key named `kid` shall make a new one."""

    kid: str


@dataclass(frozen=True, slots=True)
class Downlink:
    """One message of the stream: what it says, or None if this version does not know its type."""

    seq: int
    id: str
    type: str
    says: BridgeStep | CaseworkerWords | RotateKey | None


def new_id() -> str:
    """A UUIDv7 (RFC 9562)."""
    return str(uuid.uuid7())


def incident_message(incident: Incident, at: datetime, message_id: str | None = None) -> dict[str, Any]:
    """An incident that was raised or closed. Who looks after it is the bridge's to say, not the home's."""
    state = State.CLOSED if incident.state is State.CLOSED else State.RAISED
    return _message("incident", at, message_id) | {
        "incident": incident_to_wire(incident) | {"state": str(state)}
    }


def robot_key_message(
    robot: str, jwk: Mapping[str, str], at: datetime, message_id: str | None = None
) -> dict[str, Any]:
    """The home vouches for its robot's key."""
    return _message("robot_key", at, message_id) | {"robot": robot, "jwk": dict(jwk)}


def downlink_receipt(seq: int, at: datetime, message_id: str | None = None) -> dict[str, Any]:
    """The home has stored a downlink message."""
    return _message("receipt", at, message_id) | {"downlink": seq}


def heartbeat_message(
    parts: Mapping[str, str],
    waiting: int,
    at: datetime,
    message_id: str | None = None,
    seen: Mapping[str, datetime] | None = None,
) -> dict[str, Any]:
    """That the home lives, how its parts are, and when each was last heard of."""
    told = {"seen": {name: fields.written(time) for name, time in seen.items()}} if seen else {}
    return _message("heartbeat", at, message_id) | {"parts": dict(parts), "waiting": waiting} | told


def new_key_message(
    old: PrivateKey, fresh: PrivateKey, home: str, at: datetime, message_id: str | None = None
) -> dict[str, Any]:
    """The home's new key. The batch's signature is the old key's word for it, the proof is the new one's."""
    claims = {"iss": home, "aud": BRIDGE, "iat": int(at.timestamp()), "replaces": old.kid}
    proof = _sign(fresh, {"typ": "seogu-key+jwt", "jwk": fresh.jwk}, claims)
    return _message(NEW_KEY, at, message_id) | {"kid": fresh.kid, "proof": proof}


def routine_message(
    days: Sequence[Mapping[str, str]], at: datetime, message_id: str | None = None
) -> dict[str, Any]:
    """The picture of the days past, for a resident who has agreed to it."""
    return _message("routine", at, message_id) | {"days": [dict(day) for day in days]}


def enrol_jwt(key: PrivateKey, code: str, software: str, now: float, jti: str | None = None) -> str:
    """A home presents its new key with the code it was given."""
    claims = {"aud": BRIDGE, "iat": int(now), "jti": jti or new_id(), "code": code, "software": software}
    return _sign(key, {"typ": "seogu-enrol+jwt", "jwk": key.jwk}, claims)


def batch_jwt(
    key: PrivateKey,
    home: str,
    messages: Sequence[Mapping[str, Any]],
    now: float,
    jti: str | None = None,
    boot: str | None = None,
) -> tuple[str, str]:
    """A batch and the ``jti`` its receipt must carry; ``boot`` names this start of the program."""
    jti = jti or new_id()
    claims = {"iss": home, "aud": BRIDGE, "iat": int(now), "jti": jti, "messages": list(messages)}
    claims |= {"boot": boot} if boot else {}
    return _sign(key, {"typ": "seogu-batch+jwt", "kid": key.kid}, claims), jti


def listen_jwt(
    key: PrivateKey, home: str, now: float, jti: str | None = None, boot: str | None = None
) -> str:
    """The home asks for its stream."""
    claims = {"iss": home, "aud": BRIDGE, "iat": int(now), "jti": jti or new_id()}
    claims |= {"boot": boot} if boot else {}
    return _sign(key, {"typ": "seogu-listen+jwt", "kid": key.kid}, claims)


def read_welcome(compact: str, bridge_jwk: Mapping[str, str]) -> Welcome:
    """Raises BadAnswerError unless the bridge of `bridge_jwk` has signed it."""
    claims = _verify(compact, bridge_jwk, "seogu-welcome+jwt", None)
    try:
        home = fields.text(claims, "home", 64)
        if claims.get("aud") != home:
            raise BadAnswerError("the welcome is meant for another home")
        return Welcome(
            home=home,
            neighbourhood=fields.text(claims, "neighbourhood"),
            heartbeat_s=fields.number(claims, "heartbeat_s", 1, 3600),
            bridge_jwk=public_jwk(claims.get("bridge_jwk")),
        )
    except (fields.MalformedError, BadKeyError) as err:
        raise BadAnswerError(f"the welcome can't be read: {err}") from err


def read_receipt(compact: str, bridge_jwk: Mapping[str, str], home: str, jti: str) -> Receipt:
    """Raises BadAnswerError unless it is the bridge's receipt for just this batch."""
    claims = _verify(compact, bridge_jwk, "seogu-receipt+jwt", home)
    if claims.get("jti") != jti:
        raise BadAnswerError("the receipt is for another batch")
    settled = [*_ids(claims.get("stored")), *_ids(claims.get("duplicate"))]
    told = claims.get("refused")
    refused = {
        item["id"]: str(item.get("reason") or "")
        for item in (told if isinstance(told, list) else [])
        if isinstance(item, dict) and isinstance(item.get("id"), str)
    }
    return Receipt(frozenset(settled), refused)


def read_downlink(compact: str, bridge_jwk: Mapping[str, str], home: str) -> Downlink:
    """Raises BadAnswerError for a forged or unreadable message."""
    claims = _verify(compact, bridge_jwk, "seogu-downlink+jwt", home)
    try:
        seq = fields.whole(claims, "seq", 1, 2**53)
        message = fields.mapping(claims.get("message"), "message")
        kind = fields.text(message, "type", 60)
        says: BridgeStep | CaseworkerWords | RotateKey | None = None
        if kind == "incident":
            says = _bridge_step(message)
        elif kind == "say":
            says = CaseworkerWords(fields.text(message, "text", 500), fields.text(message, "by"))
        elif kind == "rotate_key":
            says = RotateKey(fields.text(message, "kid", 64))
        return Downlink(seq, fields.text(message, "id", 64), kind, says)
    except fields.MalformedError as err:
        raise BadAnswerError(f"a message of the bridge can't be read: {err}") from err


def follows(jwk: Mapping[str, str], known: Mapping[str, str], proofs: Sequence[str]) -> bool:
    """Whether a robot's key `jwk` goes back to the `known` one: each key has signed the next one's name."""
    kid = thumbprint(known)
    key = dict(known)
    for proof in proofs:
        try:
            header = jwt.get_unverified_header(proof)
            if header.get("typ") != "seogu-next-key+jwt" or header.get("kid") != kid:
                continue
            claims = jwt.decode(
                proof,
                public_key(key),
                algorithms=[ALGORITHM],
                options={"verify_iat": False, "verify_exp": False},
            )
            key = public_jwk(claims.get("jwk"))
        except jwt.PyJWTError, BadKeyError, ValueError:
            return False
        kid = thumbprint(key)
    return key == dict(jwk)


def _bridge_step(message: Mapping[str, Any]) -> BridgeStep:
    data = fields.mapping(message.get("incident"), "incident")
    state = fields.choice(data, "state", State)
    if state not in {State.ACKNOWLEDGED, State.RAISED, State.CLOSED}:
        raise fields.MalformedError(f"state {state} does not come from a bridge")
    outcome = None if data.get("outcome") is None else fields.choice(data, "outcome", Outcome)
    return BridgeStep(
        incident=fields.text(data, "id", 64),
        state=state,
        by=fields.optional_text(data, "by"),
        outcome=outcome,
    )


def _message(kind: str, at: datetime, message_id: str | None) -> dict[str, Any]:
    return {"v": 1, "id": message_id or new_id(), "type": kind, "at": fields.written(at)}


def _ids(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _sign(key: PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(claims, key.key, algorithm=ALGORITHM, headers=header)


def _verify(compact: str, jwk: Mapping[str, str], typ: str, audience: str | None) -> dict[str, Any]:
    """The claims of what the bridge signed; its age does not count: a message may have waited."""
    try:
        header = jwt.get_unverified_header(compact)
        if header.get("typ") != typ or header.get("kid") != thumbprint(jwk):
            raise BadAnswerError(f"the bridge's answer is no {typ} of this bridge's key")
        claims: dict[str, Any] = jwt.decode(
            compact,
            public_key(jwk),
            algorithms=[ALGORITHM],
            issuer=BRIDGE,
            audience=audience,
            options={"verify_iat": False, "verify_exp": False, "verify_aud": audience is not None},
        )
    except (jwt.PyJWTError, BadKeyError, ValueError) as err:
        raise BadAnswerError(f"the bridge's signature does not hold: {err}") from err
    return claims
