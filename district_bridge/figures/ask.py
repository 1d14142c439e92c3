"""The figures' numbers from the database, for what a person may see."""

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Min, Q

from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Severity, Step
from district_bridge.figures.answers import Call

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

# Taking an alert on, or closing it without, is an answer; the bridge's own closing of a silent home is none.
ANSWERS = (Step.ACKNOWLEDGED, Step.CLOSED, Step.MERGED)


def calls_since(
    alerts: QuerySet[Alert], since: datetime, now: datetime, *, emergencies_only: bool
) -> dict[str, list[Call]]:
    """By neighbourhood: how each alert received since then was answered. One query."""
    found = alerts.filter(received_at__gte=since).exclude(origin=Reporter.BRIDGE.value)
    if emergencies_only:
        found = found.filter(severity=Severity.EMERGENCY)
    answered = Min(
        "transitions__at", filter=Q(transitions__step__in=ANSWERS, transitions__person__isnull=False)
    )
    rows = (
        found.order_by()
        .values("pk", "home__neighbourhood__name", "received_at")
        .annotate(answered_at=answered)
    )
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for row in rows:
        answer = row["answered_at"]
        calls[row["home__neighbourhood__name"]].append(
            Call(
                answered_s=None if answer is None else (answer - row["received_at"]).total_seconds(),
                waited_s=(now - row["received_at"]).total_seconds(),
            )
        )
    return dict(calls)
