"""What becomes of alerts: reports come in, people take them on and close them, leases lapse.

Every function here runs in one transaction: the alert, its transition, what the home is told and the message
that starts the escalation are stored together or not at all. The home's row is locked first, always, so that
two of them can't wait for each other.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid7

from django.conf import settings
from django.db import transaction

from district_bridge.alerts import life, steps
from district_bridge.alerts.models import Alert, Kind, Outcome, Severity, State, Step
from district_bridge.downlink import post

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from district_bridge.wire.messages import Incident

SEVERITIES = {"emergency": Severity.EMERGENCY, "warning": Severity.WARNING, "notice": Severity.NOTICE}


def report(home: Home, incident: Incident, reporter: life.Reporter, now: datetime) -> Alert:
    """Takes in what home or robot tells of an incident; ``home`` is locked by the caller's transaction."""
    alert = Alert.objects.select_for_update().filter(home=home, incident=incident.id).first()
    known = None if alert is None else _standing(alert)
    told = life.Report(reporter, incident.step, says_over=incident.state == "closed")
    hearing = life.hear(known, told)
    if alert is not None and alert.from_copy:
        alert.from_copy = False
        if hearing is life.Hearing.OLD and alert.state == State.CLOSED and not told.says_over:
            # What was closed was the word of a device that nobody knew; this is the home's own.
            hearing = life.Hearing.SIGN_AFTER_CLOSING
    if alert is None:
        alert = _open(home, incident, reporter, now)
    else:
        alert.reports += 1
        if hearing in {life.Hearing.NEWS, life.Hearing.HOME_SAYS_OVER}:
            _take_news(alert, incident, reporter)
        alert.changed_at = now
    if hearing in {life.Hearing.HOME_SAYS_OVER, life.Hearing.OPENED_OVER}:
        _suggest(alert, incident.outcome or "", reporter, now)
        steps.note(alert, Step.HOME_CLOSED, now, source=reporter, outcome=alert.suggested_outcome)
    elif hearing is life.Hearing.SIGN_AFTER_CLOSING:
        _reopen(alert, incident, reporter, now)
    elif hearing is life.Hearing.NEWS:
        if alert.suggested_by == reporter:
            _suggest(alert, "", None, None)
        steps.note(alert, Step.REPORTED_AGAIN, now, source=reporter)
    elif hearing is life.Hearing.OLD:
        steps.note(alert, Step.REPORTED_AGAIN, now, source=reporter)
    _remember_step(alert, reporter, incident.step)
    alert.save()
    return alert


def report_of_copy(home: Home, incident: Incident, reporter: life.Reporter, now: datetime) -> Alert:
    """A plea from a device whose key is held: it is heard, and takes nothing from anybody (decision 0211).

    It opens an alert or brings a closed one back, but it changes neither words nor steps of a known one: the
    genuine device's next report must count.
    """
    alert = Alert.objects.select_for_update().filter(home=home, incident=incident.id).first()
    if alert is None:
        alert = _open(home, incident, reporter, now, from_copy=True)
    elif alert.state == State.CLOSED:
        alert.reports += 1
        alert.severity = min(alert.severity, SEVERITIES[incident.severity])
        _back(alert, reporter, now)
    else:
        alert.reports += 1
        alert.severity = min(alert.severity, SEVERITIES[incident.severity])
        steps.note(alert, Step.REPORTED_AGAIN, now, source=reporter)
    alert.changed_at = now
    alert.save()
    return alert


def _open(
    home: Home, incident: Incident, reporter: life.Reporter, now: datetime, *, from_copy: bool = False
) -> Alert:
    alert = Alert.objects.create(
        home=home,
        incident=incident.id,
        kind=incident.kind.value,
        severity=SEVERITIES[incident.severity],
        origin=reporter.value,
        opened_at=incident.opened_at,
        received_at=now,
        changed_at=now,
        summary_ko=incident.summary_ko,
        summary_en=incident.summary_en,
        evidence=list(incident.evidence),
        from_copy=from_copy,
    )
    steps.note(alert, Step.RAISED, now, source=reporter)
    steps.escalate(alert, now)
    return alert


def _reopen(alert: Alert, incident: Incident, reporter: life.Reporter, now: datetime) -> None:
    """Somebody called again after a person had closed the alert: it is back in the queue, for anybody."""
    _take_news(alert, incident, reporter)
    _back(alert, reporter, now)


def _back(alert: Alert, reporter: life.Reporter, now: datetime) -> None:
    _suggest(alert, "", None, None)
    alert.state, alert.outcome = State.RAISED, ""
    alert.holder = alert.closed_at = alert.lease_until = alert.merged_into = None
    steps.note(alert, Step.REOPENED, now, source=reporter)
    steps.escalate(alert, now)
    steps.tell_home(alert, by=steps.SYSTEM_NAME, now=now)


def _take_news(alert: Alert, incident: Incident, reporter: life.Reporter) -> None:
    """A newer report refines words and evidence. It never makes an alert less urgent than it was."""
    alert.severity = min(alert.severity, SEVERITIES[incident.severity])
    if reporter is life.Reporter.HOME or alert.origin == life.Reporter.ROBOT:
        alert.summary_ko, alert.summary_en = incident.summary_ko, incident.summary_en
    known = {item["name"]: item for item in alert.evidence}
    known.update({item["name"]: item for item in incident.evidence})
    alert.evidence = list(known.values())


def _suggest(alert: Alert, outcome: str, by: life.Reporter | None, at: datetime | None) -> None:
    """Suggests how to close (or, with None, takes the suggestion back); the closing stays a person's."""
    alert.suggested_outcome = outcome
    alert.suggested_by = "" if by is None else by.value
    alert.suggested_at = at


def _remember_step(alert: Alert, reporter: life.Reporter, step: int) -> None:
    if reporter is life.Reporter.HOME:
        alert.home_step = max(alert.home_step, step)
    else:
        alert.robot_step = max(alert.robot_step, step)


@transaction.atomic
def acknowledge(alert_id: int, person: Account, now: datetime) -> Alert:
    """The person takes the alert on, for the length of a lease; the home hears of it."""
    alert = steps.locked(alert_id)
    life.check_may_take(life.State(alert.state), alert.holder_id, person.pk)
    alert.state = State.ACKNOWLEDGED
    alert.holder = person
    alert.lease_until = life.lease_until(now, timedelta(seconds=settings.LEASE_S))
    alert.changed_at = now
    alert.save()
    steps.note(alert, Step.ACKNOWLEDGED, now, person=person)
    steps.tell_home(alert, by=str(person), now=now)
    return alert


@transaction.atomic
def close(alert_id: int, person: Account, outcome: str, note: str, now: datetime) -> Alert:
    """The person closes the alert with an outcome; the home hears of it."""
    alert = steps.locked(alert_id)
    life.check_may_close(life.State(alert.state), alert.holder_id, person.pk)
    alert.holder = person
    _close(alert, outcome, now)
    steps.note(alert, Step.CLOSED, now, person=person, outcome=outcome, note=note)
    steps.tell_home(alert, by=str(person), now=now)
    steps.end_event(alert, now)
    for merged in alert.merged.filter(state=State.CLOSED):
        # The home still believes those open: it was not told that they became one here.
        merged.outcome = outcome
        steps.end_event(merged, now)
        steps.tell_home(merged, by=str(person), now=now)
    return alert


@transaction.atomic
def lapse(alert_id: int, now: datetime) -> bool:
    """Puts an alert whose lease has lapsed back into the queue; the home hears of it."""
    alert = steps.locked(alert_id)
    if not life.has_lapsed(life.State(alert.state), alert.lease_until, now):
        return False
    alert.state, alert.lease_until, alert.holder = State.RAISED, None, None
    alert.changed_at = now
    alert.save()
    steps.note(alert, Step.LEASE_LAPSED, now, source="bridge")
    steps.escalate(alert, now)
    steps.tell_home(alert, by=steps.SYSTEM_NAME, now=now)
    return True


def home_fell_silent(home: Home, now: datetime) -> Alert:
    """The alert about a silent home; an open one is used again. ``home`` is locked by the caller."""
    alert = _open_offline_alert(home)
    if alert is None:
        alert = Alert.objects.create(
            home=home,
            incident=uuid7(),
            kind=Kind.DEVICE,
            severity=Severity.WARNING,
            origin=life.Reporter.BRIDGE.value,
            opened_at=now,
            received_at=now,
            changed_at=now,
            summary_ko="집과 연결이 끊겼습니다.",
            summary_en="The home can no longer be reached.",
            evidence=[
                {
                    "name": "last_sign",
                    "value": home.last_seen_at and post.wire_time(home.last_seen_at),
                    "unit": "",
                }
            ],
        )
        steps.note(alert, Step.RAISED, now, source="bridge")
        steps.escalate(alert, now)
    else:
        _suggest(alert, "", None, None)
        alert.changed_at = now
        alert.save()
        steps.note(alert, Step.SILENT_AGAIN, now, source="bridge")
    return alert


def home_returned(home: Home, now: datetime) -> None:
    """Closes the alert about the home's silence when nobody took it; else suggests that it is over."""
    alert = _open_offline_alert(home)
    if alert is None:
        return
    steps.note(alert, Step.RETURNED, now, source="bridge")
    alert.changed_at = now
    if alert.state == State.RAISED and not alert.merged.exists():
        _close(alert, Outcome.RESOLVED_AT_HOME, now)
        steps.note(alert, Step.CLOSED, now, source="bridge", outcome=Outcome.RESOLVED_AT_HOME)
        steps.end_event(alert, now)
    else:
        _suggest(alert, Outcome.RESOLVED_AT_HOME, life.Reporter.BRIDGE, now)
        alert.save()


def _open_offline_alert(home: Home) -> Alert | None:
    return (
        Alert.objects.select_for_update()
        .filter(home=home, origin=life.Reporter.BRIDGE.value, kind=Kind.DEVICE, from_copy=False)
        .exclude(state=State.CLOSED)
        .first()
    )


def _standing(alert: Alert) -> life.Standing:
    return life.Standing(life.State(alert.state), alert.home_step, alert.robot_step)


def _close(alert: Alert, outcome: str, now: datetime) -> None:
    alert.state, alert.outcome = State.CLOSED, outcome
    alert.closed_at = alert.changed_at = now
    alert.lease_until = None
    alert.save()
