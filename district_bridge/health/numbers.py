"""What the database says about the whole bridge, whichever process is asked."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Min

from district_bridge.alerts.models import Alert, Severity, State
from district_bridge.area import outages
from district_bridge.drill import audits, fire
from district_bridge.homes import keys
from district_bridge.homes.models import Home, Link
from district_bridge.intake import gaps
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
        *_own_watch(now),
    ]


def _own_watch(now: datetime) -> list[Number]:
    """What the bridge found out about itself, about outages, and about senders that lost count."""
    drill, audited = fire.last_success(), audits.last()
    differs = 0.0 if audited is None or audited.holds else 1.0
    return [
        _one("seogu_drill_round_trip_seconds", "The last drill that came through", fire.round_trip_s(drill)),
        _one(
            "seogu_drill_age_seconds",
            "Since the last drill came through",
            _age(now, drill.at if drill else None),
        ),
        _one("seogu_drill_failures", "Drills that failed in a row (20 at most)", fire.failures_in_a_row()),
        _one("seogu_audit_differs", "Whether the last audit found a difference", differs),
        _one("seogu_audit_age_seconds", "Since the last audit", _age(now, audited.at if audited else None)),
        _one("seogu_area_incidents", "Outages that are open", outages.open_count()),
        _one("seogu_area_homes_away", "Homes that are silent in an outage", outages.away_count()),
        _one("seogu_homes_with_missing_messages", "Homes that skipped a number", gaps.homes_with_gaps()),
        _one("seogu_homes_with_held_keys", "Homes whose key two devices use", keys.homes_with_held_keys()),
        _one("seogu_homes_with_reused_numbers", "Homes with two senders", gaps.homes_with_reused_numbers()),
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
