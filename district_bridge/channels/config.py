"""What the operator set up in ``channels.toml`` in the data folder. Read for each message: no restart."""

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from district_bridge.outgoing.work import SendError

if TYPE_CHECKING:
    from pathlib import Path

KEY_LENGTHS = (0, 32, 48, 64)
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Email:
    """A mail server."""

    host: str
    port: int
    sender: str
    username: str
    password: str
    encryption: str


@dataclass(frozen=True)
class Webhook:
    """A gateway that sends SMS and makes calls."""

    url: str
    secret: str


@dataclass(frozen=True)
class ReceivingCentre:
    """An alarm receiving centre that speaks SIA DC-09 over TCP."""

    host: str
    port: int
    key: str
    receiver: int | None
    prefix: int | None


@dataclass(frozen=True)
class WebPush:
    """Whom a push service may ask, and which services beside the big ones are spoken to."""

    contact: str
    services: tuple[str, ...]


def file() -> Path:
    """Where the operator writes it."""
    folder: Path = settings.DEPLOYMENT.folder
    return folder / "channels.toml"


def _section(name: str) -> dict[str, Any] | None:
    """One table of the file; None where it is not there. A broken file is a failure that people see."""
    try:
        values = tomllib.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SendError(f"channels.toml can't be read: {error}") from error
    found = values.get(name)
    if found is not None and not isinstance(found, dict):
        raise SendError(f"channels.toml: [{name}] must be a table")
    return found


def _needed(name: str) -> dict[str, Any]:
    found = _section(name)
    if found is None:
        raise SendError(f"no [{name}] is set up in channels.toml")
    return found


def _text(name: str, values: dict[str, Any], word: str, default: str | None = None) -> str:
    value = values.get(word, default)
    if not isinstance(value, str) or (not value and default is None):
        raise SendError(f'channels.toml: [{name}] needs {word} = "…"')
    return value


def _number(name: str, values: dict[str, Any], word: str, default: int | None, most: int) -> int:
    value = values.get(word, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise SendError(f"channels.toml: [{name}] needs {word} = a number up to {most}")
    return value


def email() -> Email:
    """The mail server; raises ``SendError`` with what is missing."""
    values = _needed("email")
    encryption = _text("email", values, "encryption", "starttls")
    if encryption not in {"starttls", "tls", "none"}:
        raise SendError('channels.toml: [email] encryption is "starttls", "tls" or "none"')
    return Email(
        host=_text("email", values, "host"),
        port=_number("email", values, "port", 587, HIGHEST_PORT),
        sender=_text("email", values, "sender"),
        username=_text("email", values, "username", ""),
        password=_text("email", values, "password", ""),
        encryption=encryption,
    )


def webhook() -> Webhook:
    """The SMS and voice gateway; raises ``SendError`` with what is missing."""
    values = _needed("webhook")
    return Webhook(url=_text("webhook", values, "url"), secret=_text("webhook", values, "secret"))


def receiving_centre() -> ReceivingCentre:
    """The alarm receiving centre; raises ``SendError`` with what is missing."""
    values = _needed("dc09")
    key = _text("dc09", values, "key", "")
    if len(key) not in KEY_LENGTHS or not all(letter in "0123456789abcdefABCDEF" for letter in key):
        raise SendError("channels.toml: [dc09] key is 32, 48 or 64 hexadecimal digits, or left out")
    most = 0xFFFFFF
    return ReceivingCentre(
        host=_text("dc09", values, "host"),
        port=_number("dc09", values, "port", None, HIGHEST_PORT),
        key=key,
        receiver=_number("dc09", values, "receiver", None, most) if "receiver" in values else None,
        prefix=_number("dc09", values, "prefix", None, most) if "prefix" in values else None,
    )


def web_push() -> WebPush:
    """How pushes are sent; works without any set-up."""
    values = _section("web_push") or {}
    contact = _text("web_push", values, "contact", "mailto:seogu-care@localhost.localdomain")
    services = values.get("services", [])
    if not isinstance(services, list) or not all(isinstance(name, str) for name in services):
        raise SendError("channels.toml: [web_push] services is a list of host names")
    return WebPush(contact=contact, services=tuple(services))


def has_receiving_centre() -> bool:
    """Whether alerts are to be passed to an alarm receiving centre at all."""
    try:
        return _section("dc09") is not None
    except SendError:
        # The message is posted all the same: its failure then tells the operator what is wrong with the file.
        return True
