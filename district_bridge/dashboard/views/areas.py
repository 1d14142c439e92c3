"""Outages of an area: who is silent, whom to call first, who has been called."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, When
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from district_bridge.area.scope import areas_visible_to, call_list
from district_bridge.dashboard.people import person
from district_bridge.escalation import outages
from district_bridge.escalation.models import Answer
from district_bridge.homes.scope import is_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from district_bridge.accounts.models import Account
    from district_bridge.area.models import AreaIncident

PAGE = 100
# Who is silent and not known to be well comes first, then who was reached and is well, then who is back.
TURN = Case(
    When(Q(returned_at__isnull=False) | Q(left_at__isnull=False), then=2),
    When(call__answer=Answer.WELL, then=1),
    default=0,
)
AWAY = Q(homes__returned_at__isnull=True, homes__left_at__isnull=True)


def open_areas(account: Account) -> QuerySet[AreaIncident]:
    """The outages that go on and touch this person's homes, with the numbers of those homes alone."""
    mine = is_visible_to(account, "homes__home__")
    return (
        areas_visible_to(account)
        .filter(closed_at=None)
        .select_related("neighbourhood", "hold__holder")
        .annotate(
            silent=Count("homes", filter=mine & AWAY),
            members=Count("homes", filter=mine),
            called=Count("homes__call", filter=mine & AWAY),
        )
        .order_by("opened_at")
    )


@require_safe
def area(request: HttpRequest, area_id: int) -> HttpResponse:
    """One outage and its call list, most at risk first; who was found well, and who came back, at the end."""
    found = _area(request, area_id)
    members = call_list(found, person(request)).select_related(
        "home__resident", "home__neighbourhood", "call__person"
    )
    silent = members.filter(returned_at=None, left_at=None).count()
    page = Paginator(
        members.prefetch_related("home__contacts").order_by(TURN, "-rank_score", "silent_since", "id"), PAGE
    ).get_page(request.GET.get("page"))
    context = {"area": found, "page": page, "silent": silent, "answers": Answer.choices}
    return render(request, "dashboard/area.html", context)


@require_POST
def take_on(request: HttpRequest, area_id: int) -> HttpResponse:
    """This person takes the outage on, with the alerts about the silence of its homes."""
    found = _area(request, area_id)
    taken, left = outages.take_on(found, person(request), timezone.now())
    messages.success(
        request,
        _("You have taken this outage on. Alerts taken with it: %(taken)d, with colleagues: %(left)d.")
        % {"taken": taken, "left": left},
    )
    return redirect("area", area_id=found.pk)


@require_POST
def called(request: HttpRequest, area_id: int, member_id: int) -> HttpResponse:
    """This person has called a home of the outage."""
    found = _area(request, area_id)
    member = get_object_or_404(call_list(found, person(request)), pk=member_id)
    answer = request.POST.get("answer", "")
    if answer in Answer.values:
        outages.called(member, person(request), answer, timezone.now())
    else:
        messages.error(request, _("Please say what came of the call."))
    page = request.GET.get("page", "")
    where = f"?page={page}" if page.isdecimal() and page != "1" else ""
    return redirect(reverse("area", args=[found.pk]) + where)


def _area(request: HttpRequest, area_id: int) -> AreaIncident:
    visible = areas_visible_to(person(request)).select_related("neighbourhood", "hold__holder")
    return get_object_or_404(visible, pk=area_id)
