"""Evidence and parts in words that a caseworker reads at a glance."""

import re
from typing import TYPE_CHECKING, Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext as _

from district_bridge.alerts.told import summary
from district_bridge.dashboard.evidence import in_words, tells_something
from district_bridge.escalation.models import Rung

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from django.forms import BoundField
    from django.utils.safestring import SafeString


register = template.Library()
register.filter(summary)


@register.filter
def label(field: BoundField) -> SafeString:
    """A field's label as the other words of the page are: without a colon."""
    return field.label_tag(label_suffix="")


@register.filter
def evidence_words(evidence: Sequence[dict[str, Any]]) -> list[str]:
    """What was noticed, a sentence a piece."""
    return [in_words(item) for item in evidence if tells_something(item)]


@register.filter
def part_name(name: str) -> str:
    """A part of the home, named."""
    return {
        "home": _("Home Assistant"),
        "robot": _("Robot"),
        "wearable": _("Wearable"),
        "sensors": _("Sensors"),
    }.get(name, name)


@register.filter
def part_state(state: str) -> str:
    """How a part is."""
    return {
        "online": _("Online"),
        "offline": _("Offline"),
        "battery_low": _("Battery low"),
        "not_worn": _("Not worn"),
        "none": pgettext("no such part", "None"),
    }.get(state, state)


@register.filter
def rung_name(step: str) -> str:
    """A rung of the ladder, or the hand an alert is in."""
    if step == "held":
        return _("In the hands of")
    return str(Rung(step).label)


@register.filter
def channel_name(kind: str) -> str:
    """A channel, named."""
    return {
        "web_push": _("Push"),
        "email": _("E-mail"),
        "sms": _("SMS"),
        "voice": _("Call"),
        "family": _("SMS to the family"),
        "dc09": _("Alarm receiving centre"),
        "dc09_restoral": _("Alarm receiving centre: it is over"),
    }.get(kind, kind)


@register.filter
def delivery_state(state: str) -> str:
    """What became of a message."""
    return {
        "sent": _("sent"),
        "waiting": _("on its way"),
        "trying": _("failed, is tried again at"),
        "failed": _("given up"),
        "not_needed": _("not sent, no longer needed"),
    }.get(state, state)


@register.filter
def reason(failure: str) -> str:
    """Why a message did not arrive, in the reader's language; numbers and the system's own words stay."""
    said, colon, detail = failure.partition(": ")
    number = re.search(r"\b\d{3}\b", said)
    if number is not None:
        told = gettext(said.replace(number[0], "%(code)s")) % {"code": number[0]}
    else:
        told = gettext(said) if said else ""
    return f"{told}{colon}{gettext(detail) if detail else ''}"


@register.filter
def risk_reason(name: str) -> str:
    """Why a home stands where it stands in a call list."""
    return {
        "open_emergency": _("an emergency was going on"),
        "needs_power": _("a device that needs power"),
        "frail": _("frail"),
        "lives_alone": _("lives alone"),
        "alerts_lately": _("had alerts lately"),
    }.get(name, name)


@register.filter
def moment(time: datetime | None) -> SafeString | str:
    """A time of day; the date when it was not today, the year when not this one; exact for machines."""
    if time is None:
        return "–"
    local = timezone.localtime(time)
    today = timezone.localdate()
    if local.date() == today:
        text = f"{local:%H:%M:%S}"
    else:
        text = f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}">{}</time>', time.isoformat(), text)


@register.filter
def since(time: datetime) -> SafeString:
    """How long ago; the page counts on from there."""
    seconds = max(0, int((timezone.now() - time).total_seconds()))
    return format_html(
        '<time class="clock" datetime="{}" data-since="{}">{}</time>',
        time.isoformat(),
        time.isoformat(),
        clock(seconds),
    )


@register.filter
def until(time: datetime) -> SafeString:
    """How long from now; the page counts down from there."""
    seconds = max(0, int((time - timezone.now()).total_seconds()))
    return format_html(
        '<time class="clock" datetime="{}" data-until="{}">{}</time>',
        time.isoformat(),
        time.isoformat(),
        clock(seconds),
    )


@register.filter
def duration(time: timedelta) -> str:
    """A length of time in words; none is "at once"."""
    minutes, second = divmod(int(time.total_seconds()), 60)
    hour, minute = divmod(minutes, 60)
    parts = [
        *([_("%(hours)d h") % {"hours": hour}] if hour else []),
        *([_("%(minutes)d min") % {"minutes": minute}] if minute else []),
        *([_("%(seconds)d s") % {"seconds": second}] if second else []),
    ]
    return " ".join(parts) or _("at once")


@register.filter
def share(part: float | None) -> str:
    """A share as a percentage."""
    return "–" if part is None else f"{part:.1%}"


@register.filter
def seconds(number: float | None) -> str:
    """A number of seconds as a clock."""
    return "–" if number is None else clock(round(number))


def clock(seconds: int) -> str:
    """``mm:ss``, with hours and days where there are any."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hour}
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute:02}:{second:02}"
