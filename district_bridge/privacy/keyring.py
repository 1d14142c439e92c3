"""The keys of the data at rest, in one file of the data folder that only its owner reads.

``key_ring.json`` holds numbered keys that seal personal fields (AES-256-GCM, one of them is current), a
key of the blind indexes by which names are looked up, and a key of the access log. Lose the file, and
every personal field is lost: it belongs into the backup, apart from the database's.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path

FILE = "key_ring.json"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random, 96 bits; good for 2^32 values under one key
OWNER_ONLY = 0o600


class KeyRingError(Exception):
    """A key is missing or a value was changed; the message says what to do."""


@dataclass(frozen=True)
class KeyRing:
    """The keys. ``current`` names the one that seals; all of them open what they sealed."""

    current: str
    keys: dict[str, bytes]
    index: bytes
    log: bytes

    def seal(self, text: str, bound_to: str) -> str:
        """``key id.nonce and ciphertext``: opens only where it is ``bound_to`` the same row and column."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), bound_to.encode())
        return f"{self.current}.{_text(nonce + sealed)}"

    def open(self, sealed: str, bound_to: str) -> str:
        """The text; raises ``KeyRingError`` when the key is gone or the value is not as it was sealed."""
        key_id, _, content = sealed.partition(".")
        key = self.keys.get(key_id)
        if key is None:
            raise KeyRingError(f"the key ring has no key {key_id[:12]!r}: put back {FILE} from the backup")
        try:
            data = _bytes(content)
            return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise KeyRingError("a personal field was changed outside the bridge, or moved") from error

    def is_current(self, sealed: str) -> bool:
        """Whether the value is sealed with the current key."""
        return sealed.partition(".")[0] == self.current

    def digest(self, purpose: str, text: str) -> str:
        """A blind index: equal texts have equal digests, and nobody without the key can compute them."""
        return hmac.new(self.index, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def log_mac(self, content: bytes) -> str:
        """What proves that an entry of the access log was written by a bridge with this key ring."""
        return hmac.new(self.log, content, hashlib.sha256).hexdigest()

    def with_new_key(self) -> KeyRing:
        """The same ring with a fresh current key."""
        key_id = _new_key_id()
        return replace(self, current=key_id, keys={**self.keys, key_id: secrets.token_bytes(KEY_BYTES)})

    def without(self, key_ids: set[str]) -> KeyRing:
        """The same ring without some keys, never without the current one."""
        kept = {name: key for name, key in self.keys.items() if name not in key_ids - {self.current}}
        return replace(self, keys=kept)


class _Known:
    """The ring as it was last read, and which file that was."""

    ring: KeyRing | None = None
    file: tuple[str, int, int] | None = None


def ring() -> KeyRing:
    """The data folder's key ring as it is now (somebody may have rotated it); made when it is missing."""
    path = file()
    try:
        status = path.stat()
    except FileNotFoundError:
        _make(path)
        status = path.stat()
    mark = (str(path), status.st_ino, status.st_mtime_ns)
    if _Known.ring is None or _Known.file != mark:
        _Known.ring, _Known.file = _read(path), mark
    return _Known.ring


def file() -> Path:
    """Where the key ring is."""
    folder: Path = settings.DEPLOYMENT.folder
    return folder / FILE


def save(changed: KeyRing) -> None:
    """Writes the ring, whole or not at all."""
    path = file()
    beside = path.with_suffix(f".{secrets.token_hex(4)}.new")
    _write(beside, changed)
    beside.replace(path)


def _make(path: Path) -> None:
    """A first ring; where two processes make one at once, both use the one that came first."""
    key_id = _new_key_id()
    made = KeyRing(
        current=key_id,
        keys={key_id: secrets.token_bytes(KEY_BYTES)},
        index=secrets.token_bytes(KEY_BYTES),
        log=secrets.token_bytes(KEY_BYTES),
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(f".{secrets.token_hex(4)}.new")
    _write(beside, made)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _write(path: Path, content: KeyRing) -> None:
    values = {
        "current": content.current,
        "keys": {name: _text(key) for name, key in content.keys.items()},
        "index": _text(content.index),
        "log": _text(content.log),
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as handle:
        handle.write(json.dumps(values, indent=1).encode())
        handle.flush()
        os.fsync(handle.fileno())


def _read(path: Path) -> KeyRing:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        keys = {str(name): _bytes(key) for name, key in values["keys"].items()}
        found = KeyRing(str(values["current"]), keys, _bytes(values["index"]), _bytes(values["log"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyRingError(f"{path} can't be read: put it back from the backup") from error
    lengths = {len(key) for key in (*found.keys.values(), found.index, found.log)}
    if lengths != {KEY_BYTES} or found.current not in found.keys:
        raise KeyRingError(f"{path} is not a whole key ring: put it back from the backup")
    return found


def _new_key_id() -> str:
    return f"k{secrets.token_hex(4)}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
