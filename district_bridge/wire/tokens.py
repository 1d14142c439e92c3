"""Signed tokens: JWS compact form (RFC 7515), EdDSA with Ed25519 (RFC 8037) and nothing else.

Read and written by hand rather than through a library of many algorithms: this is what the intake does most,
and a verifier that knows one algorithm can't be talked into another.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature

from district_bridge.wire import keys
from district_bridge.wire.problems import BadSignatureError, MalformedError, StaleError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

AUDIENCE = "seogu-bridge"
# How far a sender's clock may be off the bridge's (docs/protocol.md).
WINDOW_S = 300
JTI_CHARACTERS = 64
BOOT_CHARACTERS = 40
KID_CHARACTERS = 64
# The year 9999: whatever is larger is no time.
LARGEST_TIME_S = 253_402_300_799
SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose header was read, and whose signature was not checked yet."""

    signed: bytes
    payload: str
    signature: str
    header: dict[str, Any]

    @property
    def kid(self) -> str:
        """The name of the key it claims to be signed with."""
        kid = self.header.get("kid")
        if not isinstance(kid, str) or not 0 < len(kid) <= KID_CHARACTERS or not kid.isprintable():
            raise MalformedError("the token's header needs a kid")
        return kid


def read(compact: str, typ: str) -> Token:
    """The token's header, checked for kind and algorithm."""
    segments = compact.split(".")
    if len(segments) != SEGMENTS or not compact.isascii():
        raise MalformedError("the body is not a signed token (JWS compact form)")
    head, payload, signature = segments
    try:
        header = read_json(keys.decode(head))
    except ValueError as error:
        raise MalformedError("the body is not a signed token (JWS compact form)") from error
    if not isinstance(header, dict):
        raise MalformedError("the token's header must be an object")
    if header.get("alg") != "EdDSA":
        raise BadSignatureError("only the algorithm EdDSA is accepted")
    if header.get("typ") != typ or "crit" in header:
        raise MalformedError(f"expected a token of type {typ}")
    return Token(f"{head}.{payload}".encode(), payload, signature, header)


def verify(token: Token, key: Ed25519PublicKey) -> dict[str, Any]:
    """The claims of a token truly signed with ``key`` for the bridge; its time is not judged here."""
    try:
        key.verify(keys.decode(token.signature), token.signed)
    except (InvalidSignature, ValueError) as error:
        raise BadSignatureError("the signature does not fit the key") from error
    try:
        claims = read_json(keys.decode(token.payload))
    except ValueError as error:
        raise MalformedError("the token's claims are not JSON") from error
    if not isinstance(claims, dict):
        raise MalformedError("the token's claims must be an object")
    if claims.get("aud") != AUDIENCE:
        raise BadSignatureError(f"the token is not meant for {AUDIENCE}")
    return claims


def read_json(raw: bytes) -> Any:
    """What the bytes say; ``ValueError`` when they say nothing.

    What the fast reader refuses may still be JSON with one bad field in it (half a surrogate pair, NaN): the
    patient reader takes it, so that only the message that holds the field is refused.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def check_time(claims: dict[str, Any], now_s: float) -> None:
    """Raises :class:`StaleError` when ``iat`` is more than the window off ``now_s`` (seconds since 1970)."""
    iat = claims.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float) or not 0 <= iat <= LARGEST_TIME_S:
        raise MalformedError("the token needs iat, in seconds since 1970")
    if abs(now_s - iat) > WINDOW_S:
        raise StaleError(f"signed {now_s - iat:+.0f} s off the bridge's clock; take the time given here")


def jti(claims: dict[str, Any]) -> str:
    """The token's own id, which may be used once."""
    value = claims.get("jti")
    if not isinstance(value, str) or not 0 < len(value) <= JTI_CHARACTERS or not value.isprintable():
        raise MalformedError(f"the token needs a jti of at most {JTI_CHARACTERS} characters")
    return value


def boot(claims: dict[str, Any]) -> str:
    """The name of the sender's program since its start; never a reason to refuse a token.

    Empty for older software, and where it can't be read.
    """
    value = claims.get("boot")
    return value if isinstance(value, str) and len(value) <= BOOT_CHARACTERS and value.isprintable() else ""


@dataclass(frozen=True)
class Signer:
    """The bridge's own key."""

    key: Ed25519PrivateKey

    @cached_property
    def jwk(self) -> dict[str, str]:
        """Its public half."""
        return keys.public_jwk(self.key)

    @cached_property
    def kid(self) -> str:
        """Its name."""
        return keys.thumbprint(self.jwk)

    @cached_property
    def _heads(self) -> dict[str, str]:
        return {}

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """The claims as a compact JWS of kind ``typ``."""
        head = self._heads.get(typ)
        if head is None:
            header = {"alg": "EdDSA", "typ": typ, "kid": self.kid}
            head = self._heads[typ] = keys.encode(orjson.dumps(header))
        signed = f"{head}.{keys.encode(orjson.dumps(claims))}"
        return f"{signed}.{keys.encode(self.key.sign(signed.encode()))}"
