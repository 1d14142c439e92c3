"""Posting messages, in the transaction of what they tell."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from district_bridge.outgoing.models import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def post(
    kind: str,
    *,
    now: datetime,
    alert_id: int | None = None,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> Outgoing:
    """Stores a message that a worker sends at ``due_at`` (at once when it is not given).

    Raises ``RuntimeError`` outside a transaction: a message stored without what it tells, or the other way
    round, is a lost alert.
    """
    _must_be_in_transaction()
    message = written(kind, now=now, alert_id=alert_id, payload=payload, due_at=due_at)
    message.save(force_insert=True)
    return message


def post_all(messages: Sequence[Outgoing]) -> None:
    """Stores many messages (see :func:`written`) at once, under the same rule."""
    _must_be_in_transaction()
    Outgoing.objects.bulk_create(messages)


def written(
    kind: str,
    *,
    now: datetime,
    alert_id: int | None = None,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> Outgoing:
    """A message that is not stored yet."""
    return Outgoing(kind=kind, alert_id=alert_id, payload=payload or {}, created_at=now, due_at=due_at or now)


def _must_be_in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message is posted in the transaction of what it tells")
