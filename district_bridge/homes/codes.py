"""Enrolment codes: made for a home, told once, kept as a keyed hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from district_bridge.homes.models import EnrolmentCode, Home, Resident

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account, Neighbourhood

# Letters and digits that can't be mistaken for one another when read out over the telephone.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
GROUP = 4
VALID_FOR = timedelta(days=14)


@dataclass(frozen=True)
class NewCode:
    """A code as it is told to the installer, this once."""

    code: str
    home: str
    expires_at: datetime


def normal(code: str) -> str:
    """The code as it is hashed: capitals, without what people add when typing."""
    return "".join(character for character in code.upper() if character.isalnum())


def digest(code: str) -> str:
    """A keyed hash: a stolen database alone does not give the codes away."""
    return hmac.new(
        settings.SECRET_KEY.encode(), b"enrolment code:" + normal(code).encode(), hashlib.sha256
    ).hexdigest()


def open_home(
    neighbourhood: Neighbourhood, resident: str, now: datetime, made_by: Account | None = None
) -> NewCode:
    """A new home that waits to be set up, with its first code."""
    with transaction.atomic():
        home = Home.objects.create(
            id=f"h-{secrets.token_hex(6)}", neighbourhood=neighbourhood, created_at=now
        )
        Resident.objects.create(home=home, name=resident)
        return new_code(home, now, made_by)


def new_code(home: Home, now: datetime, made_by: Account | None = None) -> NewCode:
    """Another code for a home: the last one was lost, or the home gets a new device."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(2 * GROUP))
    made = EnrolmentCode.objects.create(
        home=home, digest=digest(letters), made_at=now, made_by=made_by, expires_at=now + VALID_FOR
    )
    return NewCode(f"{letters[:GROUP]}-{letters[GROUP:]}", home.id, made.expires_at)
