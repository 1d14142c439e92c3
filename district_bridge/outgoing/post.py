"""Posting messages, in the transaction of what they tell."""

from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

from django.db import transaction

from district_bridge import rows
from district_bridge.outgoing.models import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class About(TypedDict, total=False):
    """What there is to say of a message besides its kind."""

    now: Required[datetime]
    alert_id: int | None
    payload: dict[str, Any] | None
    due_at: datetime | None
    """When a worker sends it; at once when it is not given."""


def post(kind: str, **about: Unpack[About]) -> Outgoing:
    """Stores a message that a worker sends.

    Raises ``RuntimeError`` outside a transaction: a message stored without what it tells, or the other way
    round, is a lost alert.
    """
    _must_be_in_transaction()
    message = written(kind, **about)
    message.save(force_insert=True)
    return message


def post_all(messages: Sequence[Outgoing]) -> None:
    """Stores many messages (see :func:`written`) at once, under the same rule."""
    _must_be_in_transaction()
    rows.create(messages)


def written(kind: str, **about: Unpack[About]) -> Outgoing:
    """A message that is not stored yet."""
    now = about["now"]
    return Outgoing(
        kind=kind,
        alert_id=about.get("alert_id"),
        payload=about.get("payload") or {},
        created_at=now,
        due_at=about.get("due_at") or now,
    )


def _must_be_in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message is posted in the transaction of what it tells")
