"""What is out of the ordinary beside silence: each with its own score, threshold, words and quiet hours.

A score of a kind can only be compared with that kind's own threshold. Nothing here gets help by itself: an
anomaly is told to the family and the caseworker, and may prompt a question.
"""

import math
from dataclasses import dataclass, field
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Any, Final, Literal

from .company import stays, visits_alone
from .daybook import Daybook, Page, is_deep_night
from .decline import decline
from .sensors import zone_of
from .thresholds import (
    ALONE_DAYS_LEAST,
    ALONE_LEAST,
    DAYS_HANG_TOGETHER,
    DAYS_TO_KNOW,
    DECLINE_WEEKS,
    FAR_OUT,
    HABIT_DAYS,
    LATE_AT_LEAST_MIN,
    LATE_FAR_OUT,
    LEFT_AT_NIGHT,
    MEALS,
    MEALS_MISSED,
    ROOM_UNUSED,
    ROOM_UNUSED_DAYS,
    SCATTERED_FAR_OUT,
    SLEEP_LESS_AT_LEAST_MIN,
    SLEEP_LESS_IN_A_WEEK_MIN,
    SLEEP_PIECES_MORE,
    STAY_AT_LEAST_MIN,
    STAY_RARE,
    STAYS_DAYS,
    TOILET_UP,
    WANDERING_AT_LEAST,
)
from .words import span, time_of_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .clock import Moment
    from .signs import Unseen

AnomalyKind = Literal[
    "long_bathroom_stay",
    "night_wandering",
    "left_at_night",
    "late_rising",
    "missed_meals",
    "short_sleep",
    "scattered_sleep",
    "toilet_visits_up",
    "slow_decline",
    "room_unused",
]
WEEK: Final = 7
# Those that can't wait for the morning.
URGENT: Final = frozenset({"long_bathroom_stay", "left_at_night"})


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing out of the ordinary. `key` names it, so that it is told once."""

    kind: AnomalyKind
    key: str
    score: float
    threshold: float
    ko: str
    en: str
    numbers: dict[str, float | str] = field(default_factory=dict)

    @property
    def is_out(self) -> bool:
        """Whether it is far enough out to be told."""
        return self.score >= self.threshold

    def quiet(self, wall: float) -> bool:
        """Whether to keep it for the morning."""
        return is_deep_night(wall) and self.kind not in URGENT

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": self.kind, "key": self.key, "score": round(self.score, 2), "threshold": self.threshold,
            "ko": self.ko, "en": self.en, "numbers": self.numbers,
        }  # fmt: skip


def find(book: Daybook, now: Moment, *, out_since: float | None, away: bool, unseen: Unseen) -> list[Anomaly]:
    """All kinds that can be judged now, each with its score, far out or not.

    Args:
        book: the days so far.
        now: the present moment.
        out_since: the absolute minute since which they seem to be out, if they do.
        away: whether the family says that they are away.
        unseen: rooms whose sensors can't be trusted now: what they don't show is no anomaly.
    """
    if away:
        return []
    found: list[Anomaly] = []
    for look in _NOW:
        # Whoever left the bathroom for a room whose sensor is dead would be asked after at every visit.
        if not (unseen.blurred and look in _BLURRED):
            found.extend(look(book, now, out_since))
    if not any(zone_of(room) == "kitchen" for room in unseen.broken):
        found.extend(_meals(book, now, out_since))
    found.extend(_sleep(book))
    found.extend(_toilet(book))
    found.extend(_decline(book, unseen.doubted))
    found.extend(_unused(book, unseen.broken))
    return found


def _deviations(value: float, usual: Sequence[float], least: float) -> float:
    """How many robust deviations a value lies above the median (median absolute deviation, 1.4826 of it)."""
    middle = median(usual)
    spread = 1.4826 * median([abs(x - middle) for x in usual])
    return (value - middle) / max(spread, least)


def _long_stay(book: Daybook, now: Moment, out_since: float | None) -> Iterator[Anomaly]:
    since = book.stay_since
    if since is None or out_since is not None:
        return
    minutes = now.at - since
    score = book.stays[book.stay_when].rarity(minutes) if minutes >= STAY_AT_LEAST_MIN else 0.0
    ko, en = span(minutes)
    yield Anomaly(
        "long_bathroom_stay", f"stay:{since:.0f}", score, STAY_RARE,
        f"{book.stay_room}에 {ko}째 계십니다. 평소보다 아주 깁니다.",
        f"In {book.stay_room} for {en}: far longer than usual.",
        {"minutes": round(minutes, 1)},
    )  # fmt: skip


def _wandering(book: Daybook, now: Moment, _: float | None) -> Iterator[Anomaly]:
    nights = [float(page.wandering) for page in book.past(HABIT_DAYS)]
    if book.today is None or len(nights) < DAYS_TO_KNOW or not is_deep_night(now.wall):
        return
    minutes = float(book.today.wandering)
    score = _deviations(minutes, nights, 5.0) if minutes >= WANDERING_AT_LEAST else 0.0
    yield Anomaly(
        "night_wandering", f"wandering:{now.day}", score, FAR_OUT,
        f"밤중에 {minutes:.0f}분 동안 집 안을 다니셨습니다. 보통은 {median(nights):.0f}분입니다.",
        f"Up and about for {minutes:.0f} min in the night; {median(nights):.0f} min are usual.",
        {"minutes": minutes, "usual": median(nights)},
    )  # fmt: skip


def _left(book: Daybook, now: Moment, out_since: float | None) -> Iterator[Anomaly]:
    if out_since is None or not is_deep_night(now.wall) or now.at - out_since > 8 * 60:
        return
    left_wall = (now.wall - (now.at - out_since)) % 1440
    if not is_deep_night(left_wall):
        return
    pages = book.past(HABIT_DAYS)
    share = (sum(page.left_at_night > 0 for page in pages) + 0.5) / (len(pages) + 10.0)
    yield Anomaly(
        "left_at_night", f"left:{out_since:.0f}", -math.log10(share), LEFT_AT_NIGHT,
        f"밤 {time_of_day(left_wall)}에 현관으로 나가신 뒤 아직 돌아오지 않으셨습니다.",
        f"Went out at {time_of_day(left_wall)} at night and has not come back.",
        {"share_of_nights": round(share, 3)},
    )  # fmt: skip


def _late(book: Daybook, now: Moment, out_since: float | None) -> Iterator[Anomaly]:
    ups = [page.up for page in book.past(HABIT_DAYS) if page.up is not None]
    if len(ups) < DAYS_TO_KNOW or out_since is not None or now.wall < min(ups) or book.gap_day == now.day:
        return
    if book.today is not None and book.today.day == now.day and book.today.up is not None:
        return
    late = now.wall - median(ups)
    score = _deviations(now.wall, ups, 20.0) if late >= LATE_AT_LEAST_MIN else 0.0
    yield Anomaly(
        "late_rising", f"late:{now.day}", score, LATE_FAR_OUT,
        f"평소 {time_of_day(median(ups))}쯤 일어나시는데 아직 움직임이 없습니다.",
        f"Usually up by {time_of_day(median(ups))}; not up yet.",
        {"usual_min": round(median(ups), 1), "late_min": round(late, 1)},
    )  # fmt: skip


def _meals(book: Daybook, now: Moment, out_since: float | None) -> Iterator[Anomaly]:
    pages = book.past(HABIT_DAYS)
    if book.today is None or book.today.day != now.day or len(pages) < DAYS_TO_KNOW or out_since is not None:
        return
    if book.today.out > 120.0 or book.gap_day == now.day:  # noqa: PLR2004 - may have eaten there, or unseen
        return
    score = 0.0
    missed: list[str] = []
    for meal, (_, end) in MEALS.items():
        if now.wall < end:
            break
        if book.today.ate(meal):
            score, missed = 0.0, []
            continue
        share = sum(page.ate(meal) for page in pages) / (len(pages) + 1.0)
        score -= math.log10(1.0 - share)
        missed.append(meal)
    if not missed:
        return
    ko = "·".join({"breakfast": "아침", "lunch": "점심", "dinner": "저녁"}[meal] for meal in missed)
    yield Anomaly(
        "missed_meals", f"meals:{now.day}:{missed[-1]}", score, MEALS_MISSED,
        f"오늘 {ko} 때 부엌에서 아무 신호가 없었습니다.",
        f"No sign in the kitchen today at {' and '.join(missed)}.",
        {"meals": ",".join(missed)},
    )  # fmt: skip


def _sleep(book: Daybook) -> Iterator[Anomaly]:
    today = book.today
    pages = [page for page in book.past(HABIT_DAYS) if page.up is not None and page.sleep > 0]
    if today is None or today.up is None or today.sleep <= 0 or len(pages) < DAYS_TO_KNOW:
        return
    if stays(book.past(STAYS_DAYS)):
        return  # nobody knows whose night it was
    usual = [page.sleep for page in pages]
    less = median(usual) - today.sleep
    score = _deviations(-today.sleep, [-x for x in usual], 30.0) if less >= SLEEP_LESS_AT_LEAST_MIN else 0.0
    (ko, en), (usual_ko, usual_en) = span(today.sleep), span(median(usual))
    yield Anomaly(
        "short_sleep", f"sleep:{today.day}", score, FAR_OUT,
        f"간밤에 {ko} 주무셨습니다. 보통은 {usual_ko}입니다.",
        f"Slept {en} last night; {usual_en} is usual.",
        {"minutes": round(today.sleep, 1), "usual": round(median(usual), 1)},
    )  # fmt: skip
    if len(pages) >= DAYS_TO_KNOW + WEEK:
        yield from _short_week(pages, today)
    yield from _scattered(pages, today)


def _short_week(pages: Sequence[Page], today: Page) -> Iterator[Anomaly]:
    """A week together: what single nights hide in their scatter."""
    usual = [page.sleep for page in pages[: 1 - WEEK]]
    mean = fmean([*(page.sleep for page in pages[1 - WEEK :]), today.sleep])
    middle = median(usual)
    score = _deviations(-mean, [-each for each in usual], 30.0) * math.sqrt(WEEK) / DAYS_HANG_TOGETHER
    score *= FAR_OUT / SCATTERED_FAR_OUT  # on the scale of the single night
    (ko, en), (usual_ko, usual_en) = span(mean), span(middle)
    yield Anomaly(
        "short_sleep", f"sleep week:{today.day // WEEK}",
        score if middle - mean >= SLEEP_LESS_IN_A_WEEK_MIN else 0.0, FAR_OUT,
        f"지난 한 주 동안 하루 평균 {ko} 주무셨습니다. 보통은 {usual_ko}입니다.",
        f"Slept {en} a night over the past week; {usual_en} is usual.",
        {"minutes": round(mean, 1), "usual": round(middle, 1)},
    )  # fmt: skip


def _scattered(pages: Sequence[Page], today: Page) -> Iterator[Anomaly]:
    """Three nights together: single nights scatter by themselves."""
    usual = [float(page.pieces) for page in pages[:-2]]
    nights = fmean([*(page.pieces for page in pages[-2:]), today.pieces])
    middle = median(usual)
    score = _deviations(nights, usual, 1.0) * math.sqrt(3) / DAYS_HANG_TOGETHER
    yield Anomaly(
        "scattered_sleep", f"pieces:{today.day // 3}", score if nights - middle >= SLEEP_PIECES_MORE else 0.0,
        SCATTERED_FAR_OUT,
        f"지난 사흘 밤에 평균 {nights:.0f}번씩 일어나셨습니다. 보통은 {middle:.0f}번입니다.",
        f"Got up {nights:.0f} times a night over the past three nights; {middle:.0f} are usual.",
        {"times": round(nights, 1), "usual": middle},
    )  # fmt: skip


def _toilet(book: Daybook) -> Iterator[Anomaly]:
    pages = book.past(HABIT_DAYS + 7)
    alone = visits_alone(pages)
    before, week = (
        [(visits, share) for visits, share in part if share >= ALONE_LEAST]
        for part in (alone[:-WEEK], alone[-WEEK:])
    )
    if len(before) < DAYS_TO_KNOW or len(week) < ALONE_DAYS_LEAST:
        return
    days = sum(share for _, share in week)
    usual = sum(visits for visits, _ in before) / sum(share for _, share in before)
    now = sum(visits for visits, _ in week) / days
    differ = max(stdev(visits / share for visits, share in before), 1.0)
    score = (now - usual) / differ * math.sqrt(days) / DAYS_HANG_TOGETHER
    score = score if now >= TOILET_UP * usual else 0.0
    company = any(page.company for page in pages[-WEEK:])
    yield Anomaly(
        "toilet_visits_up", f"toilet:{pages[-1].day // 7}", score, FAR_OUT,
        f"지난 한 주 화장실에 하루 {now:.1f}번 가셨습니다. 전에는 {usual:.1f}번이었습니다."
        + (" 다른 분이 함께 계신 듯한 시간은 빼고 셌습니다." if company else ""),
        f"{now:.1f} bathroom visits a day in the past week; {usual:.1f} before."
        + (" Hours in which somebody else seemed to be there are left out." if company else ""),
        {"visits": round(now, 1), "usual": round(usual, 1)},
    )  # fmt: skip


def _decline(book: Daybook, untrusted: frozenset[str]) -> Iterator[Anomaly]:
    found = decline(book.past(DECLINE_WEEKS * WEEK), untrusted)
    if found is None:
        return
    yield Anomaly(
        "slow_decline", f"decline:{book.pages[-1].day // (4 * WEEK)}", found.score, FAR_OUT,
        f"{found.weeks}주 전부터 활동이 줄어 지금은 전보다 {found.share:.0%} 적습니다. "
        f"집에 계신 한 시간 중 {found.before:.0f}분 움직이시던 것이 {found.since:.0f}분이 되었습니다.",
        f"Less active since {found.weeks} weeks ago, now by {found.share:.0%}: signs in {found.since:.0f} "
        f"minutes of each hour at home instead of {found.before:.0f}.",
        {
            "weeks": float(found.weeks), "share": round(found.share, 3),
            "minutes_before": round(found.before, 1), "minutes_since": round(found.since, 1),
        },
    )  # fmt: skip


def _unused(book: Daybook, broken: frozenset[str]) -> Iterator[Anomaly]:
    pages = book.past(HABIT_DAYS + 7)
    if len(pages) < DAYS_TO_KNOW + ROOM_UNUSED_DAYS:
        return
    for room in sorted({room for page in pages for room in page.rooms} - broken):
        days = _unused_days(pages, room)
        before = pages[: len(pages) - days]
        if days < ROOM_UNUSED_DAYS or len(before) < DAYS_TO_KNOW:
            continue
        share = sum(room in page.rooms for page in before) / (len(before) + 1.0)
        yield Anomaly(
            "room_unused", f"unused:{room}:{before[-1].day}", -days * math.log10(1.0 - share), ROOM_UNUSED,
            f"{room}을(를) {days}일째 쓰지 않으셨습니다. 센서도 확인해 주세요.",
            f"{room} has not been used for {days} days; please check its sensors, too.",
            {"room": room, "days": float(days)},
        )  # fmt: skip


def _unused_days(pages: Sequence[Page], room: str) -> int:
    days = 0
    for page in reversed(pages):
        if room in page.rooms:
            break
        days += 1
    return days


_NOW: Final[tuple[Callable[[Daybook, Moment, float | None], Iterator[Anomaly]], ...]] = (
    _long_stay,
    _wandering,
    _left,
    _late,
)
_BLURRED: Final = (_long_stay, _late)
