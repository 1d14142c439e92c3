"""The bridge's data folder: which database, which keys, and where the district's people reach it.

``bridge.toml`` remembers the choices of ``seogu-bridge init``; ``bridge_key.pem`` signs what the bridge
says to homes; ``secret_key`` protects sessions and enrolment codes. All are readable by their owner only.
"""

import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

DATA_VARIABLE = "SEOGU_BRIDGE_DATA"
OWNER_ONLY = 0o600


class DeploymentError(Exception):
    """The data folder can't be used; the message says what to do."""


def default_folder() -> Path:
    """Where the bridge keeps its data when nothing else is said."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else Path.home() / ".local/share/seogu-bridge"


@dataclass(frozen=True)
class Deployment:
    """What ``init`` decided for one data folder."""

    folder: Path
    database: str
    url: str
    name: str

    @property
    def key_file(self) -> Path:
        """The bridge's own signing key."""
        return self.folder / "bridge_key.pem"

    @property
    def secret_file(self) -> Path:
        """The secret of sessions and enrolment codes."""
        return self.folder / "secret_key"

    @property
    def is_ready(self) -> bool:
        """Whether ``init`` has been here."""
        return _settings_file(self.folder).exists() and self.key_file.exists() and self.secret_file.exists()

    def signing_key(self) -> Ed25519PrivateKey:
        """The bridge's private key."""
        key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise DeploymentError(f"{self.key_file} does not hold an Ed25519 key")
        return key

    def secret(self) -> str:
        """The secret, or a passing one where ``init`` has not been (nothing can be served with it)."""
        if self.secret_file.exists():
            return self.secret_file.read_text(encoding="ascii").strip()
        return secrets.token_urlsafe(50)


def load(folder: Path) -> Deployment:
    """What the folder says, with defaults for what it does not."""
    file = _settings_file(folder)
    values: dict[str, Any] = {}
    if file.exists():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise DeploymentError(f"{file} can't be read: {error}") from error
    return Deployment(
        folder=folder,
        database=str(values.get("database") or f"sqlite:///{folder / 'bridge.sqlite3'}"),
        url=str(values.get("url", "")),
        name=str(values.get("name", "서구 돌봄 브리지")),
    )


def prepare(folder: Path, *, database: str | None, url: str | None, name: str | None) -> Deployment:
    """Makes what is missing in the folder and changes what was named; the rest stays as it was."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = load(folder)
    deployment = Deployment(
        folder=folder,
        database=database or known.database,
        url=known.url if url is None else url.rstrip("/"),
        name=name or known.name,
    )
    database_settings(deployment.database)
    lines = [
        f"{word} = {json.dumps(value, ensure_ascii=False)}\n"
        for word, value in (
            ("database", deployment.database),
            ("url", deployment.url),
            ("name", deployment.name),
        )
    ]
    _write(_settings_file(folder), "".join(lines).encode())
    if not deployment.key_file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(deployment.key_file, pem)
    if not deployment.secret_file.exists():
        _write(deployment.secret_file, secrets.token_urlsafe(50).encode())
    return deployment


def database_settings(address: str) -> dict[str, Any]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "district_bridge.sqlite",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise DeploymentError("the database must be sqlite:///… or postgresql://user:password@host:port/name")


def _settings_file(folder: Path) -> Path:
    return folder / "bridge.toml"


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and only for its owner."""
    beside = file.with_suffix(f"{file.suffix}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)
