"""Silence is a sign: what happens when a home speaks, when its deadline passes, when a lease lapses."""

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.area.models import HomeLine
from district_bridge.homes.models import Home, KeyOwner, Link
from district_bridge.live import SCREENS, hub
from district_bridge.supervision import plan, returning, silence
from district_bridge.supervision.models import CarePlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Few enough that one round of supervision never holds the database for long.
ROUND = 200
log = logging.getLogger(__name__)


def frailty(home_id: str) -> str:
    """The home's plan, or the standard one."""
    known = CarePlan.objects.filter(pk=home_id).values_list("frailty", flat=True).first()
    return known or plan.Frailty.STANDARD


def spoke(home: Home, owner: str, now: datetime) -> None:
    """Notes a sign of life: ``home`` is locked and saved by the caller.

    A robot that speaks for its home shows that the robot lives. The home itself stays silent until it
    speaks with its own key.
    """
    if owner == KeyOwner.ROBOT:
        home.robot_seen_at = now
        return
    home.last_seen_at = now
    home.deadline_at = now + plan.silence_limit(frailty(home.id))
    if home.link == Link.OFFLINE:
        returning.returned([home.id], now)
        home.offline_since = None
    if home.link != Link.ONLINE:
        transaction.on_commit(lambda: hub.wake(SCREENS))
    home.link = Link.ONLINE


@transaction.atomic
def change_plan(home_id: str, *, frailty: str, lives_alone: bool, needs_power: bool, provider: str) -> None:
    """Keeps a home's plan; its deadline follows from its last sign."""
    home = Home.objects.select_for_update().get(pk=home_id)
    values = {"frailty": frailty, "lives_alone": lives_alone, "needs_power": needs_power}
    CarePlan.objects.update_or_create(home=home, defaults=values)
    if provider:
        HomeLine.objects.update_or_create(home=home, defaults={"provider": provider})
    else:
        HomeLine.objects.filter(home=home).delete()
    if home.deadline_at is not None and home.last_seen_at is not None:
        home.deadline_at = home.last_seen_at + plan.silence_limit(frailty)
        home.save(update_fields=["deadline_at"])


def raise_silent_homes(now: datetime) -> int:
    """Misses every home whose deadline has passed; found by index, never by a scan."""
    missed = 0
    for _ in range(silence.CHUNKS_A_ROUND):
        due = silence.due(now)
        if not due:
            break
        try:
            missed += silence.miss(due, now)
        except Exception:
            log.exception("supervision failed for a group of homes; each is looked at alone")
            return missed + _each(due, lambda home, moment: silence.miss([home], moment) > 0, now)
    return missed


def _each[K](due: list[K], act: Callable[[K, datetime], bool], now: datetime) -> int:
    """Acts on each; one that fails must not keep the others from being noticed."""
    done = 0
    for key in due:
        try:
            done += act(key, now)
        except Exception:
            log.exception("supervision failed for %s; it is tried again in the next round", key)
    return done


def lapse_leases(now: datetime) -> int:
    """Puts every alert whose lease has run out back into the queue; found by index."""
    due = list(
        Alert.objects.filter(lease_until__lte=now)
        .order_by("lease_until")
        .values_list("pk", flat=True)[:ROUND]
    )
    return _each(due, desk.lapse, now)


def grant_grace(now: datetime) -> int:
    """Gives every watched home a whole silence limit from now: the bridge was deaf, not the homes silent."""
    watched = Home.objects.filter(deadline_at__isnull=False)
    frail = watched.filter(plan__frailty=plan.Frailty.FRAIL).values("pk")
    granted = 0
    for homes, named in (
        (watched.exclude(pk__in=frail), "standard"),
        (watched.filter(pk__in=frail), "frail"),
    ):
        until = Value(now + plan.silence_limit(named))
        granted += homes.update(deadline_at=Greatest(F("deadline_at"), until))
    return granted
