"""Reading a batch before anything is stored: the signature, the time, and each message for itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from district_bridge.wire import messages, tokens
from district_bridge.wire.problems import MalformedError, TooLargeError, UnknownKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYP = "seogu-batch+jwt"
MESSAGES = 500


@dataclass(frozen=True, slots=True)
class Read:
    """One message of a batch: what it says, or why it is refused."""

    echo: str | None
    value: Any
    message: messages.Message | None
    reason: str = ""
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch whose signature is good. Whether its key may still sign is asked when it is stored."""

    home_id: str
    kid: str
    jti: str
    messages: tuple[Read, ...]
    boot: str = ""

    @property
    def has_plea(self) -> bool:
        """Whether it says that somebody needs help: this is taken even from a device that is not believed."""
        return any(is_plea(read.message) for read in self.messages)

    @property
    def has_incident(self) -> bool:
        """Whether somebody may need help: such a batch is never put off."""
        return any(isinstance(read.message, messages.IncidentMessage) for read in self.messages)

    @property
    def is_heartbeat(self) -> bool:
        """Whether it only says that the home lives."""
        return all(isinstance(read.message, messages.Heartbeat) for read in self.messages)


def read(token: tokens.Token, key: Ed25519PublicKey, now_s: float) -> Batch:
    """The batch in a token, which must be signed with ``key``; raises the problem otherwise."""
    claims = tokens.verify(token, key)
    tokens.check_time(claims, now_s)
    home_id, found = claims.get("iss"), claims.get("messages")
    if not isinstance(home_id, str) or not home_id.isprintable():
        raise UnknownKeyError("the batch must name its home in iss")
    if not isinstance(found, list):
        raise MalformedError("the batch needs a list of messages")
    if len(found) > MESSAGES:
        raise TooLargeError(f"at most {MESSAGES} messages a batch")
    return Batch(home_id, token.kid, tokens.jti(claims), tuple(map(_read, found)), tokens.boot(claims))


def is_plea(message: messages.Message | None) -> bool:
    """Whether a message tells of an incident that goes on."""
    return isinstance(message, messages.IncidentMessage) and message.incident.state != "closed"


def _read(value: Any) -> Read:
    """One bad message never harms its neighbours."""
    echo, seq = messages.echo_id(value), messages.seq(value)
    try:
        return Read(echo, value, messages.read(value), seq=seq)
    except messages.RefusedError as error:
        return Read(echo, value, None, str(error), seq)
    except RecursionError:
        return Read(echo, value, None, "the message is nested too deeply", seq)
