"""Times without anybody on call, put together: the same hours of many neighbourhoods are one line."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import format_html

from district_bridge.escalation.models import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.utils.safestring import SafeString

    from district_bridge.accounts.models import Neighbourhood
    from district_bridge.escalation.shifts import Span

register = template.Library()


@dataclass(frozen=True)
class GapLine:
    """Nobody is on call for ``duty`` in these hours, in each of these places."""

    duty: str
    start: datetime
    end: datetime
    places: list[str] = field(default_factory=list)


@register.filter
def gap_lines(gaps: Iterable[Gap | tuple[Neighbourhood, str, Span]]) -> list[GapLine]:
    """One line for each duty and time, the soonest first."""
    found: dict[tuple[datetime, datetime, str], GapLine] = {}
    for gap in gaps:
        if isinstance(gap, Gap):
            place, duty, start, end = (
                gap.neighbourhood.name,
                gap.get_duty_display(),
                gap.starts_at,
                gap.ends_at,
            )
        else:
            place, duty, start, end = gap[0].name, gap[1], gap[2].start, gap[2].end
        start, end = _to_the_minute(start), _to_the_minute(end)
        found.setdefault((start, end, duty), GapLine(duty, start, end)).places.append(place)
    return [found[key] for key in sorted(found)]


def _to_the_minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


@register.simple_tag
def stretch(start: datetime, end: datetime) -> SafeString:
    """From one moment to another, to the minute; the day is said once where it is the same."""
    first, last = timezone.localtime(start), timezone.localtime(end)
    same_day = first.date() == last.date()
    return format_html(
        '<time datetime="{}">{}</time> – <time datetime="{}">{}</time>',
        start.isoformat(),
        f"{first:%m-%d %H:%M}",
        end.isoformat(),
        f"{last:%H:%M}" if same_day else f"{last:%m-%d %H:%M}",
    )
