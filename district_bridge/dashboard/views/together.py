"""What colleagues do with an alert among themselves."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from district_bridge.alerts import life, together
from district_bridge.alerts.models import Handover
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.channels import reach
from district_bridge.dashboard.forms import MergeForm, NoteForm, OfferForm
from district_bridge.dashboard.people import person
from district_bridge.dashboard.views.alerts import alert_of, why_not
from district_bridge.escalation.models import Receipt, Rung

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


@require_POST
def offer(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Offers the alert to a colleague, who is told."""
    alert, account, now = alert_of(request, alert_id), person(request), timezone.now()
    form = OfferForm(alert, account, request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose a colleague."))
        return redirect("alert", alert_id=alert.pk)
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]

    def act() -> None:
        with transaction.atomic():
            offered = together.offer(alert.pk, account, to, note, now)
            reach.tell_of_handover(alert.pk, to, offered.pk, now)

    _try(request, act, _("Offered. It stays with you until your colleague takes it over."))
    return redirect("alert", alert_id=alert.pk)


@require_POST
def receive(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Receipts a hand-over, or declines it."""
    account = person(request)
    visible = Handover.objects.filter(to=account, alert__in=alerts_visible_to(account))
    offered = get_object_or_404(visible, pk=handover_id)
    accept = request.POST.get("answer") == "accept"
    said = _("You have taken this alert over.") if accept else _("Declined. It stays with your colleague.")
    _try(request, lambda: together.receive(offered.pk, account, timezone.now(), accept=accept), said)
    return redirect("alert", alert_id=offered.alert_id)


@require_POST
def give_back(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Puts the alert back into the queue."""
    alert = alert_of(request, alert_id)
    said = _("The alert is back in the queue.")
    _try(request, lambda: together.give_back(alert.pk, person(request), timezone.now()), said)
    return redirect("alert", alert_id=alert.pk)


@require_POST
def merge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Merges the alert into another one of the same home."""
    alert, account = alert_of(request, alert_id), person(request)
    form = MergeForm(alert, account, request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose the alert that stays."))
        return redirect("alert", alert_id=alert.pk)
    into = form.cleaned_data["into"]
    done = _try(
        request,
        lambda: together.merge(alert.pk, into.pk, account, timezone.now()),
        _("Merged. This is the alert that stays."),
    )
    return redirect("alert", alert_id=into.pk if done else alert.pk)


@require_POST
def note(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Writes a note into the timeline."""
    alert = alert_of(request, alert_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        together.note(alert.pk, person(request), form.cleaned_data["text"], timezone.now())
        messages.success(request, _("The note is in the timeline."))
    else:
        messages.error(request, _("Please write something."))
    return redirect("alert", alert_id=alert.pk)


@require_POST
def undo(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Takes back what this person did a moment ago."""
    alert = alert_of(request, alert_id)
    _try(request, lambda: together.undo(alert.pk, person(request), timezone.now()), _("Taken back."))
    return redirect("alert", alert_id=alert.pk)


@require_POST
def called_119(request: HttpRequest, alert_id: int) -> HttpResponse:
    """This person has called 119: in the timeline, and on the rung's receipt."""
    alert, account, now = alert_of(request, alert_id), person(request), timezone.now()
    with transaction.atomic():
        together.note(alert.pk, account, _("Called 119."), now)
        rung = Receipt.objects.filter(alert=alert, step=Rung.EMERGENCY_SERVICES, called_at=None)
        rung.update(called_at=now, called_by=account)
    messages.success(request, _("It is in the timeline that you called 119."))
    return redirect("alert", alert_id=alert.pk)


def _try(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Does it and says so, or says why not."""
    try:
        act()
    except life.LifeError as error:
        messages.error(request, why_not(error))
        return False
    messages.success(request, said)
    return True
