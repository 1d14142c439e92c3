"""The picture of a resident's days: a section of the home's page."""

from typing import TYPE_CHECKING, Any

from django import template

from district_bridge.privacy import consent, purposes
from district_bridge.routines import days, week
from district_bridge.routines.models import RoutineDay

if TYPE_CHECKING:
    from district_bridge.homes.models import Home

register = template.Library()
SHOWN = 28


@register.inclusion_tag("routines/_days.html")
def routine_days(home: Home) -> dict[str, Any]:
    """The page that holds it has made sure that this person may see the home."""
    if not consent.allows(home.pk, purposes.ROUTINE_PICTURE):
        return {"agreed": False}
    found = list(RoutineDay.objects.filter(home=home)[:SHOWN])
    return {
        "agreed": True,
        "picture": days.picture(found) if found else None,
        "week": week.in_words(found),
        "numbers": [days.in_numbers(day) for day in found],
    }
