"""The worker's side of the ladder: looks which rungs are due, receipts each, posts what tells the people."""

from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, State, Step
from district_bridge.channels import family, reach
from district_bridge.escalation import climb, ladders
from district_bridge.escalation.models import Receipt, Result
from district_bridge.escalation.owners import moments
from district_bridge.escalation.rota import DUTY_OF, Rota
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.post import post
from district_bridge.outgoing.work import handler

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

STARTS = (Step.RAISED, Step.REOPENED, Step.LEASE_LAPSED, Step.GIVEN_BACK, Step.UNDONE)


@handler("escalate")
def escalate(message: Outgoing, now: datetime) -> None:
    """Tells the rungs that are due and posts the look for the next one.

    Done twice it tells nobody twice: what was told has its receipt, and receipts are unique.
    """
    if message.alert_id is None:
        return
    with transaction.atomic():
        alert = (
            Alert.objects.select_for_update(of=("self",))
            .select_related("home__neighbourhood")
            .filter(pk=message.alert_id)
            .first()
        )
        if alert is None or alert.state != State.RAISED:
            return
        life = list(alert.transitions.all())
        start = max(step.pk for step in life if step.step in STARTS)
        if message.payload.get("climb", start) != start:
            # This look belongs to an earlier climb; the later one has its own.
            return
        ladder = ladders.ladder_of(alert)
        wait = climb.waited(moments(life), now)
        told = set(Receipt.objects.filter(alert=alert, climb=start).values_list("place", "turn"))
        rota = Rota(now)
        for call in climb.due(ladder, wait, told):
            _tell(alert, start, call, rota, now)
        post(
            "escalate",
            now=now,
            alert_id=alert.pk,
            payload={"climb": start},
            due_at=now + climb.until_next(ladder, wait),
        )
        transaction.on_commit(lambda: hub.wake(SCREENS))


def _tell(alert: Alert, start: int, call: climb.Call, rota: Rota, now: datetime) -> None:
    """One rung: its receipt, and messages over every channel by which its people are reached."""
    step = call.rung.step
    receipt = Receipt(alert=alert, climb=start, place=call.place, turn=call.turn, step=step.value, at=now)
    if step is climb.Step.ROBOT:
        # The robot's own check-in was before the alert came here; a silent home has no robot to ask.
        is_silent = alert.origin == Reporter.BRIDGE
        receipt.result = Result.OUT_OF_REACH if is_silent else Result.IN_THE_HOME
        receipt.save()
        return
    if step is climb.Step.FAMILY:
        receipt.result = Result.NO_CONTACT
        receipt.save()
        receipt.result, receipt.people = family.tell(receipt, now)
        receipt.save()
        return
    on_call = rota.on_call(alert.home.neighbourhood_id, DUTY_OF[step])
    if on_call is None:
        receipt.result = Result.NOBODY
    else:
        receipt.account, receipt.people = on_call.account, 1
        receipt.result = Result.STOOD_IN if on_call.stands_in else Result.TOLD
    receipt.save()
    if on_call is not None:
        reach.tell_person(receipt, on_call.account, now)
    if step is climb.Step.EMERGENCY_SERVICES:
        reach.tell_receiving_centre(receipt, now)


def seen(alert: Alert, account_id: int, now: datetime) -> None:
    """The person whom a rung told has opened the alert: the receipts say so from now on."""
    Receipt.objects.filter(alert=alert, account_id=account_id, seen_at=None).update(seen_at=now)
