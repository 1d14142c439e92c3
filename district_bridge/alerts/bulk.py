"""Many new alerts in one go, off the ORM. It leaves the very rows that the desk leaves for each of them.

``desk.report`` stays the door for all that is told of an alert that is known. Here only what nobody has
heard of yet is opened: the load of a bad night. A test compares the rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid7

from django.db import transaction

from district_bridge import rows
from district_bridge.alerts import desk, life
from district_bridge.alerts.models import Alert, Kind, Outcome, Severity, State, Step, Transition
from district_bridge.homes.system import DRILL_HOME
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.models import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from district_bridge.wire.messages import Incident


@dataclass(frozen=True, slots=True)
class New:
    """A report of an incident that has no alert yet."""

    home_id: str
    incident: Incident
    reporter: life.Reporter
    from_copy: bool = False


def open_new(reports: Sequence[New], now: datetime) -> list[int]:
    """Opens an alert for each report, within the caller's transaction; their ids, in the same order."""
    if not reports:
        return []
    ids = insert_alerts([_alert(new, now) for new in reports])
    steps, escalations = [], []
    for new, alert_id in zip(reports, ids, strict=True):
        steps.append(step(alert_id, Step.RAISED, now, source=new.reporter.value))
        if new.incident.state == "closed":
            outcome = new.incident.outcome or ""
            steps.append(step(alert_id, Step.HOME_CLOSED, now, source=new.reporter.value, outcome=outcome))
        if new.home_id != DRILL_HOME:
            # A drill is for the bridge alone: nobody is called for it.
            escalations.append(alert_id)
    rows.insert(Transition, steps)
    escalate(escalations, now)
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return ids


def about_a_device(home_id: str, korean: str, english: str, now: datetime, **more: object) -> dict[str, Any]:
    """A warning of the bridge's own, for :func:`open_own`."""
    return {
        "home_id": home_id,
        "incident": uuid7(),
        "kind": Kind.DEVICE.value,
        "severity": Severity.WARNING.value,
        "state": State.RAISED.value,
        "origin": life.Reporter.BRIDGE.value,
        "opened_at": now,
        "received_at": now,
        "changed_at": now,
        "summary_ko": korean,
        "summary_en": english,
        "evidence": [],
    } | more


def open_own(alerts: Sequence[dict[str, Any]], now: datetime) -> list[int]:
    """Opens alerts of the bridge's own (attribute → value), within the caller's transaction; their ids."""
    ids = insert_alerts(alerts)
    source = life.Reporter.BRIDGE.value
    rows.insert(Transition, [step(alert_id, Step.RAISED, now, source=source) for alert_id in ids])
    escalate(ids, now)
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return ids


def insert_alerts(alerts: Sequence[dict[str, Any]]) -> list[int]:
    """Stores the alerts (attribute → value); their ids, in the same order."""
    found = rows.insert(Alert, alerts, returning=("id", "home_id", "incident"))
    by_incident = {(home_id, _uuid(incident)): alert_id for alert_id, home_id, incident in found}
    return [by_incident[alert["home_id"], alert["incident"]] for alert in alerts]


def escalate(alert_ids: Sequence[int], now: datetime) -> None:
    """Starts the ladder of each alert, as the desk does."""
    rows.insert(
        Outgoing,
        [
            {"kind": "escalate", "alert_id": alert_id, "payload": {}, "created_at": now, "due_at": now}
            for alert_id in alert_ids
        ],
    )


def step(
    alert_id: int,
    what: Step,
    now: datetime,
    *,
    source: str,
    state: str = State.RAISED.value,
    outcome: str = "",
    note: str = "",
) -> dict[str, Any]:
    """One row of an alert's story that software writes."""
    return {
        "alert_id": alert_id,
        "at": now,
        "step": what.value,
        "state": state,
        "source": source,
        "person_id": None,
        "outcome": outcome,
        "note": note,
    }


def _alert(new: New, now: datetime) -> dict[str, Any]:
    incident, says_over = new.incident, new.incident.state == "closed"
    # Steps of a device that is not believed count for nobody else's.
    told = None if new.from_copy else new.reporter
    return {
        "home_id": new.home_id,
        "incident": incident.id,
        "kind": incident.kind.value,
        "severity": desk.SEVERITIES[incident.severity].value,
        "state": State.RAISED.value,
        "origin": new.reporter.value,
        "opened_at": incident.opened_at,
        "received_at": now,
        "changed_at": now,
        "summary_ko": incident.summary_ko,
        "summary_en": incident.summary_en,
        "evidence": list(incident.evidence),
        "reports": 1,
        "home_step": incident.step if told is life.Reporter.HOME else -1,
        "robot_step": incident.step if told is life.Reporter.ROBOT else -1,
        "suggested_outcome": (incident.outcome or "") if says_over else "",
        "suggested_by": new.reporter.value if says_over else "",
        "suggested_at": now if says_over else None,
        "from_copy": new.from_copy,
    }


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(hex=value)


# The words of the desk for an alert that became part of another.
MERGED = "merged"


def merge_into_area(alert_ids: Sequence[int], area: int, now: datetime) -> None:
    """Alerts about silent homes that nobody has taken on go up in the outage they turned out to be part of.

    It is the bridge's own alert about a cause that the outage shows as well (docs/decisions/0207).
    """
    _close_own(alert_ids, MERGED, MERGED, f"area {area}", now)


def close_drills(alert_ids: Sequence[int], now: datetime) -> None:
    """Drills that have come through are over: they are about the bridge alone (docs/decisions/0208)."""
    _close_own(alert_ids, Step.CLOSED.value, Outcome.OTHER.value, "drill", now)


def _close_own(alert_ids: Sequence[int], what: str, outcome: str, note: str, now: datetime) -> None:
    if not alert_ids:
        return
    Alert.objects.filter(pk__in=alert_ids, state=State.RAISED).update(
        state=State.CLOSED, outcome=outcome, closed_at=now, changed_at=now
    )
    closing = {"at": now, "step": what, "state": State.CLOSED.value, "source": life.Reporter.BRIDGE.value}
    more = {"person_id": None, "outcome": outcome, "note": note}
    rows.insert(Transition, [{"alert_id": alert_id, **closing, **more} for alert_id in alert_ids])
    _end_events(alert_ids, now)
    transaction.on_commit(lambda: hub.wake(SCREENS))


def _end_events(alert_ids: Sequence[int], now: datetime) -> None:
    """Those that were passed on to the alarm receiving centre are over there as well, as at the desk."""
    passed_on = Outgoing.objects.filter(kind="dc09", alert_id__in=alert_ids).order_by("id")
    last = {
        alert_id: payload.get("receipt") for alert_id, payload in passed_on.values_list("alert_id", "payload")
    }
    rows.insert(
        Outgoing,
        [
            {
                "kind": "dc09_restoral",
                "alert_id": alert_id,
                "payload": {"receipt": receipt},
                "created_at": now,
                "due_at": now,
            }
            for alert_id, receipt in last.items()
        ],
    )
