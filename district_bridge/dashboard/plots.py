"""Small pictures as SVG in the page: numbers in, shapes out. The words beside them say the same."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.alerts.models import State, Step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from district_bridge.alerts.models import Alert
    from district_bridge.dashboard.story import Entry

WIDTH = 640
LEFT, RIGHT = 8, 8
SHORTEST = timedelta(seconds=60)
SHOWN_DAYS = 28
STEP_STYLES = {
    Step.RAISED: "raised",
    Step.REOPENED: "raised",
    Step.LEASE_LAPSED: "raised",
    Step.GIVEN_BACK: "raised",
    Step.ACKNOWLEDGED: "taken",
    Step.HANDED_OVER: "taken",
    Step.CLOSED: "closed",
    Step.MERGED: "closed",
}


@dataclass(frozen=True)
class Bar:
    """A stretch of the incident in one state."""

    x: float
    width: float
    state: str


@dataclass(frozen=True)
class Mark:
    """A moment of the incident."""

    x: float
    style: str


@dataclass(frozen=True)
class IncidentPlot:
    """An incident on a line of time, from its first sign to its end or to now."""

    bars: list[Bar]
    marks: list[Mark]
    rungs: list[Mark]
    ticks: list[tuple[float, str]] = field(default_factory=list)
    width: int = WIDTH


def incident_plot(alert: Alert, story: Iterable[Entry], now: datetime) -> IncidentPlot:
    """Waiting, in hand, closed, as bars; rungs that were told as marks below."""
    entries = list(story)
    begin = min([alert.opened_at, *(entry.at for entry in entries)])
    end = alert.closed_at or now
    span = max(end - begin, SHORTEST)

    def place(at: datetime) -> float:
        share = (min(max(at, begin), begin + span) - begin) / span
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    steps = [entry.step for entry in entries if entry.step is not None]
    bars = []
    if steps and steps[0].at > alert.opened_at:
        bars.append(Bar(place(alert.opened_at), place(steps[0].at) - place(alert.opened_at), "in_the_home"))
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        until = end if following is None else following.at
        width = round(place(until) - place(step.at), 1)
        if width > 0 and step.state != State.CLOSED:
            bars.append(Bar(place(step.at), width, step.state))
    marks = [Mark(place(step.at), STEP_STYLES[Step(step.step)]) for step in steps if step.step in STEP_STYLES]
    rungs = [Mark(place(entry.at), entry.receipt.step) for entry in entries if entry.receipt is not None]
    moments = [begin, begin + span / 2, begin + span]
    ticks = [(place(moment), f"{timezone.localtime(moment):%H:%M:%S}") for moment in moments]
    return IncidentPlot(bars, marks, rungs, ticks)


@dataclass(frozen=True)
class Dot:
    """One alert in the picture of a home's last weeks."""

    x: float
    y: float
    severity: int
    title: str


@dataclass(frozen=True)
class WeeksPlot:
    """A home's alerts of the last weeks: days from left to right, the hours of the day from top to bottom."""

    dots: list[Dot]
    days: list[tuple[float, str]]
    hours: list[tuple[float, str]]
    width: int = WIDTH
    height: int = 230


def weeks_plot(alerts: Iterable[Alert], titles: dict[int, str], now: datetime) -> WeeksPlot:
    """``titles``: the words of each alert, by its id."""
    left, top, bottom = 62, 10, 34
    height = WeeksPlot([], [], []).height
    today = timezone.localdate(now)
    step = (WIDTH - left - RIGHT) / SHOWN_DAYS
    dots = []
    for alert in alerts:
        local = timezone.localtime(alert.received_at)
        age = (today - local.date()).days
        if not 0 <= age < SHOWN_DAYS:
            continue
        hour = local.hour + local.minute / 60
        dots.append(
            Dot(
                x=round(left + (SHOWN_DAYS - 1 - age + 0.5) * step, 1),
                y=round(top + hour / 24 * (height - top - bottom), 1),
                severity=alert.severity,
                title=f"{local:%m-%d %H:%M} {titles[alert.pk]}",
            )
        )
    days = [
        (round(left + (SHOWN_DAYS - 1 - age + 0.5) * step, 1), f"{today - timedelta(days=age):%m-%d}")
        for age in (27, 20, 13, 6, 0)
    ]
    hours = [
        (round(top + hour / 24 * (height - top - bottom), 1), f"{hour:02}:00") for hour in (0, 6, 12, 18, 24)
    ]
    return WeeksPlot(dots, days, hours)
