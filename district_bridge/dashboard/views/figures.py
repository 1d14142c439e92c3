"""Answer times against the yardstick, and what a shift leaves to the next one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from district_bridge.alerts.models import State, Step, Transition
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.dashboard.people import person
from district_bridge.escalation import watch
from district_bridge.escalation.models import Shift
from district_bridge.escalation.owners import owners_of
from district_bridge.figures import answers, ask
from district_bridge.homes.models import Link
from district_bridge.homes.scope import homes_visible_to, neighbourhoods_of
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import NOT_NEEDED

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from district_bridge.accounts.models import Account

PERIODS = {"1": 1, "7": 7, "30": 30, "90": 90}
SHIFTS_H = {"8": 8, "12": 12, "24": 24}
UP_TO_S = 300
PLOT_WIDTH, PLOT_HEIGHT, LEFT, BOTTOM, TOP = 640, 270, 66, 44, 12
SHOWN = 200


@dataclass(frozen=True)
class AnswerPlot:
    """The share of calls answered after each number of seconds, with the yardstick's two marks."""

    line: str
    marks: list[tuple[float, float, str]]
    seconds: list[tuple[float, str]]
    shares: list[tuple[float, str]]
    width: int = PLOT_WIDTH
    height: int = PLOT_HEIGHT


def answer_plot(calls: list[answers.Call]) -> AnswerPlot:
    """The curve of these calls up to five minutes."""

    def x(seconds: float) -> float:
        return round(LEFT + seconds / UP_TO_S * (PLOT_WIDTH - LEFT - 24), 1)

    def y(share: float) -> float:
        return round(TOP + (1 - share) * (PLOT_HEIGHT - TOP - BOTTOM), 1)

    yardstick = ((answers.QUICK_S, answers.QUICK_SHARE), (answers.SLOW_S, answers.SLOW_SHARE))
    return AnswerPlot(
        line=" ".join(f"{x(seconds)},{y(share)}" for seconds, share in answers.curve(calls, UP_TO_S)),
        marks=[(x(at), y(share), f"{share:.1%} · {_in_seconds(at)}") for at, share in yardstick],
        seconds=[(x(at), _in_seconds(at)) for at in range(0, UP_TO_S + 1, 60)],
        shares=[(y(share / 100), f"{share}%") for share in (0, 25, 50, 75, 100)],
    )


def _in_seconds(number: int) -> str:
    return _("%(seconds)d s") % {"seconds": number}


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How quickly alerts were answered, by neighbourhood."""
    days = PERIODS.get(request.GET.get("days", ""), 30)
    all_kinds = request.GET.get("all") == "1"
    now = timezone.now()
    calls = ask.calls_since(
        alerts_visible_to(person(request)).select_related(None),
        now - timedelta(days=days),
        now,
        emergencies_only=not all_kinds,
    )
    everything = [call for group in calls.values() for call in group]
    context = {
        "days": days,
        "periods": PERIODS,
        "all_kinds": all_kinds,
        "rows": [(name, answers.figures(group)) for name, group in sorted(calls.items())],
        "total": answers.figures(everything),
        "plot": answer_plot(everything),
        "yardstick": answers,
    }
    return render(request, "dashboard/figures.html", context)


@require_safe
def shift_summary(request: HttpRequest) -> HttpResponse:
    """What happened in a shift and what it leaves: a page to hand over with, also on paper."""
    account, now = person(request), timezone.now()
    since = _since(request, account, now)
    alerts = alerts_visible_to(account)
    still_open = list(
        alerts.exclude(state=State.CLOSED).order_by("severity", "received_at", "id")[: SHOWN + 1]
    )
    owners = owners_of(still_open[:SHOWN], now)
    notes = _last_notes([alert.pk for alert in still_open[:SHOWN]])
    closed = alerts.filter(closed_at__gte=since).order_by("-closed_at")
    steps = Transition.objects.filter(at__gte=since, alert__in=alerts_visible_to(account))
    failures = Outgoing.objects.filter(gave_up_at__gte=since, alert__in=alerts_visible_to(account))
    places = list(neighbourhoods_of(account))
    context = {
        "since": since,
        "now": now,
        "hours": SHIFTS_H,
        "places": places,
        "open": [(alert, owners.get(alert.pk), notes.get(alert.pk, "")) for alert in still_open[:SHOWN]],
        "more_open": len(still_open) > SHOWN,
        "closed": list(closed[:SHOWN]),
        "raised": steps.filter(step=Step.RAISED).count(),
        "lapsed": steps.filter(step=Step.LEASE_LAPSED).count(),
        "handed": steps.filter(step=Step.HANDED_OVER).count(),
        "silent": list(
            homes_visible_to(account)
            .filter(link=Link.OFFLINE)
            .select_related("resident", "neighbourhood")
            .order_by("offline_since")[:SHOWN]
        ),
        "gaps": watch.gaps_of(account, [place.pk for place in places], now),
        "failures": list(failures.exclude(failure__startswith=NOT_NEEDED).order_by("-gave_up_at")[:20]),
        "next_shifts": _next_shifts(account, now),
    }
    return render(request, "dashboard/shift.html", context)


def _since(request: HttpRequest, account: Account, now: datetime) -> datetime:
    """The beginning of this person's shift, or so many hours back."""
    hours = SHIFTS_H.get(request.GET.get("hours", ""))
    if hours is None:
        mine = account.shifts.filter(starts_at__lte=now, ends_at__gt=now).order_by("starts_at").first()
        if mine is not None:
            return mine.starts_at
    return now - timedelta(hours=hours or 12)


def _last_notes(alerts: list[int]) -> dict[int, str]:
    """The last note of each alert."""
    notes = Transition.objects.filter(alert__in=alerts).exclude(note="").order_by("id")
    return dict(notes.values_list("alert_id", "note"))


def _next_shifts(account: Account, now: datetime) -> list[Shift]:
    """Who comes next."""
    coming = Shift.objects.filter(
        ends_at__gt=now, starts_at__lt=now + timedelta(hours=24), neighbourhood__in=neighbourhoods_of(account)
    ) | Shift.objects.filter(ends_at__gt=now, starts_at__lt=now + timedelta(hours=24), neighbourhood=None)
    return list(coming.select_related("account", "neighbourhood").order_by("starts_at", "id")[:SHOWN])
