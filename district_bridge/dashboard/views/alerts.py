"""The queue, one alert, and what a person does with it."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from district_bridge.alerts import desk, life
from district_bridge.alerts.models import Alert, Severity, State
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.dashboard.forms import CloseForm, SayForm
from district_bridge.dashboard.people import person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

PAGE = 50
# More than this on one screen helps nobody; the count above the list tells how many there are.
QUEUE_SHOWN = 200


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Every open alert of this person's homes."""
    return render(request, "dashboard/queue.html", _queue(request))


@require_safe
def queue_rows(request: HttpRequest) -> HttpResponse:
    """The queue's list alone, for the page that is open."""
    return render(request, "dashboard/_queue_rows.html", _queue(request))


def _queue(request: HttpRequest) -> dict[str, object]:
    found = alerts_visible_to(person(request)).exclude(state=State.CLOSED)
    shown = list(found.order_by("-state", "severity", "received_at")[:QUEUE_SHOWN])
    raised = [alert for alert in shown if alert.state == State.RAISED]
    return {
        "raised": raised,
        "acknowledged": [alert for alert in shown if alert.state == State.ACKNOWLEDGED],
        "emergencies": _incidents(raised),
        "total": found.count() if len(shown) == QUEUE_SHOWN else len(shown),
        "shown": len(shown),
    }


def _incidents(alerts: Iterable[Alert]) -> str:
    """The emergencies nobody has taken, for the page to ring for those that are new to it."""
    return " ".join(str(alert.incident) for alert in alerts if alert.severity == Severity.EMERGENCY)


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """What was closed, the latest first."""
    found = alerts_visible_to(person(request)).filter(state=State.CLOSED).order_by("-closed_at", "-id")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/closed.html", {"page": page})


@require_safe
def detail(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert: what happened, what is known, what to do."""
    return _show(request, _alert(request, alert_id))


@require_safe
def story(request: HttpRequest, alert_id: int) -> HttpResponse:
    """An alert's state and timeline alone, for the page that is open."""
    return render(request, "dashboard/_alert_story.html", _story(_alert(request, alert_id)))


@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """This person takes the alert on."""
    alert = _alert(request, alert_id)
    try:
        desk.acknowledge(alert.pk, person(request), timezone.now())
    except life.LifeError as error:
        messages.error(request, _why_not(error))
    else:
        messages.success(request, _("You have taken this alert on. The home is being told."))
    return redirect("alert", alert_id=alert.pk)


@require_POST
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """This person closes the alert."""
    alert = _alert(request, alert_id)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _show(request, alert, form, status=422)
    outcome, note = form.cleaned_data["outcome"], form.cleaned_data["note"]
    try:
        desk.close(alert.pk, person(request), outcome, note, timezone.now())
    except life.LifeError as error:
        messages.error(request, _why_not(error))
        return redirect("alert", alert_id=alert.pk)
    messages.success(request, _("The alert is closed. The home is being told."))
    return redirect("queue")


def _alert(request: HttpRequest, alert_id: int) -> Alert:
    return get_object_or_404(alerts_visible_to(person(request)), pk=alert_id)


def _show(
    request: HttpRequest, alert: Alert, form: CloseForm | None = None, status: int = 200
) -> HttpResponse:
    mine = alert.holder_id == person(request).pk
    context = _story(alert) | {
        "close_form": form or CloseForm(initial={"outcome": alert.suggested_outcome}),
        "say_form": SayForm(),
        "mine": mine,
        "may_take": alert.state == State.RAISED or (alert.state == State.ACKNOWLEDGED and mine),
    }
    return render(request, "dashboard/alert.html", context, status=status)


def _story(alert: Alert) -> dict[str, object]:
    return {"alert": alert, "transitions": alert.transitions.select_related("person")}


def _why_not(error: life.LifeError) -> str:
    if isinstance(error, life.HeldByAnotherError):
        return _("A colleague is looking after this alert.")
    return _("This alert is already closed.")
