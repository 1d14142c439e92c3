"""Signed tokens: JWS compact form, EdDSA with Ed25519 and nothing else."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from district_bridge.wire import keys
from district_bridge.wire.problems import BadSignatureError, MalformedError, StaleError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

AUDIENCE = "seogu-bridge"
# How far a sender's clock may be off the bridge's (docs/protocol.md).
WINDOW_S = 300
JTI_CHARACTERS = 64
# The year 9999: whatever is larger is no time.
LARGEST_TIME_S = 253_402_300_799

_jws = jwt.PyJWS(algorithms=["EdDSA"])


@dataclass(frozen=True)
class Token:
    """A token whose header was read, and whose signature was not checked yet."""

    compact: str
    header: dict[str, Any]

    @property
    def kid(self) -> str:
        """The name of the key it claims to be signed with."""
        kid = self.header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise MalformedError("the token's header needs a kid")
        return kid


def read(compact: str, typ: str) -> Token:
    """The token's header, checked for kind and algorithm."""
    try:
        header = _jws.get_unverified_header(compact)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise MalformedError("the body is not a signed token (JWS compact form)") from error
    if header.get("alg") != "EdDSA":
        raise BadSignatureError("only the algorithm EdDSA is accepted")
    if header.get("typ") != typ:
        raise MalformedError(f"expected a token of type {typ}")
    return Token(compact, header)


def verify(token: Token, key: Ed25519PublicKey) -> dict[str, Any]:
    """The claims of a token truly signed with ``key`` for the bridge; its time is not judged here."""
    try:
        payload = _jws.decode(token.compact, key, algorithms=["EdDSA"])
    except jwt.PyJWTError as error:
        raise BadSignatureError("the signature does not fit the key") from error
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedError("the token's claims are not JSON") from error
    if not isinstance(claims, dict):
        raise MalformedError("the token's claims must be an object")
    if claims.get("aud") != AUDIENCE:
        raise BadSignatureError(f"the token is not meant for {AUDIENCE}")
    return claims


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


@dataclass(frozen=True)
class Signer:
    """The bridge's own key."""

    key: Ed25519PrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        """Its public half."""
        return keys.public_jwk(self.key)

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """The claims as a compact JWS of kind ``typ``."""
        payload = json.dumps(claims, separators=(",", ":")).encode()
        header = {"typ": typ, "kid": keys.thumbprint(self.jwk)}
        return _jws.encode(payload, self.key, algorithm="EdDSA", headers=header)
