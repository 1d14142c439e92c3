"""The queue: what needs someone, what colleagues have in hand, what everybody must hear."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from district_bridge.alerts import order
from district_bridge.alerts.models import (
    BACK_IN_THE_QUEUE,
    Alert,
    Handover,
    Kind,
    Severity,
    State,
    Transition,
)
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.dashboard.people import person
from district_bridge.dashboard.views.areas import open_areas
from district_bridge.escalation import watch
from district_bridge.escalation.owners import owners_of
from district_bridge.homes.scope import is_visible_to, neighbourhoods_of
from district_bridge.literals import Literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from district_bridge.accounts.models import Account, Neighbourhood

PAGE = 30
CLOSED_PAGE = 50
# Counting further would cost more than the number is worth.
COUNTED = 300
RAISED, IN_HAND = Literal(State.RAISED), Literal(State.ACKNOWLEDGED)
TOLD_FOR = timedelta(minutes=2)
OPEN_STATES = (State.RAISED, State.ACKNOWLEDGED)


@dataclass(frozen=True)
class Facets:
    """What a person narrowed the queue to."""

    where: int | None
    kind: str
    state: str
    mine: bool
    page: int

    @property
    def query(self) -> str:
        """The same choice as an address has it, without the page."""
        chosen = {
            "where": self.where,
            "kind": self.kind,
            "state": self.state,
            "mine": "1" if self.mine else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    def narrow(self, alerts: QuerySet[Alert], account: Account) -> QuerySet[Alert]:
        """The alerts that fit."""
        if self.where is not None:
            alerts = alerts.filter(home__neighbourhood=self.where)
        if self.kind:
            alerts = alerts.filter(kind=self.kind)
        if self.mine:
            offered = account.handovers.filter(answered_at=None).values("alert")
            alerts = alerts.filter(Q(holder=account) | Q(pk__in=offered))
        return alerts


def read_facets(request: HttpRequest) -> Facets:
    """What the address says; what it says wrongly counts for nothing."""
    asked = request.GET
    where, page = asked.get("where", ""), asked.get("page", "")
    return Facets(
        where=int(where) if where.isdecimal() and len(where) < len("1000000000") else None,
        kind=asked.get("kind", "") if asked.get("kind") in Kind.values else "",
        state=asked.get("state", "") if asked.get("state") in OPEN_STATES else "",
        mine=asked.get("mine") == "1",
        page=max(1, int(page)) if page.isdecimal() and len(page) < len("100000") else 1,
    )


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Every open alert of this person's homes."""
    context = _queue(request)
    return render(
        request,
        "dashboard/queue.html",
        context | {"kinds": Kind.choices, "states": [(state.value, state.label) for state in OPEN_STATES]},
    )


@require_safe
def queue_rows(request: HttpRequest) -> HttpResponse:
    """The queue's list alone, for the page that is open."""
    return render(request, "dashboard/_queue_rows.html", _queue(request))


def _queue(request: HttpRequest) -> dict[str, object]:
    account, now = person(request), timezone.now()
    facets = read_facets(request)
    places: list[Neighbourhood] = list(neighbourhoods_of(account))
    found = facets.narrow(alerts_visible_to(account), account)
    # Who looks at what is in hand turns those pages; what needs someone is asked for all the same: it rings.
    in_hand = facets.state == State.ACKNOWLEDGED
    raised, more = _page(found.filter(state=RAISED), 1 if in_hand else facets.page)
    taken, more_taken = _page(found.filter(state=IN_HAND), facets.page if in_hand else 1)
    owners = owners_of([*raised, *taken], now)
    return {
        "facets": facets,
        "places": places,
        "raised": [(alert, owners.get(alert.pk)) for alert in raised],
        "acknowledged": [(alert, owners.get(alert.pk)) for alert in taken],
        "raised_count": _count(found.filter(state=RAISED), raised, 1 if in_hand else facets.page, more=more),
        "counted": COUNTED,
        "has_more": more,
        "more_taken": more_taken,
        "emergencies": _incidents(raised),
        "handovers": _offered_to(account),
        "back": _back_in_the_queue(account, now - TOLD_FOR),
        "areas": list(open_areas(account)),
        "gaps": watch.gaps_of(account, [place.pk for place in places], now),
    }


def _page(found: QuerySet[Alert], number: int) -> tuple[list[Alert], bool]:
    """One page in the order of risk and age, and whether there are more."""
    return order.page(found, (number - 1) * PAGE, PAGE)


def _count(found: QuerySet[Alert], shown: list[Alert], page: int, *, more: bool) -> int:
    """How many there are, counted only as far as it tells something."""
    if page == 1 and not more:
        return len(shown)
    return found.order_by()[: COUNTED + 1].count()


def _incidents(alerts: Iterable[Alert]) -> str:
    """The emergencies nobody has taken, for the page to ring for those that are new to it."""
    return " ".join(str(alert.incident) for alert in alerts if alert.severity == Severity.EMERGENCY)


def _offered_to(account: Account) -> list[Handover]:
    """Alerts that colleagues want to hand over to this person."""
    offered = Handover.objects.filter(
        to=account, answered_at=None, alert__in=alerts_visible_to(account).filter(state=State.ACKNOWLEDGED)
    )
    return list(offered.select_related("giver", "alert__home__resident", "alert__home__neighbourhood"))


def _back_in_the_queue(account: Account, since: object) -> list[Transition]:
    """What came back into the queue a moment ago: everybody who sees it is told."""
    came_back = Transition.objects.filter(
        is_visible_to(account, "alert__home__"),
        at__gte=since,
        step__in=literals(BACK_IN_THE_QUEUE),
        state=State.RAISED,
        alert__state=State.RAISED,
    )
    return list(came_back.select_related("alert__home__resident").order_by("-id")[:5])


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """What was closed, the latest first."""
    found = alerts_visible_to(person(request)).filter(state=State.CLOSED).order_by("-closed_at", "-id")
    page = Paginator(found, CLOSED_PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/closed.html", {"page": page})
