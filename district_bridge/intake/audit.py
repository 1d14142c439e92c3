"""The audit: every report that came in is an open alert, a closed alert, or merged into one of them.

And it works out anew what should have followed: an open alert has started its climb of the ladder since it
was last raised, and of a silent home somebody was told.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum

from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Kind, State, Step, Transition
from district_bridge.area.models import AreaHome
from district_bridge.database import snapshot
from district_bridge.homes.models import Home, Link
from district_bridge.homes.system import DRILL_HOME
from district_bridge.intake.models import InboxMessage
from district_bridge.outgoing.models import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 20
# Steps after which an alert needs somebody (anew), and its climb of the ladder starts (anew).
RAISING = ("raised", "reopened", "lease_lapsed", "given_back", "undone")


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
    with snapshot():
        raised_here = Transition.objects.filter(step=Step.RAISED, source=Reporter.BRIDGE.value).count()
        received = InboxMessage.objects.filter(type="incident").count() + raised_here
        closed = Alert.objects.filter(state=State.CLOSED).count()
        total = Alert.objects.aggregate(alerts=Count("id"), reports=Sum("reports", default=0))
        return Audit(
            received=received,
            open=total["alerts"] - closed,
            closed=closed,
            merged=total["reports"] - total["alerts"],
            differences=[*_differences(), *_not_escalated(), *_silent_and_nobody_told()],
        )


def _not_escalated() -> Iterator[str]:
    raisings = Transition.objects.filter(alert=OuterRef("pk"), step__in=RAISING)
    entered = raisings.order_by("-id").values("at")[:1]
    waiting = Alert.objects.filter(state=State.RAISED).exclude(home_id=DRILL_HOME)
    climbing = Outgoing.objects.filter(
        kind="escalate", alert=OuterRef("pk"), created_at__gte=OuterRef("entered")
    )
    for alert in waiting.annotate(entered=Subquery(entered)).filter(~Exists(climbing))[:SHOWN]:
        yield f"alert {alert.incident} needs somebody since {alert.entered}, and nobody is being told"


def _silent_and_nobody_told() -> Iterator[str]:
    own = Alert.objects.filter(
        home=OuterRef("pk"), origin=Reporter.BRIDGE.value, kind=Kind.DEVICE, from_copy=False
    )
    told = own.filter(~Q(state=State.CLOSED) | Q(changed_at__gte=OuterRef("offline_since")))
    listed = AreaHome.objects.filter(home=OuterRef("pk"), silent_since__gte=OuterRef("offline_since"))
    silent = Home.objects.filter(link=Link.OFFLINE).filter(~Exists(told), ~Exists(listed))
    for home in silent[:SHOWN]:
        yield f"home {home.pk} is silent since {home.offline_since}, and nobody was told"


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
