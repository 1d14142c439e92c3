"""The audit: every report that came in is an open alert, a closed alert, or merged into one of them."""

from dataclasses import dataclass, field

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, State, Step, Transition
from district_bridge.intake.models import InboxMessage

SHOWN = 20


@dataclass(frozen=True)
class Audit:
    """The sums, and what does not fit. ``received`` is counted from the inbox, the rest from the alerts."""

    received: int
    open: int
    closed: int
    merged: int
    differences: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is lost."""
        return self.received == self.open + self.closed + self.merged and not self.differences


def audit() -> Audit:
    """Counts anew; the bridge's own alerts count as received once each."""
    raised_here = Transition.objects.filter(step=Step.RAISED, source=Reporter.BRIDGE.value).count()
    received = InboxMessage.objects.filter(type="incident").count() + raised_here
    closed = Alert.objects.filter(state=State.CLOSED).count()
    total = Alert.objects.aggregate(alerts=Count("id"), reports=Sum("reports", default=0))
    return Audit(
        received=received,
        open=total["alerts"] - closed,
        closed=closed,
        merged=total["reports"] - total["alerts"],
        differences=_differences(),
    )


def _differences() -> list[str]:
    found = [
        f"message {message_id} is stored but belongs to no alert"
        for message_id in InboxMessage.objects.filter(type="incident", alert=None).values_list(
            "message_id", flat=True
        )[:SHOWN]
    ]
    counted = Alert.objects.exclude(origin=Reporter.BRIDGE.value).annotate(
        stored=Count("received", filter=Q(received__type="incident"))
    )
    found += [
        f"alert {alert.incident} counts {alert.reports} reports, the inbox holds {alert.stored}"
        for alert in counted.exclude(stored=F("reports"))[:SHOWN]
    ]
    last = Transition.objects.filter(alert=OuterRef("pk")).order_by("-id").values("state")[:1]
    stated = Alert.objects.annotate(last_state=Subquery(last))
    found += [
        f"alert {alert.incident} is {alert.state}, its last step says {alert.last_state}"
        for alert in stated.exclude(state=F("last_state"))[:SHOWN]
    ]
    return found
