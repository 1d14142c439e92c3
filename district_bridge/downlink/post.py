"""Posting a message to a home, in the transaction of what it tells."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid7

from django.db import transaction
from django.db.models import F

from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes.models import Home
from district_bridge.live import home_topic, hub

KEPT_FOR = timedelta(days=30)


def wire_time(time: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_say(home_id: str, *, text: str, by: str, now: datetime) -> DownlinkMessage:
    """Words that the robot shall say."""
    return _post(home_id, "say", now, {"text": text, "by": by})


def post_rotate_key(home_id: str, kid: str, now: datetime) -> DownlinkMessage:
    """Whoever signs with the key named ``kid`` shall make a new one."""
    return _post(home_id, "rotate_key", now, {"kid": kid})


@dataclass(frozen=True, slots=True)
class IncidentStep:
    """A step that was taken at the bridge; ``held_until``: it is not told before, it may be taken back."""

    state: str
    by: str
    outcome: str | None = None
    lease_until: datetime | None = None
    held_until: datetime | None = None


def post_incident(home_id: str, incident: UUID, step: IncidentStep, now: datetime) -> DownlinkMessage:
    """A step of an incident. An earlier one that is still held back is never told."""
    withdraw(home_id, incident, now)
    told = {
        "id": str(incident),
        "state": step.state,
        "by": step.by,
        "outcome": step.outcome,
        "lease_until": wire_time(step.lease_until) if step.lease_until else None,
    }
    return _post(home_id, "incident", now, {"incident": told}, step.held_until)


def withdraw(home_id: str, incident: UUID, now: datetime) -> None:
    """A step that is still held back is never told: it was taken back, or something happened since."""
    DownlinkMessage.objects.filter(
        home_id=home_id, held_until__gt=now, message__incident__id=str(incident)
    ).delete()


def receipted(home_id: str, seq: int, now: datetime) -> bool:
    """Notes that the home has stored message ``seq``; False when no such message was sent."""
    message = DownlinkMessage.objects.filter(home_id=home_id, seq=seq).first()
    if message is None:
        return False
    if message.receipted_at is None:
        message.receipted_at = now
        message.save(update_fields=["receipted_at"])
    return True


@dataclass(frozen=True, slots=True)
class Next:
    """What a stream sends now, and when there is more: ``held_until`` is of the message that comes next."""

    messages: list[DownlinkMessage]
    held_until: datetime | None = None


def kept_after(home_id: str, seq: int, now: datetime, limit: int = 100) -> Next:
    """What a stream that has seen ``seq`` shall send next, in order.

    What is held back holds back what comes after it: a home takes no number lower than its last.
    """
    kept = DownlinkMessage.objects.filter(home_id=home_id, seq__gt=seq, created_at__gte=now - KEPT_FOR)
    ready: list[DownlinkMessage] = []
    for message in kept.order_by("seq")[:limit]:
        if message.held_until is not None and message.held_until > now:
            return Next(ready, message.held_until)
        ready.append(message)
    return Next(ready)


def _post(
    home_id: str, kind: str, now: datetime, content: dict[str, Any], held_until: datetime | None = None
) -> DownlinkMessage:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message to a home is posted in the transaction of what it tells")
    # The update holds the home's row until commit, so numbers become visible in their order.
    Home.objects.filter(pk=home_id).update(downlink_seq=F("downlink_seq") + 1)
    seq = Home.objects.values_list("downlink_seq", flat=True).get(pk=home_id)
    message = {"v": 1, "id": str(uuid7()), "type": kind, "at": wire_time(now), **content}
    posted = DownlinkMessage.objects.create(
        home_id=home_id, seq=seq, message=message, created_at=now, held_until=held_until
    )
    transaction.on_commit(lambda: hub.wake(home_topic(home_id)))
    return posted
