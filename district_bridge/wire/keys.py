"""Ed25519 keys as they travel (RFC 8037) and their thumbprints (RFC 7638)."""

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from district_bridge.wire.problems import MalformedError

KEY_BYTES = 32


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(segment: str) -> bytes:
    """Base64url without padding, strictly; ``ValueError`` otherwise."""
    if "=" in segment or "+" in segment or "/" in segment:
        raise ValueError("not base64url")
    padded = segment.replace("-", "+").replace("_", "/") + "=" * (-len(segment) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


def public_jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> dict[str, str]:
    """The public half as a JWK."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return {"kty": "OKP", "crv": "Ed25519", "x": encode(public.public_bytes_raw())}


def thumbprint(jwk: dict[str, str]) -> str:
    """The key's name (``kid``): SHA-256 over the required members in alphabetical order."""
    required = {name: jwk[name] for name in ("crv", "kty", "x")}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":")).encode()
    return encode(hashlib.sha256(canonical).digest())


def read_jwk(value: Any) -> dict[str, str]:
    """The public JWK in ``value``, reduced to what counts; :class:`MalformedError` when it is none."""
    if not isinstance(value, dict):
        raise MalformedError("a key must be a JWK object")
    if value.get("kty") != "OKP" or value.get("crv") != "Ed25519":
        raise MalformedError("a key must be of type OKP and curve Ed25519")
    if "d" in value:
        raise MalformedError("a private key was sent; make a new one, and send only its public half")
    x = value.get("x")
    if not isinstance(x, str):
        raise MalformedError("a key needs its public half x")
    try:
        raw = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError("a key's public half x must be base64url") from error
    if len(raw) != KEY_BYTES:
        raise MalformedError("an Ed25519 key has 32 bytes")
    return {"kty": "OKP", "crv": "Ed25519", "x": encode(raw)}


def public_key(jwk: dict[str, str]) -> Ed25519PublicKey:
    """The key that a JWK (from :func:`read_jwk`) holds."""
    x = jwk["x"]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
