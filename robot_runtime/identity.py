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
FRESH_FILE = "robot.fresh.key"
BEFORE_FILE = "robot.before.key"


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
    return _read(state_dir / KEY_FILE) or _make(state_dir / KEY_FILE)


class OwnKeys:
    """The key that signs, one the robot is changing to, and the one before; which of them is being tried."""

    def __init__(self, state_dir: Path) -> None:
        """Raises ``RobotError`` when the robot's key can't be read."""
        self._dir = state_dir
        self.current = load_or_create(state_dir)
        self.fresh = _read(state_dir / FRESH_FILE)
        self.before = _read(state_dir / BEFORE_FILE)
        self.signing = self.current
        self._tried: set[str] = set()

    def make_fresh(self) -> Identity:
        """The key to change to, on disk before anybody hears of it."""
        if self.fresh is None:
            self.fresh = _make(self._dir / FRESH_FILE)
        return self.fresh

    def give_up(self, kid: str) -> None:
        """The bridge refuses the new key."""
        if self.fresh is not None and self.fresh.kid == kid:
            (self._dir / FRESH_FILE).unlink(missing_ok=True)
            self.fresh = None

    def change_to(self, kid: str) -> bool:
        """The bridge has stored the new key: from now on it is the one. Says whether it was not before."""
        if self.fresh is None or self.fresh.kid != kid:
            return False
        _write_private(self._dir / BEFORE_FILE, _pem(self.current.key))
        (self._dir / FRESH_FILE).replace(self._dir / KEY_FILE)
        _sync(self._dir)
        self.current, self.before, self.fresh = self.fresh, self.current, None
        self.signing = self.current
        return True

    def try_another(self, problem: str) -> bool:
        """Whether there is another key to try after the bridge's problem; when not, back to the first."""
        self._tried.add(self.signing.kid)
        others = {"unknown-key": (self.fresh, self.before), "held": (self.fresh,), "revoked": (self.fresh,)}
        for other in others.get(problem, ()):
            if other is not None and other.kid not in self._tried:
                self.signing = other
                return True
        self.signing = self.current
        self._tried.clear()
        return False

    def worked(self) -> bool:
        """The bridge takes what ``signing`` signs; says whether the robot's key has changed by that."""
        self._tried.clear()
        if self.signing.kid == self.current.kid:
            return False
        if self.fresh is not None and self.signing.kid == self.fresh.kid:
            return self.change_to(self.fresh.kid)
        # A bridge that was restored from a backup knows the key before.
        after = self.current
        _write_private(self._dir / KEY_FILE, _pem(self.signing.key))
        _write_private(self._dir / BEFORE_FILE, _pem(after.key))
        self.current, self.before = self.signing, after
        return True


def _read(path: Path) -> Identity | None:
    if not path.exists():
        return None
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


def _make(path: Path) -> Identity:
    key = Ed25519PrivateKey.generate()
    _write_private(path, _pem(key))
    return Identity(key)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


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
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """What was renamed in the folder stays so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
