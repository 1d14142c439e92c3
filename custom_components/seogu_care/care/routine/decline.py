"""Slow decline: the week from which on a person has been less active than before.

Activity of a day is the minutes with signs for each hour at home and watched, as a logarithm; seven such
days make a week, of which the median counts, so that Sundays weigh alike and one odd day does not. Each
week of the past half year is tried as the one from which on less is done (a scan for one change-point; its
form is the likelihood ratio of a step in the mean of normal values: Hinkley, Biometrika 57, 1970). How much
weeks differ by themselves is taken from the differences of this home's own neighbouring weeks, which a step
or a slope hardly moves (Rice, Annals of Statistics 12, 1984), leaning on a general value while few weeks
are known: no chance and no drawing of days again and again is needed.
"""

import itertools
import math
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

from .thresholds import (
    DAYS_HANG_TOGETHER,
    DECLINE_HOURS_LEAST,
    DECLINE_SHARE,
    DECLINE_WEEKS,
    DECLINE_WEEKS_BEFORE,
    DECLINE_WEEKS_SINCE,
    WEEKS_DIFFER,
    WEEKS_DIFFER_TRUST,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .daybook import Page

_WEEK: Final = 7
_DAY_MIN: Final = 1440.0
_NORMAL: Final = 0.6745  # median of the absolute values of normal ones, for a deviation of one


@dataclass(frozen=True, slots=True)
class Decline:
    """The likeliest change-point: `weeks` ago, by which `share` of activity, how many deviations out.

    `before` and `since` are minutes with signs for each hour at home.
    """

    score: float
    weeks: int
    share: float
    before: float
    since: float


def decline(pages: Sequence[Page], untrusted: Collection[str] = ()) -> Decline | None:
    """The likeliest change to less activity, far out or not; None while too few weeks are known.

    Args:
        pages: days past, oldest first.
        untrusted: rooms with a sensor that can't be trusted now; they count on no day.
    """
    days = [value for page in pages[-DECLINE_WEEKS * _WEEK :] if (value := _activity(page, untrusted))]
    count = len(days) // _WEEK
    if count < DECLINE_WEEKS_BEFORE + DECLINE_WEEKS_SINCE:
        return None
    first = len(days) - count * _WEEK
    weeks = [median(days[i : i + _WEEK]) for i in range(first, len(days), _WEEK)]
    spread = _spread(days, weeks)
    best = Decline(0.0, 0, 0.0, 0.0, 0.0)
    for split in range(DECLINE_WEEKS_BEFORE, count - DECLINE_WEEKS_SINCE + 1):
        before, since = fmean(weeks[:split]), fmean(weeks[split:])
        error = spread * math.sqrt(1 / split + 1 / (count - split))
        # Only what still lasts is told.
        share = 1.0 - math.exp(fmean(weeks[-DECLINE_WEEKS_SINCE:]) - before)
        score = (before - since) / error if share >= DECLINE_SHARE else 0.0
        if score > best.score:
            best = Decline(score, count - split, share, math.exp(before), math.exp(since))
    return best


def _activity(page: Page, untrusted: Collection[str]) -> float | None:
    """The log of minutes with signs for each hour at home; None of a day that shows too little."""
    # Beside somebody else nobody knows whose doing it was.
    hours = (_DAY_MIN - page.out - page.unwatched) / 60.0
    minutes = page.active - sum(page.rooms.get(room, 0) for room in untrusted)
    if hours < DECLINE_HOURS_LEAST or minutes <= 0 or page.company:
        return None
    return math.log(minutes / hours)


def _spread(days: Sequence[float], weeks: Sequence[float]) -> float:
    """How far weeks lie apart by themselves (standard deviation of one)."""
    own = _of_differences(weeks)
    degrees = len(weeks) - 1
    leaning = math.sqrt(
        (WEEKS_DIFFER_TRUST * WEEKS_DIFFER**2 + degrees * own**2) / (WEEKS_DIFFER_TRUST + degrees)
    )
    return max(leaning, _of_differences(days) / math.sqrt(_WEEK) * DAYS_HANG_TOGETHER)


def _of_differences(values: Sequence[float]) -> float:
    apart = [abs(after - before) for before, after in itertools.pairwise(values)]
    return median(apart) / (_NORMAL * math.sqrt(2.0))
