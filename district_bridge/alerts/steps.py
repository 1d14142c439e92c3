"""What every step of an alert leaves behind: its row in the timeline, word to the home, the escalation."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, State, Step, Transition
from district_bridge.downlink.post import IncidentStep, post_incident
from district_bridge.homes.models import Home
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.post import post

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account

SYSTEM_NAME = "서구 돌봄 브리지"
# Home and receiving centre hear of a closing a little after it can't be taken back any more: somebody presses
# the button in the last moment, and processes on several machines don't have quite the same time.
MARGIN = 1.2


def undo_window() -> timedelta:
    """How long taking an alert on and closing it can be taken back."""
    return timedelta(seconds=settings.UNDO_S)


def locked(alert_id: int) -> Alert:
    """The alert, locked for this transaction; its home first, as everywhere."""
    home_id = Alert.objects.values_list("home_id", flat=True).get(pk=alert_id)
    Home.objects.select_for_update().get(pk=home_id)
    return Alert.objects.select_for_update().get(pk=alert_id)


def note(
    alert: Alert,
    step: Step,
    now: datetime,
    *,
    source: str = "person",
    person: Account | None = None,
    outcome: str = "",
    note: str = "",
) -> Transition:
    """A row in the alert's timeline; every open screen looks anew when it has committed."""
    made = Transition.objects.create(
        alert=alert,
        at=now,
        step=step,
        state=alert.state,
        source=str(source),
        person=person,
        outcome=outcome,
        note=note,
    )
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return made


def escalate(alert: Alert, now: datetime) -> None:
    """The climb of the ladder starts (anew): its first rung is looked up as soon as this has committed."""
    post("escalate", now=now, alert_id=alert.pk)


def end_event(alert: Alert, now: datetime) -> None:
    """An alert that was passed on to the alarm receiving centre is over: told once it can't be taken back."""
    passed_on = alert.outgoing.filter(kind="dc09").order_by("-id").first()
    if passed_on is not None:
        receipt = passed_on.payload.get("receipt")
        about = {"receipt": receipt}
        post("dc09_restoral", now=now, alert_id=alert.pk, payload=about, due_at=now + MARGIN * undo_window())


def tell_home(alert: Alert, *, by: str, now: datetime) -> None:
    """The home hears of steps of its own incidents; of the bridge's own alerts it knows nothing.

    A closing is told when it can't be taken back any more (docs/decisions/0222): at home it is for good.
    """
    if alert.origin == Reporter.BRIDGE:
        return
    held_until = now + MARGIN * undo_window() if alert.state == State.CLOSED else None
    step = IncidentStep(alert.state, by, alert.outcome or None, alert.lease_until, held_until)
    post_incident(alert.home_id, alert.incident, step, now)
