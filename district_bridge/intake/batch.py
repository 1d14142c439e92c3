"""A batch from a home or its robot: verified, stored in one transaction, receipted after commit."""

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import DataError, transaction
from django.db.models import F

from district_bridge.alerts import desk
from district_bridge.alerts.life import Reporter
from district_bridge.downlink import post
from district_bridge.homes.models import Home, HomeKey, KeyOwner
from district_bridge.homes.trust import Sender, identify, use_token
from district_bridge.intake.models import DeadLetter, InboxMessage
from district_bridge.supervision import watch
from district_bridge.wire import keys, messages
from district_bridge.wire.problems import MalformedError, TooLargeError

if TYPE_CHECKING:
    from datetime import datetime

MESSAGES = 500
DEAD_LETTER_CHARACTERS = 64 * 1024
REASON_CHARACTERS = 300


@dataclass
class Receipt:
    """What became of each message of a batch."""

    stored: list[str] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    refused: list[dict[str, str | None]] = field(default_factory=list)


def take(compact: str, now: datetime) -> tuple[Sender, Receipt]:
    """Stores a batch. When this returns, the database has committed."""
    sender, claims = identify(compact, "seogu-batch+jwt", now)
    found = claims.get("messages")
    if not isinstance(found, list):
        raise MalformedError("the batch needs a list of messages")
    if len(found) > MESSAGES:
        raise TooLargeError(f"at most {MESSAGES} messages a batch")
    receipt = Receipt()
    with transaction.atomic():
        home = Home.objects.select_for_update().get(pk=sender.home_id)
        use_token(sender, now)
        watch.spoke(home, sender.owner, now)
        for value in found:
            _take_one(home, sender, value, receipt, now)
        home.save(
            update_fields=[
                "last_seen_at",
                "deadline_at",
                "offline_since",
                "robot_seen_at",
                "link",
                "parts",
                "waiting",
                "last_heartbeat",
            ]
        )
    return sender, receipt


def _take_one(home: Home, sender: Sender, value: Any, receipt: Receipt, now: datetime) -> None:
    """One message never harms its neighbours: what can't be stored is named and set aside."""
    echo = messages.echo_id(value)
    try:
        message = messages.read(value)
        with transaction.atomic():
            is_new = _store(home, sender, message, now)
    except (messages.RefusedError, DataError, RecursionError) as error:
        reason = str(error) if isinstance(error, messages.RefusedError) else "the message can't be stored"
        _set_aside(home, sender, value, reason, now)
        receipt.refused.append({"id": echo, "reason": reason})
        return
    (receipt.stored if is_new else receipt.duplicate).append(str(echo))


def _store(home: Home, sender: Sender, message: messages.Message, now: datetime) -> bool:
    """Stores a message; False when it was stored before."""
    if isinstance(message, messages.Heartbeat):
        return _store_heartbeat(home, sender, message)
    if InboxMessage.objects.filter(home=home, message_id=message.id).exists():
        return False
    alert = None
    match message:
        case messages.IncidentMessage():
            alert, kind = desk.report(home, message.incident, _reporter(sender), now), "incident"
        case messages.RobotKey():
            _vouch(home, sender, message, now)
            kind = "robot_key"
        case messages.DownlinkReceipt():
            if not post.receipted(home.id, message.downlink, now):
                raise messages.RefusedError("no downlink message with this number was sent to this home")
            kind = "receipt"
    InboxMessage.objects.create(
        home=home,
        message_id=message.id,
        type=kind,
        kid=sender.kid,
        at=message.at,
        received_at=now,
        alert=alert,
    )
    return True


def _store_heartbeat(home: Home, sender: Sender, message: messages.Heartbeat) -> bool:
    if home.last_heartbeat == message.id:
        return False
    if sender.owner == KeyOwner.HOME:
        home.last_heartbeat = message.id
        home.parts, home.waiting = message.parts, message.waiting
    return True


def _reporter(sender: Sender) -> Reporter:
    return Reporter.HOME if sender.owner == KeyOwner.HOME else Reporter.ROBOT


def _vouch(home: Home, sender: Sender, message: messages.RobotKey, now: datetime) -> None:
    if sender.owner != KeyOwner.HOME:
        raise messages.RefusedError("only the home's own key can vouch for a robot")
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


def _set_aside(home: Home, sender: Sender, value: Any, reason: str, now: datetime) -> None:
    body = messages.as_text(value)[:DEAD_LETTER_CHARACTERS]
    letter, is_new = DeadLetter.objects.get_or_create(
        home=home,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        defaults={
            "kid": sender.kid,
            "message_id": messages.echo_id(value) or "",
            "reason": reason[:REASON_CHARACTERS],
            "body": body,
            "received_at": now,
        },
    )
    if not is_new:
        DeadLetter.objects.filter(pk=letter.pk).update(times=F("times") + 1, received_at=now)
