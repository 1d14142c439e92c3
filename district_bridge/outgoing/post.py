"""Posting a message, in the transaction of what it tells."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from district_bridge.outgoing.models import Outgoing

if TYPE_CHECKING:
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
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message is posted in the transaction of what it tells")
    return Outgoing.objects.create(
        kind=kind, alert_id=alert_id, payload=payload or {}, created_at=now, due_at=due_at or now
    )
