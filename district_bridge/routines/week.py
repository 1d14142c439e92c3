"""The past week in words, for the caseworker: from the days that the home has sent."""

from datetime import timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from district_bridge.routines.days import in_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from district_bridge.routines.models import RoutineDay

WEEK: Final = timedelta(days=7)
BEFORE: Final = timedelta(days=21)
BEFORE_AT_LEAST: Final = 7
"""Days before the week from which on a change is told."""
TELLING: Final = 0.15
"""A change of the hours with movement below this share is an ordinary week."""
HARDLY_H: Final = 0.1
"""Hours up at night below which a night was quiet."""
MEALS: Final = (range(20, 40), range(42, 58), range(66, 82))
"""Breakfast, lunch and supper in quarters of an hour: 5 to 10, 10:30 to 14:30, 16:30 to 20:30, as the home
counts them: family and caseworker must hear the same."""


def in_words(days: Sequence[RoutineDay]) -> list[str]:
    """Sentences; none where no day of the past week was watched. ``days``: newest first."""
    watched = [day for day in days if day.rooms.strip(".")]
    if not watched:
        return []
    newest = days[0].day
    week = [day for day in watched if newest - day.day < WEEK]
    before = [day for day in watched if WEEK <= newest - day.day < WEEK + BEFORE]
    if not week:
        return []
    return [*_habits(week), *_change(week, before)]


def _habits(week: Sequence[RoutineDay]) -> list[str]:
    numbers = [in_numbers(day) for day in week]
    told = [_("The past %(days)s days that were watched:") % {"days": len(week)}]
    if ups := sorted(each.up for each in numbers if each.up):
        told.append(_("usually up at about %(time)s.") % {"time": ups[len(ups) // 2]})
    meals = sum(any(day.rooms[at] == "K" for at in meal) for day in week for meal in MEALS)
    told.append(
        _("Kitchen used at %(meals)s of %(all)s mealtimes.") % {"meals": meals, "all": len(week) * len(MEALS)}
    )
    out = [each.out_h for each in numbers if each.out_h]
    if out:
        told.append(
            _("Out on %(days)s days, %(hours)s hours in all.")
            % {"days": len(out), "hours": f"{sum(out):.0f}"}
        )
    else:
        told.append(_("Never out."))
    visits = fmean(each.bathroom for each in numbers)
    told.append(_("%(visits)s bathroom visits a day.") % {"visits": f"{visits:.0f}"})
    night = fmean(each.night_h for each in numbers)
    if night < HARDLY_H:
        told.append(_("Hardly up at night."))
    else:
        told.append(_("Up at night for %(hours)s hours a night.") % {"hours": f"{night:.1f}"})
    return told


def _change(week: Sequence[RoutineDay], before: Sequence[RoutineDay]) -> list[str]:
    if len(before) < BEFORE_AT_LEAST:
        return []
    now, then = (fmean(in_numbers(day).active_h for day in part) for part in (week, before))
    if not then:
        return []
    change = now / then - 1
    if abs(change) < TELLING:
        return [_("Movement as in the weeks before.")]
    percent = {"percent": f"{abs(change):.0%}"}
    if change < 0:
        return [_("%(percent)s less movement than in the weeks before.") % percent]
    return [_("%(percent)s more movement than in the weeks before.") % percent]
