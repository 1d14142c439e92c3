"""Ed25519 keys as JSON Web Keys (RFC 8037) and their thumbprints (RFC 7638)."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES = 32


class BadKeyError(ValueError):
    """A JSON Web Key that is not an Ed25519 public key."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key by which this home proves itself. It never leaves the home."""

    key: Ed25519PrivateKey

    @classmethod
    def make(cls) -> Self:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads what `to_text` wrote."""
        return cls(Ed25519PrivateKey.from_private_bytes(_unb64(text)))

    def to_text(self) -> str:
        """The seed, base64url without padding."""
        return _b64(self.key.private_bytes_raw())

    @property
    def jwk(self) -> dict[str, str]:
        """The public half."""
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64(self.key.public_key().public_bytes_raw())}

    @property
    def kid(self) -> str:
        """The public half's thumbprint."""
        return thumbprint(self.jwk)

    def __repr__(self) -> str:
        return f"PrivateKey(kid={self.kid})"


def public_jwk(value: Any) -> dict[str, str]:
    """The three members of an Ed25519 public key. Raises BadKeyError."""
    if not isinstance(value, Mapping) or value.get("kty") != "OKP" or value.get("crv") != "Ed25519":
        raise BadKeyError("a key must be an Ed25519 public key in JWK form")
    x = value.get("x")
    try:
        if not isinstance(x, str) or len(_unb64(x)) != KEY_BYTES or _b64(_unb64(x)) != x:
            raise BadKeyError("a key's x must be 32 bytes in base64url")
    except (binascii.Error, UnicodeEncodeError) as err:
        raise BadKeyError("a key's x must be 32 bytes in base64url") from err
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def public_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """The key that verifies what `jwk`'s owner has signed."""
    return Ed25519PublicKey.from_public_bytes(_unb64(public_jwk(jwk)["x"]))


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members in order."""
    canonical = json.dumps(
        {"crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"]}, separators=(",", ":")
    ).encode()
    return _b64(hashlib.sha256(canonical).digest())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    raw = text.encode("ascii")
    return base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
