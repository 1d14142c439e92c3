"""What the tests of the intake send, and what they read of its answers."""

from typing import TYPE_CHECKING, Any

from django.db import connection

from district_bridge.intake import reading, store
from district_bridge.wire import keys, tokens
from tests.district_bridge.home_side import Signing, batch_claims, incident, message
from tests.district_bridge.people import enrolled_home

if TYPE_CHECKING:
    from datetime import datetime

IAT = 1795316400


class Sender:
    """An enrolled home and its key."""

    def __init__(self, now: datetime) -> None:
        self.signing = Signing()
        self.home = enrolled_home(self.signing, now)

    def batch(self, *messages: Any, **claims: Any) -> reading.Batch:
        signed = batch_claims(self.home.id, list(messages), iat=IAT, **claims)
        token = tokens.read(self.signing.sign("seogu-batch+jwt", signed), reading.TYP)
        return reading.read(token, keys.public_key(self.signing.jwk), IAT)


def raised(**more: Any) -> dict[str, Any]:
    return message("incident", incident=incident(**more))


def receipts(answers: list[store.Answer]) -> list[store.Receipt]:
    assert all(isinstance(answer, store.Receipt) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, store.Receipt)]


def hang_up() -> None:
    connection.close()


def unsigned(*messages: Any, home: str = "h-1") -> reading.Batch:
    return reading.Batch(home, "kid", "jti", tuple(map(reading._read, messages)))
