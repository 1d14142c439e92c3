"""The worker's side of the ladder: looks which rungs are due, receipts each, posts what tells the people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from district_bridge.alerts.models import Alert, State, Step
from district_bridge.escalation import climb, ladders, telling
from district_bridge.escalation.models import Receipt
from district_bridge.escalation.owners import lives_of, moments
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.post import post_all, written
from district_bridge.outgoing.work import handler_of_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from district_bridge.outgoing.models import Outgoing

KIND = "escalate"
STARTS = (Step.RAISED, Step.REOPENED, Step.LEASE_LAPSED, Step.GIVEN_BACK, Step.UNDONE)


@handler_of_many(KIND)
def escalate(messages: Sequence[Outgoing], now: datetime) -> set[int]:
    """Tells the rungs that are due for each alert and posts the look for its next one.

    Done twice it tells nobody twice: what was told has its receipt, and receipts are unique. Of several
    alerts it leaves out those that somebody is just changing: who holds one must not wait for another.
    """
    named = {message.alert_id for message in messages if message.alert_id is not None}
    is_alone = len(messages) == 1
    alerts = _held(named, waiting=is_alone)
    looks = list(_looks(messages, [alert for alert in alerts.values() if alert.state == State.RAISED], now))
    telling.tell([(look.alert, look.start, call) for look in looks for call in look.calls], now)
    post_all(
        [
            written(
                KIND,
                now=now,
                alert_id=look.alert.pk,
                payload={"climb": look.start},
                due_at=now + climb.until_next(look.ladder, look.wait),
            )
            for look in looks
        ]
    )
    if looks:
        transaction.on_commit(lambda: hub.wake(SCREENS))
    return {
        message.pk
        for message in messages
        if is_alone or message.alert_id is None or message.alert_id in alerts
    }


@dataclass(frozen=True)
class _Look:
    """An alert that waits, how long it has, and the calls that are due for it."""

    alert: Alert
    start: int
    ladder: climb.Ladder
    wait: timedelta
    calls: Sequence[climb.Call]


def _held(ids: Iterable[int], *, waiting: bool) -> dict[int, Alert]:
    """These alerts, which nobody else changes until the transaction ends."""
    alerts = Alert.objects.select_related("home").filter(pk__in=ids).order_by("pk")
    passes_over = connection.features.has_select_for_update_skip_locked and not waiting
    return {alert.pk: alert for alert in alerts.select_for_update(of=("self",), skip_locked=passes_over)}


def _looks(messages: Iterable[Outgoing], alerts: Sequence[Alert], now: datetime) -> Iterable[_Look]:
    lives = lives_of(alerts)
    told: dict[tuple[int, int], set[tuple[int, int]]] = {}
    known = Receipt.objects.filter(alert__in=alerts).values_list("alert", "climb", "place", "turn")
    for alert_id, start, place, turn in known:
        told.setdefault((alert_id, start), set()).add((place, turn))
    asked = {(message.alert_id, message.payload.get("climb")) for message in messages}
    rules = ladders.own_rules()
    for alert in alerts:
        life = lives[alert.pk]
        start = max(step.pk for step in life if step.step in STARTS)
        if not asked.intersection({(alert.pk, None), (alert.pk, start)}):
            # This look belongs to an earlier climb; the later one has its own.
            continue
        ladder = ladders.ladder_of(alert, rules)
        wait = climb.waited(moments(life), now)
        yield _Look(alert, start, ladder, wait, climb.due(ladder, wait, told.get((alert.pk, start), ())))


def seen(alert: Alert, account_id: int, now: datetime) -> None:
    """The person whom a rung told has opened the alert: the receipts say so from now on."""
    Receipt.objects.filter(alert=alert, account_id=account_id, seen_at=None).update(seen_at=now)
