"""The robot's own key (Ed25519), kept in a file of its own that outlives the rest of its state."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from robot_runtime.errors import RobotError

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE = "robot.key"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the robot signs with."""

    key: Ed25519PrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        """The public half (RFC 8037)."""
        raw = self.key.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}

    @property
    def kid(self) -> str:
        """The public half's thumbprint (RFC 7638)."""
        canonical = json.dumps(dict(sorted(self.jwk.items())), separators=(",", ":"))
        return _base64url(hashlib.sha256(canonical.encode()).digest())


def load_or_create(state_dir: Path) -> Identity:
    """Reads the key, or makes one in a file that only its owner may read."""
    path = state_dir / KEY_FILE
    if path.exists():
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise RobotError(
                f"{path} can't be read as a key ({error}). Put back a copy of it, or delete it and add the "
                "robot in Home Assistant again"
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise RobotError(f"{path} holds a key of another kind than Ed25519")
        return Identity(key)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_private(path, pem)
    return Identity(key)


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all: a power cut never leaves half a key."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
