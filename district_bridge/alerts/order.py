"""The order of the queue: severity, then who is most at risk, then age.

At risk is who can't help themselves: a frail resident, or one who lives by a machine. That stands in the
home's plan and not in the alert: taking an alert in asks nothing more for it, and a plan that changes counts
at once. Two walks along indexes, a few rows long, are merged here; sorting 50,000 open alerts by their
homes' plans would cost a tenth of a second for each screen (docs/decisions/0225).
"""

from typing import TYPE_CHECKING

from django.db.models import Q

from district_bridge.supervision.models import CarePlan, Frailty

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from district_bridge.alerts.models import Alert

AT_RISK = Q(frailty=Frailty.FRAIL) | Q(needs_power=True)
AGE = ("severity", "received_at", "id")
type Key = tuple[int, int, datetime]


def page(alerts: QuerySet[Alert], start: int, count: int) -> tuple[list[Alert], bool]:
    """``count`` alerts of one state from place ``start`` on, and whether there are more; in three queries.

    Only the alerts of the page are loaded: what is loaded counts as shown (``access.seen``).
    """
    far = start + count + 1
    at_risk = _keys(alerts.filter(home__in=CarePlan.objects.filter(AT_RISK).values("pk")), far)
    known = {key[0] for key in at_risk}
    # Whoever stands among the first ``far`` of the queue and is not at risk stands among the first by age.
    others = [key for key in _keys(alerts, far) if key[0] not in known]
    ordered = sorted([*((key, 0) for key in at_risk), *((key, 1) for key in others)], key=_place)
    chosen = [key[0] for key, _ in ordered[start : start + count]]
    loaded = alerts.select_related("home__plan").in_bulk(chosen)
    return [loaded[pk] for pk in chosen if pk in loaded], len(ordered) > start + count


def _keys(alerts: QuerySet[Alert], far: int) -> list[Key]:
    return list(alerts.order_by(*AGE).values_list("pk", "severity", "received_at")[:far])


def _place(entry: tuple[Key, int]) -> tuple[int, int, datetime, int]:
    (pk, severity, received_at), group = entry
    return severity, group, received_at, pk
