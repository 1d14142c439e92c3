"""An alert's story: steps, rungs that were told, messages that arrived or did not, in order of time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from district_bridge.channels.reach import CHANNELS
from district_bridge.outgoing.work import NOT_NEEDED

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert, Transition
    from district_bridge.escalation.models import Receipt
    from district_bridge.outgoing.models import Outgoing


@dataclass(frozen=True)
class Delivery:
    """One message of a rung: over which channel, and what became of it."""

    kind: str
    state: str
    at: datetime
    failure: str


@dataclass(frozen=True)
class Entry:
    """A line of the story: a step of the alert, or a rung of its ladder with its messages."""

    at: datetime
    step: Transition | None = None
    receipt: Receipt | None = None
    deliveries: tuple[Delivery, ...] = ()


def of(alert: Alert) -> list[Entry]:
    """The story from the beginning; in three queries however long it is."""
    steps = alert.transitions.select_related("person")
    receipts = alert.receipts.select_related("account", "called_by")
    messages: dict[int, list[Delivery]] = {}
    for message in alert.outgoing.filter(kind__in=CHANNELS).order_by("id"):
        messages.setdefault(message.payload.get("receipt", 0), []).append(delivery(message))
    entries = [Entry(step.at, step=step) for step in steps]
    entries += [
        Entry(receipt.at, receipt=receipt, deliveries=tuple(messages.get(receipt.pk, ())))
        for receipt in receipts
    ]
    # At one moment the step comes first: it is why the rung was told.
    return sorted(entries, key=lambda entry: (entry.at, entry.step is None))


def delivery(message: Outgoing) -> Delivery:
    """What became of a message."""
    if message.sent_at is not None:
        return Delivery(message.kind, "sent", message.sent_at, "")
    if message.gave_up_at is not None:
        state = "not_needed" if message.failure.startswith(NOT_NEEDED) else "failed"
        return Delivery(message.kind, state, message.gave_up_at, message.failure)
    state = "trying" if message.failure else "waiting"
    return Delivery(message.kind, state, message.due_at, message.failure)
