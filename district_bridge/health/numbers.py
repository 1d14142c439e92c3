"""What the database says about the whole bridge, whichever process is asked."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Min

from district_bridge.alerts.models import Alert, Severity, State
from district_bridge.homes.models import Home, Link
from district_bridge.intake.models import DeadLetter
from district_bridge.outgoing import work
from district_bridge.outgoing.models import Outgoing
from district_bridge.processes.duty import SUPERVISION
from district_bridge.processes.models import Duty

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.processes.duty import Post


@dataclass(frozen=True)
class Number:
    """One figure: its name, what it says, and its values by label."""

    name: str
    says: str
    values: dict[tuple[str, ...], float]
    labels: tuple[str, ...] = field(default=())


def gather(now: datetime, post: Post) -> list[Number]:
    """All of them; a few index look-ups and one count over the homes."""
    return [
        _open_alerts(),
        _one("seogu_oldest_unclaimed_emergency_seconds", "How long the oldest waits", _oldest_emergency(now)),
        _homes(),
        _one("seogu_outgoing_waiting", "Outgoing messages that are due", work.waiting_count(now)),
        _one("seogu_outgoing_oldest_seconds", "How long the oldest due one waits", _oldest_outgoing(now)),
        _one("seogu_outgoing_given_up", "Outgoing messages that could not be sent", work.gave_up_count()),
        _one("seogu_dead_letters", "Messages that could not be taken", DeadLetter.objects.count()),
        _one(
            "seogu_supervision_age_seconds",
            "Since supervision last looked for silent homes, in whichever process",
            supervision_age_s(now, post),
        ),
    ]


def supervision_age_s(now: datetime, post: Post) -> float:
    """Seconds since a round of supervision was done by anybody; infinite when none ever was."""
    last = post.last_done
    if connection.vendor == "postgresql":
        last = Duty.objects.filter(name=SUPERVISION).values_list("done_at", flat=True).first()
    return float("inf") if last is None else max(0.0, (now - last).total_seconds())


def _one(name: str, says: str, value: float) -> Number:
    return Number(name, says, {(): value})


def _open_alerts() -> Number:
    values: dict[tuple[str, ...], float] = {
        (state.value, severity.name.lower()): 0.0
        for state in (State.RAISED, State.ACKNOWLEDGED)
        for severity in Severity
    }
    counted = Alert.objects.exclude(state=State.CLOSED).order_by().values("state", "severity")
    for row in counted.annotate(number=Count("pk")):
        values[row["state"], Severity(row["severity"]).name.lower()] = row["number"]
    return Number("seogu_open_alerts", "Alerts that are not closed", values, ("state", "severity"))


def _oldest_emergency(now: datetime) -> float:
    waiting = Alert.objects.filter(state=State.RAISED, severity=Severity.EMERGENCY)
    return _age(now, waiting.aggregate(first=Min("received_at"))["first"])


def _oldest_outgoing(now: datetime) -> float:
    due = Outgoing.objects.filter(sent_at=None, gave_up_at=None, due_at__lte=now)
    return _age(now, due.aggregate(first=Min("due_at"))["first"])


def _homes() -> Number:
    values: dict[tuple[str, ...], float] = {(link.value,): 0.0 for link in Link}
    for row in Home.objects.order_by().values("link").annotate(number=Count("pk")):
        values[row["link"],] = row["number"]
    return Number("seogu_homes", "Homes, by how the bridge stands with them", values, ("link",))


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
