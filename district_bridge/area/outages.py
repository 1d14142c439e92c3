"""Outages in the database: opened, joined, left and closed, within the caller's transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, Q

from district_bridge import rows
from district_bridge.alerts.models import Alert, Severity, State
from district_bridge.area import core
from district_bridge.area.core import Fallen, Group
from district_bridge.area.models import AreaHome, AreaIncident, HomeLine
from district_bridge.homes.models import Home
from district_bridge.live import SCREENS, hub
from district_bridge.supervision.models import CarePlan, Frailty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

LATELY = timedelta(days=30)


def going_on() -> dict[Group, AreaIncident]:
    """The outages that are open."""
    return {_group(area): area for area in AreaIncident.objects.filter(closed_at=None)}


def open_count() -> int:
    """How many outages are open."""
    return AreaIncident.objects.filter(closed_at=None).count()


def away_count() -> int:
    """How many homes are silent as part of an outage."""
    return AreaHome.objects.filter(area__closed_at=None, returned_at=None, left_at=None).count()


def providers(home_ids: Iterable[str]) -> dict[str, str]:
    """Whose line these homes are connected by, where it is known."""
    return dict(HomeLine.objects.filter(pk__in=list(home_ids)).values_list("pk", "provider"))


def open_arising(fallen: Sequence[Fallen], now: datetime) -> dict[Group, AreaIncident]:
    """Opens the outages that these homes show; all that are open then."""
    known = going_on()
    for group in core.arising(fallen, known, _watched):
        known[group] = AreaIncident.objects.create(
            neighbourhood_id=group.neighbourhood, provider=group.provider, opened_at=now
        )
        transaction.on_commit(lambda: hub.wake(SCREENS))
    return known


@dataclass(frozen=True, slots=True)
class Joining:
    """A silent home, the outage it is part of, and its alert that goes up in it, if there is one."""

    home: str
    area: int
    alert: int | None


def join(joining: Sequence[Joining], now: datetime) -> None:
    """Puts silent homes on the call lists of their outages."""
    if not joining:
        return
    ranked = _ranked([each.home for each in joining], now)
    rows.insert(
        AreaHome,
        [
            {
                "area_id": each.area,
                "home_id": each.home,
                "rank_score": ranked[each.home][0],
                "reasons": ranked[each.home][1],
                "silent_since": now,
                "returned_at": None,
                "left_at": None,
                "alert_id": each.alert,
            }
            for each in joining
        ],
        # A home that was back for a moment is away again.
        conflict=" ON CONFLICT (area_id, home_id) DO UPDATE SET returned_at = NULL,"
        " rank_score = excluded.rank_score, reasons = excluded.reasons, silent_since = excluded.silent_since",
    )
    transaction.on_commit(lambda: hub.wake(SCREENS))


def returned(home_ids: Sequence[str], now: datetime) -> None:
    """These homes speak again; their rows are locked by the caller."""
    away = AreaHome.objects.filter(home_id__in=home_ids, returned_at=None, left_at=None)
    away.update(returned_at=now)


def over(now: datetime) -> list[AreaIncident]:
    """Open outages that have ended."""
    counted = AreaIncident.objects.filter(closed_at=None).annotate(
        members=Count("homes"),
        back=Count("homes", filter=Q(homes__returned_at__isnull=False) | Q(homes__left_at__isnull=False)),
        newest=Max("homes__returned_at"),
    )
    return [area for area in counted if core.is_over(area.members, area.back, area.newest, now)]


def still_away(area: AreaIncident, limit: int) -> list[str]:
    """Homes that an outage which has ended leaves silent."""
    away = area.homes.filter(returned_at=None, left_at=None)
    return list(away.values_list("home_id", flat=True)[:limit])


def close(area: AreaIncident, now: datetime) -> None:
    """The outage is over. Nobody of it is away any more: who was still silent has an alert of their own."""
    AreaIncident.objects.filter(pk=area.pk, closed_at=None).update(closed_at=now)
    transaction.on_commit(lambda: hub.wake(SCREENS))


def _group(area: AreaIncident) -> Group:
    return Group(area.neighbourhood_id, area.provider)


def _watched(group: Group) -> int:
    """How many homes of a group are set up, silent or not."""
    homes = Home.objects.filter(link__in=["online", "offline"])
    if group.neighbourhood is not None:
        return homes.filter(neighbourhood_id=group.neighbourhood).count()
    return homes.filter(line__provider=group.provider).count()


def _ranked(home_ids: Sequence[str], now: datetime) -> dict[str, tuple[int, list[str]]]:
    plans = {plan.pk: plan for plan in CarePlan.objects.filter(pk__in=home_ids)}
    urgent: set[str] = set()
    lately: defaultdict[str, int] = defaultdict(int)
    known = Alert.objects.filter(home_id__in=home_ids).exclude(origin="bridge")
    for home, severity, state in known.filter(
        Q(received_at__gte=now - LATELY) | ~Q(state=State.CLOSED)
    ).values_list("home_id", "severity", "state"):
        lately[home] += 1
        if severity == Severity.EMERGENCY and state != State.CLOSED:
            urgent.add(home)
    standard = CarePlan()
    ranked = {}
    for home in home_ids:
        plan = plans.get(home, standard)
        ranked[home] = core.rank(
            core.Resident(
                lives_alone=plan.lives_alone,
                is_frail=plan.frailty == Frailty.FRAIL,
                needs_power=plan.needs_power,
                has_open_emergency=home in urgent,
                alerts_lately=lately[home],
            )
        )
    return ranked
