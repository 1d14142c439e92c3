"""A home as the bridge hears it: a key, and signed batches (docs/protocol.md)."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid7

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def encode(data: bytes) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def wire_time(time: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class SimulatedHome:
    """One home and its key. Its messages are numbered, so that the bridge can notice a gap."""

    home: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seq: int = 0

    def __post_init__(self) -> None:
        self._head = encode(orjson.dumps({"alg": "EdDSA", "typ": "seogu-batch+jwt", "kid": self.kid}))

    @property
    def jwk(self) -> dict[str, str]:
        """The public half."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encode(self.key.public_key().public_bytes_raw()).decode(),
        }

    @property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{self.jwk["x"]}"}}'
        return encode(hashlib.sha256(canonical.encode()).digest()).decode()

    def enrolment(self, code: str, now: datetime) -> bytes:
        """The enrol JWT for a code."""
        header = {"alg": "EdDSA", "typ": "seogu-enrol+jwt", "jwk": self.jwk}
        claims = {
            "aud": "seogu-bridge",
            "iat": int(now.timestamp()),
            "jti": str(uuid7()),
            "code": code,
            "software": "simulated",
        }
        return self._signed(encode(orjson.dumps(header)), claims)

    def batch(self, messages: list[dict[str, Any]], now: datetime) -> bytes:
        """A batch JWT, signed anew with a jti of its own at each call."""
        claims = {
            "iss": self.home,
            "aud": "seogu-bridge",
            "iat": int(now.timestamp()),
            "jti": str(uuid7()),
            "messages": messages,
        }
        return self._signed(self._head, claims)

    def heartbeat(self, now: datetime) -> dict[str, Any]:
        """The home lives. Heartbeats carry no number: they are never kept, so none can be missing."""
        parts = {"home": "online", "robot": "online", "wearable": "online"}
        return {
            "v": 1,
            "id": str(uuid7()),
            "type": "heartbeat",
            "at": wire_time(now),
            "parts": parts,
            "waiting": 0,
        }

    def incident(self, told: dict[str, Any], now: datetime) -> dict[str, Any]:
        """A numbered message about an incident."""
        self.seq += 1
        return {
            "v": 1,
            "id": str(uuid7()),
            "type": "incident",
            "at": wire_time(now),
            "seq": self.seq,
            "incident": told,
        }

    def _signed(self, head: bytes, claims: dict[str, Any]) -> bytes:
        content = head + b"." + encode(orjson.dumps(claims))
        return content + b"." + encode(self.key.sign(content))


def home_id(number: int) -> str:
    """The id of the simulated home with this number; no enrolled home has such an id."""
    return f"h-sim-{number:05d}"


def simulated_home(number: int, seed: int) -> SimulatedHome:
    """The home and its key: the same for the same seed, so that no file of keys is needed."""
    secret = hashlib.sha256(f"simulated home {seed}/{number}".encode()).digest()
    return SimulatedHome(home_id(number), Ed25519PrivateKey.from_private_bytes(secret))


def incident(kind: str, now: datetime, **more: Any) -> dict[str, Any]:
    """What a home tells of an incident that it has just raised."""
    return {
        "id": str(uuid7()),
        "kind": kind,
        "state": "raised",
        "severity": "emergency",
        "opened_at": wire_time(now),
        "state_at": wire_time(now),
        "step": 3,
        "summary": {
            "ko": "넘어짐이 감지되었고 안부 물음에 답이 없습니다.",
            "en": "A fall was noticed and the check-in was not answered.",
        },
        "evidence": [{"name": "impact", "value": 3.6, "unit": "g"}],
        "reported_by": "home",
        "outcome": None,
    } | more
