"""The on-call calendar: who answers when, where nobody does, and swaps."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from district_bridge.accounts.models import Account, Role
from district_bridge.dashboard.duty_forms import ShiftForm
from district_bridge.dashboard.forms import colleagues_for
from district_bridge.dashboard.people import person
from district_bridge.escalation import calendar as desk
from district_bridge.escalation import rota, watch
from district_bridge.escalation.models import Duty, Shift, Swap
from district_bridge.escalation.shifts import Span, gaps
from district_bridge.homes.scope import neighbourhoods_of
from district_bridge.homes.system import NEIGHBOURHOOD

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from district_bridge.accounts.models import Neighbourhood

DAYS = 7
MINE = 10
WEEKS_AWAY = 520


def keeps_calendar(account: Account) -> bool:
    """Whether this person may change the calendar and the ladders."""
    return account.role in {Role.DUTY_OFFICER, Role.ADMIN}


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A week of the calendar."""
    return _show(request)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Puts shifts in."""
    account = _keeper(request)
    form = ShiftForm(account, request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    data = form.cleaned_data
    made = desk.add_shifts(
        desk.Planned(
            data["neighbourhood"], data["duty"], data["account"], data["starts_at"], data["ends_at"]
        ),
        every=timedelta(days=int(data["every"]) or 1),
        times=data["times"] if int(data["every"]) else 1,
        made_by=account,
        now=timezone.now(),
    )
    messages.success(request, _("Shifts added: %(count)d") % {"count": len(made)})
    return redirect("calendar")


@require_POST
def remove(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Takes a shift out."""
    account = _keeper(request)
    shift = get_object_or_404(_visible(account), pk=shift_id)
    if shift.neighbourhood_id is None and account.role != Role.ADMIN:
        raise PermissionDenied
    desk.remove_shift(shift, timezone.now())
    messages.success(request, _("The shift is taken out."))
    return redirect("calendar")


@require_POST
def swap(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Asks a colleague to take one's own shift."""
    account = person(request)
    shift = get_object_or_404(_visible(account), pk=shift_id, account=account)
    asked = request.POST.get("to", "")
    to = _swappers(shift, account).filter(pk=int(asked)).first() if asked.isdecimal() else None
    if to is None:
        messages.error(request, _("Please choose a colleague."))
        return redirect("calendar")
    try:
        desk.ask_for_swap(shift, account, to, timezone.now())
    except desk.SwapError:
        messages.error(request, _("This shift can't be swapped any more."))
    else:
        messages.success(request, _("Asked. The shift stays yours until your colleague says yes."))
    return redirect("calendar")


@require_POST
def answer_swap(request: HttpRequest, swap_id: int) -> HttpResponse:
    """Takes a colleague's shift, or not."""
    account = person(request)
    asked = get_object_or_404(Swap, pk=swap_id, to=account)
    accept = request.POST.get("answer") == "accept"
    try:
        desk.answer_swap(asked.pk, account, timezone.now(), accept=accept)
    except desk.SwapError:
        messages.error(request, _("This shift can't be swapped any more."))
    else:
        said = _("The shift is yours now.") if accept else _("Declined. It stays with your colleague.")
        messages.success(request, said)
    return redirect("calendar")


def _keeper(request: HttpRequest) -> Account:
    account = person(request)
    if not keeps_calendar(account):
        raise PermissionDenied
    return account


def _visible(account: Account) -> QuerySet[Shift]:
    """The shifts of this person's neighbourhoods, those for the whole district, and their own."""
    own = Q(neighbourhood=None) | Q(neighbourhood__in=neighbourhoods_of(account)) | Q(account=account)
    return Shift.objects.filter(own)


def _swappers(shift: Shift, account: Account) -> QuerySet[Account]:
    if shift.neighbourhood_id is not None:
        return colleagues_for(shift.neighbourhood_id, account)
    return Account.objects.filter(is_active=True).exclude(pk=account.pk).order_by("display_name", "pk")


def _with_swappers(shifts: list[Shift], account: Account) -> list[tuple[Shift, list[Account]]]:
    """Each shift with who may take it; asked once a neighbourhood."""
    people = {
        where: list(_swappers(shift, account))
        for where, shift in {shift.neighbourhood_id: shift for shift in shifts}.items()
    }
    return [(shift, people[shift.neighbourhood_id]) for shift in shifts]


def _week(request: HttpRequest) -> int:
    asked = request.GET.get("week", "0")
    sign = -1 if asked.startswith("-") else 1
    digits = asked.lstrip("-")
    return sign * min(int(digits), WEEKS_AWAY) if digits.isdecimal() and len(digits) < len("10000") else 0


def _show(request: HttpRequest, form: ShiftForm | None = None, status: int = 200) -> HttpResponse:
    account, now = person(request), timezone.now()
    week = _week(request)
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today + timedelta(days=DAYS * week)
    window = Span(start, start + timedelta(days=DAYS))
    places = list(neighbourhoods_of(account))
    shifts = rota.shifts_between(window.start, window.end, [place.pk for place in places])
    swaps = Swap.objects.filter(to=account, answered_at=None, shift__ends_at__gt=now)
    mine = [shift for shift in shifts if shift.account_id == account.pk and shift.ends_at > now]
    context = {
        "week": week,
        "window": window,
        "days": [_day(start + timedelta(days=number), shifts) for number in range(DAYS)],
        "gaps": _gaps(places, shifts, Span(max(window.start, now), window.end)),
        "alarms": watch.gaps_of(account, [place.pk for place in places], now),
        "swaps": swaps.select_related("shift__neighbourhood", "asked_by"),
        "mine": _with_swappers(mine[:MINE], account),
        "asked": set(
            Swap.objects.filter(asked_by=account, answered_at=None).values_list("shift_id", flat=True)
        ),
        "keeper": keeps_calendar(account),
        "is_administrator": account.role == Role.ADMIN,
        "form": form or (ShiftForm(account) if keeps_calendar(account) else None),
    }
    return render(request, "dashboard/calendar.html", context, status=status)


def _day(day: datetime, shifts: list[Shift]) -> tuple[datetime, list[Shift]]:
    """A day and the shifts that begin on it, or run into it on the first day shown."""
    end = day + timedelta(days=1)
    return day, [shift for shift in shifts if day <= shift.starts_at < end]


def _gaps(
    places: list[Neighbourhood], shifts: list[Shift], window: Span
) -> list[tuple[Neighbourhood, str, Span]]:
    """Where nobody is on call in this week."""
    found = []
    if window.end <= window.start:
        return []
    for place in places:
        if place.name == NEIGHBOURHOOD:
            continue
        for duty in Duty:
            covered = [
                Span(shift.starts_at, shift.ends_at)
                for shift in shifts
                if shift.duty == duty and shift.neighbourhood_id in {None, place.pk}
            ]
            found += [(place, str(duty.label), gap) for gap in gaps(covered, window)]
    return found
