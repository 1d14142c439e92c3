"""One alert: what happened, who was told, and what a person does about it."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from district_bridge.alerts import desk, life, steps
from district_bridge.alerts.models import Alert, Handover, State
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.dashboard import emergency_call, story
from district_bridge.dashboard.forms import CloseForm, MergeForm, NoteForm, OfferForm, SayForm
from district_bridge.dashboard.people import person
from district_bridge.dashboard.plots import incident_plot
from district_bridge.escalation import rungs
from district_bridge.escalation.owners import owners_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def detail(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert: what happened, what is known, what to do. Whoever was told of it has now looked."""
    alert = alert_of(request, alert_id)
    rungs.seen(alert, person(request).pk, timezone.now())
    return show(request, alert)


@require_safe
def alert_story(request: HttpRequest, alert_id: int) -> HttpResponse:
    """An alert's state and timeline alone, for the page that is open."""
    return render(request, "dashboard/_alert_story.html", _story(request, alert_of(request, alert_id)))


@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """This person takes the alert on."""
    alert = alert_of(request, alert_id)
    renews = alert.state == State.ACKNOWLEDGED
    try:
        desk.acknowledge(alert.pk, person(request), timezone.now())
    except life.LifeError as error:
        messages.error(request, why_not(error))
    else:
        said = _("You have taken this alert on. The home is being told.")
        _say_with_undo(request, alert, said, may_undo=not renews)
    return redirect("alert", alert_id=alert.pk)


@require_POST
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """This person closes the alert."""
    alert = alert_of(request, alert_id)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return show(request, alert, form, status=422)
    outcome, note = form.cleaned_data["outcome"], form.cleaned_data["note"]
    try:
        desk.close(alert.pk, person(request), outcome, note, timezone.now())
    except life.LifeError as error:
        messages.error(request, why_not(error))
        return redirect("alert", alert_id=alert.pk)
    _say_with_undo(request, alert, _("The alert is closed. The home is being told."), may_undo=True)
    return redirect("queue")


def _say_with_undo(request: HttpRequest, alert: Alert, text: str, *, may_undo: bool) -> None:
    """A message that has a button to take the step back, for as long as that is possible."""
    if not may_undo:
        messages.success(request, text)
        return
    until = timezone.now() + steps.undo_window()
    context = {"text": text, "alert": alert, "until": until}
    messages.success(request, render_to_string("dashboard/_undo.html", context, request))


def alert_of(request: HttpRequest, alert_id: int) -> Alert:
    """The alert, if this person may see it; else there is nothing here."""
    return get_object_or_404(alerts_visible_to(person(request)), pk=alert_id)


def show(
    request: HttpRequest, alert: Alert, form: CloseForm | None = None, status: int = 200
) -> HttpResponse:
    """The alert's page."""
    account = person(request)
    mine = alert.holder_id == account.pk
    context = _story(request, alert) | {
        "close_form": form or CloseForm(initial={"outcome": alert.suggested_outcome}),
        "say_form": SayForm(),
        "note_form": NoteForm(),
        "offer_form": OfferForm(alert, account) if mine and alert.state == State.ACKNOWLEDGED else None,
        "mine": mine,
        "may_take": alert.state == State.RAISED or (alert.state == State.ACKNOWLEDGED and mine),
        "merge_form": MergeForm(alert, account) if alert.state != State.CLOSED else None,
        "merged": alert.merged.all(),
        "call": emergency_call.script(alert, timezone.now()),
    }
    return render(request, "dashboard/alert.html", context, status=status)


def _story(request: HttpRequest, alert: Alert) -> dict[str, object]:
    now = timezone.now()
    entries = story.of(alert)
    offered = Handover.objects.filter(alert=alert, answered_at=None, giver=alert.holder_id).first()
    return {
        "alert": alert,
        "story": entries,
        "plot": incident_plot(alert, entries, now),
        "owner": owners_of([alert], now).get(alert.pk),
        "offered": offered if alert.state == State.ACKNOWLEDGED else None,
        "offered_to_me": offered is not None and offered.to_id == person(request).pk,
        "now": now,
    }


def why_not(error: life.LifeError) -> str:
    """Why a step was refused, in words."""
    match error:
        case life.HeldByAnotherError():
            return _("A colleague is looking after this alert.")
        case life.NotYoursError():
            return _("Only who looks after this alert can do that.")
        case life.OfferGoneError():
            return _("This hand-over is no longer open.")
        case life.TooLateError():
            return _("That can't be taken back any more.")
        case life.NotTogetherError():
            return _("These two alerts can't be merged.")
        case _:
            return _("This alert is already closed.")
