"""Homes whose deadline has passed: missed many at a time, as one outage where they are one."""

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.alerts import bulk, desk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Kind, Severity, State
from district_bridge.area import core, outages
from district_bridge.area.core import Fallen
from district_bridge.area.outages import Joining
from district_bridge.homes.models import Home, Link
from district_bridge.live import SCREENS, hub

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from district_bridge.area.models import AreaIncident

# So many homes are some milliseconds of one transaction: an emergency never waits long for it.
CHUNK = 150
# A district of 40,000 homes that goes silent within a minute is 670 a second.
CHUNKS_A_ROUND = 12
# Alerts that are opened one by one, in a round, for homes that an outage left silent.
LEFT_A_ROUND = 100
log = logging.getLogger(__name__)


def due(now: datetime, limit: int = CHUNK) -> list[str]:
    """The homes whose deadline has passed, found by index."""
    passed = Home.objects.filter(deadline_at__lte=now).order_by("deadline_at")
    return list(passed.values_list("pk", flat=True)[:limit])


def miss(home_ids: Sequence[str], now: datetime) -> int:
    """Misses homes that are due, in one transaction; how many were."""
    with transaction.atomic():
        recent = _recently_missed(now)
        # Those that may go up in an outage are locked as well, all in the order of their ids.
        locked = Home.objects.select_for_update().order_by("pk")
        held = {home.pk: home for home in locked.filter(pk__in={*home_ids, *recent})}
        silent = [home for home in held.values() if home.deadline_at is not None and home.deadline_at <= now]
        if not silent:
            return 0
        _sort_into_outages(silent, {held[home]: alert for home, alert in recent.items() if home in held}, now)
        Home.objects.filter(pk__in=[home.pk for home in silent]).update(
            link=Link.OFFLINE, deadline_at=None, offline_since=now
        )
        transaction.on_commit(lambda: hub.wake(SCREENS))
        return len(silent)


def _recently_missed(now: datetime) -> dict[str, int]:
    """Homes that have an open alert about their silence from within the window (home → alert)."""
    found = Alert.objects.filter(
        severity=Severity.WARNING,
        received_at__gte=now - core.WINDOW,
        origin=Reporter.BRIDGE.value,
        kind=Kind.DEVICE,
        from_copy=False,
        home__link=Link.OFFLINE,
    ).exclude(state=State.CLOSED)
    return dict(found.values_list("home_id", "pk"))


def _sort_into_outages(silent: Sequence[Home], recent: dict[Home, int], now: datetime) -> None:
    """Each silent home goes on an outage's call list or gets an alert of its own."""
    lines = outages.providers(home.pk for home in (*silent, *recent))
    fallen = {home: _fallen(home, lines) for home in (*recent, *silent)}
    before = set(outages.going_on())
    areas = outages.open_arising(list(fallen.values()), now)
    joining: list[Joining] = []
    for home in silent:
        group = core.group_of(fallen[home], areas)
        if group is None:
            desk.home_fell_silent(home, now)
        else:
            joining.append(Joining(home.pk, areas[group].pk, None))
    for home, alert in recent.items():
        group = core.group_of(fallen[home], areas)
        if group is not None and group not in before:
            joining.append(Joining(home.pk, areas[group].pk, alert))
    outages.join(joining, now)
    _merge([each for each in joining if each.alert is not None], now)


def _merge(joining: Sequence[Joining], now: datetime) -> None:
    """Alerts that nobody has taken on go up in the outage; those that somebody has are left to them."""
    # One that took in another alert tells of more than silence.
    untaken = Alert.objects.filter(
        pk__in=[each.alert for each in joining], state=State.RAISED, merged__isnull=True
    )
    alerts = set(untaken.values_list("pk", flat=True)) if joining else set()
    for area in {each.area for each in joining}:
        merged = [each.alert for each in joining if each.area == area and each.alert in alerts]
        bulk.merge_into_area([alert for alert in merged if alert is not None], area, now)


def _fallen(home: Home, lines: dict[str, str]) -> Fallen:
    return Fallen(home.pk, home.neighbourhood_id, lines.get(home.pk, ""))


def end_outages(now: datetime) -> int:
    """Ends the outages that are over; homes that they leave silent get alerts. How many have ended."""
    ended = 0
    for area in outages.over(now):
        left = outages.still_away(area, LEFT_A_ROUND)
        for home_id in left:
            _leave(area, home_id, now)
        if len(left) < LEFT_A_ROUND:
            with transaction.atomic():
                outages.close(area, now)
            ended += 1
    return ended


def _leave(area: AreaIncident, home_id: str, now: datetime) -> None:
    """The outage is over and this home is still silent: it has a trouble of its own."""
    with transaction.atomic():
        home = Home.objects.select_for_update().get(pk=home_id)
        away = area.homes.filter(home=home, returned_at=None, left_at=None)
        if not away.update(left_at=now) or home.link != Link.OFFLINE:
            return
        taken = Alert.objects.filter(
            home=home, origin=Reporter.BRIDGE.value, kind=Kind.DEVICE, from_copy=False
        )
        if not taken.exclude(state=State.CLOSED).exists():
            desk.home_fell_silent(home, now)
