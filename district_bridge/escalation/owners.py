"""Every open alert has a named owner and a clock: who answers for it now, and until when."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from district_bridge.alerts.models import State, Step, Transition
from district_bridge.escalation import climb, ladders
from district_bridge.escalation.rota import DUTY_OF, Rota

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.alerts.models import Alert

BEGINS = (Step.RAISED, Step.REOPENED)


@dataclass(frozen=True)
class Owner:
    """Who answers for an alert now, and when that changes by itself."""

    account: Account | None
    until: datetime | None
    step: str
    stands_in: bool = False


def moments(transitions: Iterable[Transition]) -> list[climb.Moment]:
    """An alert's steps as the ladder sees them."""
    return [
        climb.Moment(step.at, waits=step.state == State.RAISED, anew=step.step in BEGINS)
        for step in transitions
    ]


def lives_of(alerts: Iterable[Alert]) -> dict[int, list[Transition]]:
    """Every step of each of these alerts, from the first to the last, by the alert's id."""
    steps = Transition.objects.filter(alert__in=[alert.pk for alert in alerts]).order_by("alert_id", "id")
    return {key: list(life) for key, life in groupby(steps, key=lambda step: step.alert_id)}


def owners_of(alerts: Iterable[Alert], now: datetime) -> dict[int, Owner]:
    """The owner of each of these alerts, by their id; in a handful of queries however many they are."""
    shown = list(alerts)
    waiting = [alert for alert in shown if alert.state == State.RAISED]
    found = {
        alert.pk: Owner(alert.holder, alert.lease_until, "held")
        for alert in shown
        if alert.state == State.ACKNOWLEDGED
    }
    if not waiting:
        return found
    rules, rota = ladders.own_rules(), Rota(now)
    lives = lives_of(waiting)
    for alert in waiting:
        ladder = ladders.ladder_of(alert, rules)
        wait = climb.waited(moments(lives.get(alert.pk, [])), now)
        step = climb.standing(ladder, wait)
        on_call = rota.on_call(alert.home.neighbourhood_id, DUTY_OF[step])
        found[alert.pk] = Owner(
            account=None if on_call is None else on_call.account,
            until=now + climb.until_next(ladder, wait),
            step=step.value,
            stands_in=on_call is not None and on_call.stands_in,
        )
    return found
