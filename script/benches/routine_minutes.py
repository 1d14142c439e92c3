# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""A replay without collapses in which every minute at home stands for one: how long until the question.

A collapse ends all signs, so that the question comes when the limit of the silence it fell into is reached.
The limit is read from the detector once a silence; so all minutes of a home are measured at the cost of one
life, where collapses put in cost a day each. Only the limit that holds at that minute is seen: it may move
with the new day.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .routine_replay import (
    ANSWERS_BY_DAY,
    ANSWERS_BY_NIGHT,
    DAY,
    MINUTE,
    REPEAT,
    is_night,
    is_out,
    minutes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.seogu_care.care.routine.detector import Detector

    from .routine_homes import Home

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the home's own wall clock


@dataclass
class Lived:
    """What a life in a known home brought, and for each minute at home the hours to a question."""

    days: float = 0.0
    checks: list[datetime] = field(default_factory=list)
    alerts: list[datetime] = field(default_factory=list)
    day: list[float] = field(default_factory=list)
    night: list[float] = field(default_factory=list)

    @property
    def a_week(self) -> float:
        """Questions a week; repeats of one question count once."""
        return len(self.checks) / max(self.days / 7, 0.1)


def live(
    home: Home,
    detector: Detector,
    known_from: datetime,
    seed: int = 1,
    each_minute: Callable[[datetime], None] = lambda _: None,
) -> Lived:
    """Live through the log, answering as people do; figures begin at `known_from`."""
    rng, lived = random.Random(seed), Lived()
    unanswered: datetime | None = None
    judged: float | None = None  # the beginning of the silence whose limit is known
    due = known_from
    for at, signs in minutes(home):
        for sign in signs:
            detector.observe(*sign)
        each_minute(at)
        said, out, known = detector.tick(at), is_out(home, at), at >= known_from
        lived.days += known / 1440
        if said == "alert" and known:
            lived.alerts.append(at)
        elif said == "check" and known and (unanswered is None or at - unanswered > REPEAT):
            lived.checks.append(at)
        if said == "check":
            unanswered = at
        if (silence := detector.signs.silence) is None:
            continue
        since = _EPOCH + timedelta(minutes=silence.at)
        answers = ANSWERS_BY_NIGHT if is_night(at) else ANSWERS_BY_DAY
        if said and not out and (said == "alert" or rng.random() < answers):
            since = at + MINUTE / 2
            detector.answered(since)
            unanswered = judged = None
        if known and not out and at < home.end - DAY:
            if judged != silence.at:
                judged, due = silence.at, since + timedelta(minutes=detector.limit() or 0.0)
            (lived.night if is_night(at) else lived.day).append(max((due - at).total_seconds() / 3600, 0.0))
    return lived
