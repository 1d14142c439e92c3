"""What colleagues do with an alert among themselves: hand over, give back, merge, note, take a step back."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from district_bridge.alerts import desk, life, steps
from district_bridge.alerts.models import Alert, Handover, Outcome, State, Step
from district_bridge.downlink import post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from district_bridge.accounts.models import Account

# Steps that say nothing about in whose hands the alert is.
BESIDES = (Step.NOTED, Step.REPORTED_AGAIN, Step.HOME_CLOSED, Step.RETURNED, Step.SILENT_AGAIN, Step.TOOK_IN)


@transaction.atomic
def offer(alert_id: int, person: Account, to: Account, note: str, now: datetime) -> Handover:
    """The holder offers the alert to a colleague; until that one receipts it, it stays where it is."""
    alert = steps.locked(alert_id)
    life.check_holds(life.State(alert.state), alert.holder_id, person.pk)
    if to.pk == person.pk or not to.is_active:
        raise life.OfferGoneError
    alert.handovers.filter(answered_at=None).update(answered_at=now, accepted=False)
    offered = Handover.objects.create(alert=alert, giver=person, to=to, offered_at=now)
    told = f"→ {to}" + (f"\n{note}" if note else "")
    steps.note(alert, Step.OFFERED, now, person=person, note=told)
    return offered


@transaction.atomic
def receive(handover_id: int, person: Account, now: datetime, *, accept: bool) -> Alert:
    """The colleague receipts the hand-over (the alert is theirs, with a fresh lease) or declines it."""
    alert = steps.locked(Handover.objects.values_list("alert_id", flat=True).get(pk=handover_id))
    offered = Handover.objects.select_for_update().get(pk=handover_id)
    is_open = offered.answered_at is None and offered.to_id == person.pk
    if not is_open or alert.state != State.ACKNOWLEDGED or alert.holder_id != offered.giver_id:
        raise life.OfferGoneError
    offered.answered_at, offered.accepted = now, accept
    offered.save()
    alert.changed_at = now
    if not accept:
        alert.save()
        steps.note(alert, Step.DECLINED, now, person=person)
        return alert
    alert.holder, alert.lease_until = person, life.lease_until(now, timedelta(seconds=settings.LEASE_S))
    alert.save()
    steps.note(alert, Step.HANDED_OVER, now, person=person, note=f"{offered.giver} → {person}")
    steps.tell_home(alert, by=str(person), now=now)
    return alert


@transaction.atomic
def give_back(alert_id: int, person: Account, now: datetime) -> Alert:
    """The holder can't go on: the alert is back in the queue at once, and the climb goes on."""
    alert = steps.locked(alert_id)
    life.check_holds(life.State(alert.state), alert.holder_id, person.pk)
    alert.state, alert.holder, alert.lease_until, alert.changed_at = State.RAISED, None, None, now
    alert.save()
    steps.note(alert, Step.GIVEN_BACK, now, person=person)
    steps.escalate(alert, now)
    steps.tell_home(alert, by=steps.SYSTEM_NAME, now=now)
    return alert


@transaction.atomic
def note(alert_id: int, person: Account, text: str, now: datetime) -> Alert:
    """A note in the timeline; anybody who sees the alert may write one, also after it was closed."""
    alert = steps.locked(alert_id)
    alert.changed_at = now
    alert.save(update_fields=["changed_at"])
    steps.note(alert, Step.NOTED, now, person=person, note=text)
    return alert


@transaction.atomic
def merge(alert_id: int, into_id: int, person: Account, now: datetime) -> Alert:
    """Two alerts of one home are about one thing: the first is closed and belongs to the second from now on.

    The home hears of the end of the first when the second is closed. A further sign of the first opens it
    again, on its own: a merge must never hide a sign.
    """
    alert = steps.locked(alert_id)
    into = Alert.objects.select_for_update().get(pk=into_id)
    life.check_may_merge(_side(alert), _side(into), person.pk)
    alert.state, alert.outcome, alert.merged_into = State.CLOSED, Outcome.MERGED, into
    alert.closed_at = alert.changed_at = into.changed_at = now
    alert.holder, alert.lease_until = person, None
    alert.save()
    # What was merged into the first goes with it.
    alert.merged.update(merged_into=into)
    into.severity = min(into.severity, alert.severity)
    into.save()
    steps.note(alert, Step.MERGED, now, person=person, outcome=Outcome.MERGED)
    steps.note(into, Step.TOOK_IN, now, person=person)
    return into


def _side(alert: Alert) -> life.Side:
    return life.Side(alert.pk, alert.home_id, life.State(alert.state), alert.holder_id)


@transaction.atomic
def undo(alert_id: int, person: Account, now: datetime) -> Alert:
    """Takes back what this person did a moment ago: taking the alert on, or closing it."""
    alert = steps.locked(alert_id)
    state = life.state_after_undo(last_step(alert), person.pk, now, steps.undo_window())
    alert.state, alert.outcome, alert.closed_at, alert.merged_into = state, "", None, None
    alert.changed_at = now
    held = state is life.State.ACKNOWLEDGED
    alert.holder = person if held else None
    alert.lease_until = life.lease_until(now, timedelta(seconds=settings.LEASE_S)) if held else None
    alert.save()
    steps.note(alert, Step.UNDONE, now, person=person)
    if not held:
        steps.escalate(alert, now)
    steps.tell_home(alert, by=str(person) if held else steps.SYSTEM_NAME, now=now)
    for merged in alert.merged.filter(state=State.CLOSED):
        # They had ended with this one, and go on with it.
        post.withdraw(merged.home_id, merged.incident, now)
        Alert.objects.filter(pk=merged.pk).update(outcome=Outcome.MERGED)
    return alert


def last_step(alert: Alert) -> life.Taken | None:
    """The last step that counts for taking it back, and the state before it."""
    found = list(alert.transitions.exclude(step__in=BESIDES).order_by("-id")[:2])
    if len(found) < len(("last", "before")) or found[0].step not in {Step.ACKNOWLEDGED, Step.CLOSED}:
        return None
    last, before = found
    return life.Taken(last.person_id, last.at, life.State(last.state), life.State(before.state))


def acknowledge_many(alert_ids: Iterable[int], person: Account, now: datetime) -> tuple[int, int]:
    """Takes on many alerts (an area incident); those that colleagues hold stay theirs. Taken, and left."""
    taken = left = 0
    homes = dict(Alert.objects.filter(pk__in=list(alert_ids)).values_list("pk", "home_id"))
    # In the order of the homes, as all who lock several do: two of them can't wait for each other.
    for alert_id in sorted(homes, key=lambda key: (homes[key], key)):
        try:
            desk.acknowledge(alert_id, person, now)
        except life.LifeError:
            left += 1
        else:
            taken += 1
    return taken, left
