"""How a home is watched, and what of its messages is missing: a section of its page."""

from typing import TYPE_CHECKING, Any

from django import template

from district_bridge.area.models import HomeLine
from district_bridge.intake import gaps
from district_bridge.supervision import plan
from district_bridge.supervision.models import CarePlan, Frailty

if TYPE_CHECKING:
    from district_bridge.homes.models import Home

register = template.Library()
SHOWN = 10


@register.inclusion_tag("supervision/_home_watch.html", takes_context=True)
def home_watch(context: dict[str, Any], home: Home) -> dict[str, Any]:
    """The page that holds it has made sure that this person may see the home."""
    found = CarePlan.objects.filter(home=home).first() or CarePlan(home=home)
    return {
        "home": home,
        "csrf_token": context.get("csrf_token"),
        "plan": found,
        "frailties": Frailty.choices,
        "provider": HomeLine.objects.filter(home=home).values_list("provider", flat=True).first() or "",
        "limit": plan.silence_limit(found.frailty),
        "missing": gaps.missing(home.pk)[:SHOWN],
        "reused": gaps.reused(home.pk)[:SHOWN],
    }
