"""The week in words, for the family and the caseworker."""

from statistics import fmean, median
from typing import TYPE_CHECKING

from .company import visits_alone
from .thresholds import DAYS_TO_KNOW, HABIT_DAYS, MEALS
from .words import Explanation, span, time_of_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .daybook import Daybook, Page

_WEEK = 7


def weekly_summary(book: Daybook, checks: int) -> Explanation:
    """The past seven full days beside the four weeks before them."""
    pages = book.past(HABIT_DAYS + _WEEK)
    week, before = pages[-_WEEK:], pages[:-_WEEK]
    if not week:
        return Explanation("아직 하루가 다 지나지 않았습니다.", "No full day has passed yet.")
    ko: list[str] = []
    en: list[str] = []
    numbers: dict[str, float | int | str | None] = {}
    for part_ko, part_en, name, value in _parts(week, visits_alone(pages)[-_WEEK:]):
        ko.append(part_ko)
        en.append(part_en)
        numbers[name] = round(value, 1)
    # Beside somebody else nobody knows whose doing it was.
    alone, alone_before = ([p.active for p in part if not p.company] for part in (week, before))
    if alone and len(alone_before) >= DAYS_TO_KNOW:
        change = fmean(alone) / max(fmean(alone_before), 1.0) - 1.0
        numbers["activity_change"] = round(change, 2)
        ko.append(f"활동은 전보다 {abs(change):.0%} {'늘었' if change >= 0 else '줄었'}습니다")
        en.append(f"activity {'rose' if change >= 0 else 'fell'} by {abs(change):.0%}")
    if len(alone) < len(week):
        numbers["company_days"] = len(week) - len(alone)
        ko.append(f"{len(week) - len(alone)}일은 다른 분이 함께 계신 듯합니다")
        en.append(f"somebody else seemed to be there on {len(week) - len(alone)} days")
    numbers["checks"] = checks
    ko.append(f"로봇이 안부를 {checks}번 여쭈었습니다")
    en.append(f"the robot asked {checks} times")
    return Explanation(
        f"지난 {len(week)}일: {', '.join(ko)}.", f"Past {len(week)} days: {', '.join(en)}.", numbers
    )


def _parts(week: Sequence[Page], alone: Sequence[tuple[int, float]]) -> list[tuple[str, str, str, float]]:
    parts = []
    if ups := [page.up for page in week if page.up is not None]:
        up = median(ups)
        parts.append(
            (f"보통 {time_of_day(up)}에 일어나셨고", f"usually up at {time_of_day(up)}", "up_min", up)
        )
    if sleeps := [page.sleep for page in week if page.sleep > 0]:
        ko, en = span(fmean(sleeps))
        parts.append((f"하루 {ko}쯤 주무셨고", f"slept about {en} a night", "sleep_min", fmean(sleeps)))
    meals = sum(page.ate(meal) for page in week for meal in MEALS)
    of = len(week) * len(MEALS)
    parts.append(
        (
            f"끼니때 {of}번 중 {meals}번 부엌을 쓰셨고",
            f"kitchen used at {meals} of {of} mealtimes",
            "meals",
            meals,
        )
    )
    outings = sum(page.outings for page in week)
    parts.append((f"{outings}번 외출하셨고", f"{outings} outings", "outings", outings))
    if (days := sum(share for _, share in alone)) >= 1.0:
        toilet = sum(visits for visits, _ in alone) / days
        parts.append(
            (f"화장실은 하루 {toilet:.1f}번 가셨고", f"{toilet:.1f} bathroom visits a day", "toilet", toilet)
        )
    return parts
