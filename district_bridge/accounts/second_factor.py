"""The second factor: a code from an authenticator app (TOTP, RFC 6238), or a recovery code. No views here.

A code works once, and within one step (30 s) of the bridge's clock. Five wrong ones in a row close the
factor for a quarter of an hour, whoever typed them.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django_otp.oath import TOTP

from district_bridge.accounts.models import RecoveryCode, SecondFactor
from district_bridge.deployment import DeploymentError
from district_bridge.privacy.keyring import ring

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account

STEP_S = 30
SECRET_BYTES = 20  # RFC 4226, section 4: 160 bits
WRONG_LIMIT = 5
CLOSED_FOR = timedelta(minutes=15)
RECOVERY_CODES = 10
# Letters and digits that can't be mistaken for one another on paper.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
RECOVERY_LETTERS = 10


class ClosedError(Exception):
    """Too many wrong codes: the factor is closed until ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"closed until {until:%H:%M}")
        self.until = until


@dataclass(frozen=True)
class Used:
    """What was taken as the second factor, and how many recovery codes are left."""

    recovery: bool
    left: int


def is_set_up(account: Account) -> bool:
    """Whether this person has an authenticator that was confirmed with a code."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def waiting_for(account: Account, now: datetime, shown: str = "") -> SecondFactor:
    """The factor that waits to be confirmed; raises when one is confirmed.

    ``shown`` is the mark of the factor that this session was shown. Another session gets a secret of its own,
    and the one before ends: whoever had the password first must not know the secret that its owner confirms.
    """
    with transaction.atomic():
        factor, _ = SecondFactor.objects.select_for_update().get_or_create(
            account=account, defaults={"secret": new_secret(), "made_at": now}
        )
        if factor.confirmed_at is not None:
            raise ValueError("this person's second factor is set up already")
        if mark(factor) != shown:
            factor.secret, factor.made_at, factor.last_step = new_secret(), now, -1
            factor.save()
    return factor


def mark(factor: SecondFactor) -> str:
    """What a session remembers of the factor it was shown: nothing of the secret."""
    return f"{factor.pk} {factor.made_at.isoformat()}"


def new_secret() -> str:
    """A secret as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address(account: Account, secret: str) -> str:
    """The ``otpauth://`` address that a QR code tells an app."""
    issuer = settings.DEPLOYMENT.name
    label = quote(f"{issuer}:{account.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"


def code_at(secret: str, now: datetime) -> str:
    """The six digits that an app shows at a moment."""
    return f"{_totp(secret, now).token():06}"


def confirm(account: Account, typed: str, now: datetime) -> list[str] | None:
    """The first code from the app: the recovery codes, told this once; None when it is wrong."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(account=account, confirmed_at=None)
        _check_open(factor, now)
        if not _takes(factor, typed, now):
            _count_wrong(factor, now)
            return None
        factor.confirmed_at, factor.wrong, factor.wrong_at = now, 0, None
        factor.save()
        return new_recovery_codes(account)


def check(account: Account, typed: str, now: datetime) -> Used | None:
    """Takes a code of the app or a recovery code; None when it is wrong, ``ClosedError`` after too many."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(account=account, confirmed_at__isnull=False)
        _check_open(factor, now)
        recovery = _take_recovery_code(account, typed, now)
        if not recovery and not _takes(factor, typed, now):
            _count_wrong(factor, now)
            return None
        factor.wrong, factor.wrong_at = 0, None
        factor.save()
        return Used(recovery, RecoveryCode.objects.filter(account=account, used_at=None).count())


@transaction.atomic
def new_recovery_codes(account: Account) -> list[str]:
    """Fresh recovery codes; the ones before no longer work."""
    RecoveryCode.objects.filter(account=account).delete()
    made = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=_recovery_digest(account, code)) for code in made
    )
    return [f"{code[:5]}-{code[5:]}" for code in made]


@transaction.atomic
def reset(account: Account) -> None:
    """Takes the factor away (the telephone is lost) and ends all sessions; the next sign-in sets up anew."""
    SecondFactor.objects.filter(account=account).delete()
    RecoveryCode.objects.filter(account=account).delete()
    end_sessions(account)


def end_sessions(account: Account) -> None:
    """Signs the person out everywhere."""
    account.sessions += 1
    account.save(update_fields=["sessions"])


def set_from_environment(account: Account, variable: str, now: datetime) -> str | None:
    """Sets up the factor with the secret in ``variable``; its ``otpauth://`` address, None without one."""
    given = os.environ.get(variable, "").replace(" ", "").upper()
    if not given:
        return None
    try:
        long_enough = len(base64.b32decode(given)) >= SECRET_BYTES
    except binascii.Error as error:
        raise DeploymentError(f"{variable} must be base32 (A–Z, 2–7)") from error
    if not long_enough:
        raise DeploymentError(f"{variable} must have at least {SECRET_BYTES * 8 // 5} letters")
    SecondFactor.objects.update_or_create(
        account=account,
        defaults={"secret": given, "made_at": now, "confirmed_at": now, "last_step": -1, "wrong": 0},
    )
    return address(account, given)


def _check_open(factor: SecondFactor, now: datetime) -> None:
    if factor.wrong_at is None or factor.wrong < WRONG_LIMIT:
        return
    until = factor.wrong_at + CLOSED_FOR
    if now < until:
        raise ClosedError(until)
    factor.wrong = 0


def _count_wrong(factor: SecondFactor, now: datetime) -> None:
    factor.wrong += 1
    factor.wrong_at = now
    factor.save()


def _takes(factor: SecondFactor, typed: str, now: datetime) -> bool:
    """Whether the app shows this code now (one step to either side), and it was not used before."""
    digits = "".join(typed.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):  # noqa: PLR2004 - RFC 6238's usual length
        return False
    totp = _totp(factor.secret, now)
    if not totp.verify(int(digits), tolerance=1, min_t=factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    return True


def _totp(secret: str, now: datetime) -> TOTP:
    totp = TOTP(base64.b32decode(secret), step=STEP_S)
    totp.time = now.timestamp()
    return totp


def _take_recovery_code(account: Account, typed: str, now: datetime) -> bool:
    letters = "".join(character for character in typed.upper() if character.isalnum())
    if len(letters) != RECOVERY_LETTERS:
        return False
    found = RecoveryCode.objects.filter(
        account=account, digest=_recovery_digest(account, letters), used_at=None
    )
    return found.update(used_at=now) == 1


def _recovery_digest(account: Account, letters: str) -> str:
    return ring().digest("recovery code", f"{account.pk}\0{letters}")
