"""What is stored message by message: robots' keys, receipts, further reports, and what is set aside."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.db.models import F

from district_bridge.downlink import post
from district_bridge.homes import keys as home_keys
from district_bridge.homes.models import HomeKey, KeyOwner
from district_bridge.intake.models import DeadLetter, InboxMessage
from district_bridge.wire import keys, messages
from district_bridge.wire.problems import MalformedError

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert
    from district_bridge.homes.models import Home

DEAD_LETTER_CHARACTERS = 64 * 1024
REASON_CHARACTERS = 300


def keep(
    home: Home, kid: str, message: messages.Message, kind: str, now: datetime, alert: Alert | None = None
) -> None:
    """The message is in the inbox."""
    InboxMessage.objects.create(
        home=home, message_id=message.id, type=kind, kid=kid, at=message.at, received_at=now, alert=alert
    )


def receipted(home: Home, message: messages.DownlinkReceipt, now: datetime) -> None:
    """The home has stored a message of the downlink."""
    if not post.receipted(home.id, message.downlink, now):
        raise messages.RefusedError("no downlink message with this number was sent to this home")


def vouch(home: Home, owner: str, message: messages.RobotKey, now: datetime) -> None:
    """The home vouches for its robot's key, which may then sign for the home."""
    if owner != KeyOwner.HOME:
        raise messages.RefusedError("only the home's own key can vouch for a robot")
    if HomeKey.objects.filter(
        home=home, owner=KeyOwner.HOME, held_at__isnull=False, revoked_at=None
    ).exists():
        raise messages.RefusedError("two devices use this home's key: the district gives out a new code")
    kid = keys.thumbprint(message.jwk)
    known = HomeKey.objects.filter(kid=kid).first()
    if known is None:
        HomeKey.objects.create(
            kid=kid, home=home, owner=KeyOwner.ROBOT, robot=message.robot, jwk=message.jwk, added_at=now
        )
    elif known.home_id != home.id or known.owner != KeyOwner.ROBOT:
        raise messages.RefusedError("this key belongs to another home")
    elif known.revoked_at is not None:
        raise messages.RefusedError("the district has revoked this robot's key")


def renew(home: Home, kid: str, message: messages.NewKey, now: datetime) -> None:
    """The signer's new key may sign as well; with its first batch the old one ends."""
    old = HomeKey.objects.get(kid=kid)
    if (message.home, message.replaces) != (home.id, kid):
        raise messages.RefusedError("the proof is for another home, or another key than the one that signs")
    if old.held_at is not None:
        raise messages.RefusedError("two devices use this key: the district gives out a new code")
    try:
        home_keys.add_successor(old, message.jwk, keys.thumbprint(message.jwk), now)
    except MalformedError as error:
        raise messages.RefusedError(error.detail) from error


def set_aside(home_id: str, kid: str, value: Any, reason: str, now: datetime) -> None:
    """Keeps a message that can't be taken, so that a person can look at it."""
    body = messages.as_text(value)[:DEAD_LETTER_CHARACTERS]
    letter, is_new = DeadLetter.objects.get_or_create(
        home_id=home_id,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        defaults={
            "kid": kid,
            "message_id": messages.echo_id(value) or "",
            "reason": reason[:REASON_CHARACTERS],
            "body": body,
            "received_at": now,
        },
    )
    if not is_new:
        DeadLetter.objects.filter(pk=letter.pk).update(times=F("times") + 1, received_at=now)
