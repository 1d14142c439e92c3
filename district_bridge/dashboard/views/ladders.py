"""The ladders: which count, and a district's own."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from district_bridge.accounts.models import Account, Role
from district_bridge.alerts.models import Kind, Severity
from district_bridge.dashboard.duty_forms import LadderForm
from district_bridge.dashboard.people import person
from district_bridge.dashboard.views.calendar import keeps_calendar
from district_bridge.escalation import ladders as rules
from district_bridge.escalation.models import OwnLadder
from district_bridge.homes.scope import neighbourhoods_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def ladders(request: HttpRequest) -> HttpResponse:
    """Shows the ladders; who keeps the calendar adds one, or replaces the one for the same alerts."""
    account = person(request)
    may_change = keeps_calendar(account)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = LadderForm(account, request.POST if request.method == "POST" else None) if may_change else None
    if request.method == "POST" and form is not None and form.is_valid():
        data = form.cleaned_data
        OwnLadder.objects.update_or_create(
            neighbourhood=data["neighbourhood"],
            kind=data["kind"],
            severity=data["severity"],
            defaults={
                "rungs": data["rungs"],
                "again_s": data["again_s"],
                "changed_by": account,
                "changed_at": timezone.now(),
            },
        )
        messages.success(request, _("The ladder counts from now on."))
        return redirect("ladders")
    own = [(row, rules.read_ladder(row.rungs, row.again_s)) for row in _visible(account)]
    context = {
        "own": own,
        "came_with_it": [
            (
                "" if rule.kind is None else Kind(rule.kind).label,
                "" if rule.severity is None else Severity(rule.severity).label,
                rule.ladder,
            )
            for rule in rules.DEFAULTS
        ],
        "form": form,
        "removable": {row.pk for row, _ladder in own if _may_remove(account, row)},
    }
    return render(request, "dashboard/ladders.html", context, status=422 if form and form.errors else 200)


@require_POST
def remove_ladder(request: HttpRequest, ladder_id: int) -> HttpResponse:
    """Removes a district's own ladder: the more general one counts again."""
    account = person(request)
    row = get_object_or_404(_visible(account), pk=ladder_id)
    if not _may_remove(account, row):
        raise PermissionDenied
    row.delete()
    messages.success(request, _("Removed. The more general ladder counts again."))
    return redirect("ladders")


def _visible(account: Account) -> QuerySet[OwnLadder]:
    own = Q(neighbourhood=None) | Q(neighbourhood__in=neighbourhoods_of(account))
    return OwnLadder.objects.filter(own).select_related("neighbourhood", "changed_by")


def _may_remove(account: Account, row: OwnLadder) -> bool:
    return keeps_calendar(account) and (row.neighbourhood_id is not None or account.role == Role.ADMIN)
