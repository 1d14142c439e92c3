"""The detector of one home: signs in, a question or an alert out."""

import math
from collections import deque
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from .anomalies import Anomaly, find
from .asking import Asking, Verdict
from .calls import Calls
from .clock import DAY, Moment
from .errors import BadStateError
from .price import is_night
from .sensors import read_sensors
from .signs import Signs
from .silence import Ordinary, Silence
from .thresholds import (
    BLIND_BELOW,
    BUDGET_A_WEEK,
    DEARER_AFTER_ANSWER,
    DEARER_WHILE_LEARNING,
    LONG_SILENCE_MIN,
    LONGEST_SILENCE_HOME_MIN,
    REST_AFTER_ANSWER_MIN,
)
from .weekly import weekly_summary
from .words import Explanation, blind_sentence, silence_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .health import Fault
    from .placing import Move
    from .price import Outlook

VERSION: Final = 1
_WEEK: Final = 7 * DAY
_COVERAGE_EVERY_MIN: Final = 10.0
_COVERAGE_CHANGE: Final = 0.01
_MOSTLY: Final = 0.9


class Detector:
    """Learns one resident's ordinary silences and says when one is too long.

    Feed it every sensor's change with `observe`, call `tick` once a minute, and `answered` when the resident
    has answered the robot. All times have a zone, or none has; the hour of the day is theirs.
    """

    def __init__(
        self, sensors: Mapping[str, Mapping[str, Any]], budget_a_week: float = BUDGET_A_WEEK
    ) -> None:
        self.sensors = read_sensors(sensors)
        self.ordinary = Ordinary(budget_a_week)
        self.signs = Signs(self.sensors, self.ordinary)
        self.unknown = 0  # events of sensors that were not described
        self.is_away = False
        self._door_watched = any(s.kind == "exterior_door" for s in self.sensors.values())
        self._calls = Calls()
        self._same: list[tuple[str, bool]] = []  # events of one instant, whose order does not matter
        self._same_at: Moment | None = None
        self._answered = 0.0  # minutes into the silence at which the resident answered
        self._current: Outlook | None = None  # what to expect since then
        self._asking = Asking()
        self._checks: deque[float] = deque()
        self._coverage_at = -math.inf

    # -- what comes in

    def observe(self, t: datetime, sensor: str, active: bool) -> None:  # noqa: FBT001 - the given interface
        """A sensor has changed, or said again what it was."""
        now = self._now(t)
        if sensor not in self.sensors:
            self.unknown += 1
            return
        if self._same_at is not None and now.at != self._same_at.at:
            self._take_in()
        self._same_at = now
        self._same.append((sensor, bool(active)))

    def answered(self, t: datetime) -> None:
        """The resident has answered: they are at home and well."""
        now = self._now(t)
        self._take_in()
        self._asking = Asking()
        if self.signs.silence is not None:
            self._answered = max(now.at - self.signs.silence.at, 0.0)
            self.signs.where.heard()
            self._current = None

    def away(self, t: datetime, away: bool) -> None:  # noqa: FBT001 - a state
        """The family says they are away (hospital, holiday), or back; nothing is asked meanwhile."""
        now = self._now(t)
        self._take_in()
        if self.is_away and not away and self.signs.silence is not None:
            unseen = max(now.at - self.signs.silence.at, 0.0)
            self.signs.book.unwatched(now, unseen)
            self.signs.silence.shift(unseen)
        self.is_away = away
        self._begin_anew()

    def available(self, t: datetime, sensor: str, available: bool) -> None:  # noqa: FBT001 - a state
        """Home Assistant can, or can't, reach a sensor."""
        self._now(t)
        self._take_in()
        if sensor in self.sensors:
            self.signs.health.available(sensor, available=available)
            self._coverage_at = -math.inf
        else:
            self.unknown += 1

    def stands(self, t: datetime, sensor: str, active: bool) -> None:  # noqa: FBT001 - a state
        """How a sensor stands when it is met (again): no sign of life, but its next change may be one."""
        now = self._now(t)
        self._take_in()
        if sensor in self.sensors:
            self.signs.stands(now.at, sensor, active=active)
        else:
            self.unknown += 1

    def tick(self, t: datetime) -> Verdict | None:
        """Once a minute: whether to ask ("check") or to get help ("alert") now."""
        before = self._calls.last
        now = self._now(t, tick=True)
        self._take_in()
        self.ordinary.catch_up()
        self._look_at_sensors(now.at)
        while self._checks and self._checks[0] < now.at - _WEEK:
            self._checks.popleft()
        silence = self.signs.silence
        if self.is_away or self.signs.where.out_since(now.at) is not None:
            self.signs.picture.out(now)
        if silence is None or self.is_away:
            return None
        if self.ordinary.coverage < BLIND_BELOW:
            silence.shift(max(now.at - max(now.at if before is None else before, silence.at), 0.0))
            return None
        unheard = now.at - silence.at - self._answered
        first = not self._asking.under_way
        if first and not self._due(silence, unheard):
            return None
        at_home = 1.0 if self._answered else silence.at_home
        said = self._asking.go_on(now.at, now.wall, unheard, at_home, door_watched=self._door_watched)
        if first and said is not None:
            self._checks.append(now.at)
            self.ordinary.budget.asked(night=is_night(now.wall))
        return said

    def _now(self, t: datetime, *, tick: bool = False) -> Moment:
        now, unwatched = self._calls.moment(t, tick=tick)
        if unwatched:
            self._take_in()
            self.signs.book.unwatched(now, unwatched)
            if self.signs.silence is not None:
                self.signs.silence.shift(unwatched)
                self._current = None
        return now

    def _take_in(self) -> None:
        """Take in the events of the last instant."""
        now, self._same_at = self._same_at, None
        if now is None:
            return
        events, self._same = sorted(self._same), []
        for name, active in events:
            if self.signs.take(now, name, active=active):
                self._begin_anew()

    def _begin_anew(self) -> None:
        """Another silence: nothing is asked of it yet."""
        self._answered, self._current = 0.0, None
        if self._asking.under_way:
            self._asking = Asking()

    # -- judging

    def _look_at_sensors(self, at: float) -> None:
        if at - self._coverage_at < _COVERAGE_EVERY_MIN:
            return
        self._coverage_at = at
        coverage = self.signs.health.coverage(at)
        if abs(coverage - self.ordinary.coverage) > _COVERAGE_CHANGE:
            self.ordinary.coverage = coverage
            self._current = None
            if self.signs.silence is not None:
                self.signs.silence.outlook = None

    def _expected(self, silence: Silence) -> Outlook:
        """What is expected from now on: since the last sign, or since the last answer."""
        if silence.outlook is None:
            silence.outlook = self.ordinary.expect(silence)
        if not self._answered:
            return silence.outlook
        if self._current is None:
            self._current = self.ordinary.expect(replace(silence, at_home=1.0), self._answered)
        return self._current

    def _longest(self, silence: Silence) -> float:
        return LONGEST_SILENCE_HOME_MIN if self._answered else silence.longest

    def _price(self) -> float:
        """The log10 of what a question costs now."""
        budget = self.ordinary.budget
        crowded = max(len(self._checks) - budget.a_week, 0.0) * DEARER_WHILE_LEARNING * budget.learning
        return budget.price + crowded + (DEARER_AFTER_ANSWER if self._answered else 0.0)

    def _due(self, silence: Silence, unheard: float) -> bool:
        """Whether a silence of so many minutes is worth a question."""
        if unheard < (REST_AFTER_ANSWER_MIN if self._answered else LONG_SILENCE_MIN):
            return False
        return unheard >= self._longest(silence) or self._expected(silence).score(unheard) >= self._price()

    # -- what can be asked of it

    def limit(self) -> float | None:
        """Minutes of silence (since the last sign or answer) after which the robot asks, as things stand."""
        self._take_in()
        self.ordinary.catch_up()
        silence = self.signs.silence
        if silence is None:
            return None
        best = float(self._expected(silence).limits(np.array(self._price())))
        if self._answered:
            best = max(best, REST_AFTER_ANSWER_MIN)
        return min(best, self._longest(silence))

    def asks_about(self, t: datetime) -> tuple[bool, bool]:
        """Whether a question about this silence waits for its answer, and whether it is the last for a while.

        The last for a while is one that is asked of a home where most likely nobody is.
        """
        now = self._now(t)
        self._take_in()
        silence = self.signs.silence
        if silence is None or not self._asking.under_way:
            return False, False
        at_home = 1.0 if self._answered else silence.at_home
        unheard = now.at - silence.at - self._answered
        return True, self._asking.ends(now.wall, unheard, at_home, door_watched=self._door_watched)

    def at_home(self) -> float:
        """The chance that somebody is at home, 0 to 1."""
        self._take_in()
        if self.is_away:
            return 0.0
        return 1.0 if self._answered or self.signs.silence is None else self.signs.silence.at_home

    def checks_this_week(self, t: datetime) -> int:
        """Questions asked in the last seven days; repeats of one question count once."""
        now = self._now(t)
        return sum(at >= now.at - _WEEK for at in self._checks)

    def faults(self, t: datetime) -> dict[str, Fault]:
        """The sensors that can't be trusted now, and why."""
        now = self._now(t)
        self._take_in()
        return self.signs.faults(now.at)

    def moved(self) -> dict[str, Move]:
        """The sensors that hang in another room than they are said to: which, and since when."""
        self._take_in()
        return dict(self.signs.places.moved)

    def coverage(self, t: datetime) -> float:
        """How much of the home can still be seen, 0 to 1."""
        now = self._now(t)
        self._take_in()
        return self.signs.health.coverage(now.at)

    def anomalies(self, t: datetime) -> list[Anomaly]:
        """What is out of the ordinary beside silence: every kind that can be judged now, with its score."""
        now = self._now(t)
        self._take_in()
        self.signs.book.turn(now.day)
        where = self.signs.where
        return find(
            self.signs.book,
            now,
            out_since=where.out_since(now.at),
            away=self.is_away,
            unseen=self.signs.unseen(now.at),
        )

    def weekly_summary(self, t: datetime) -> Explanation:
        """The past week in words, for the family and the caseworker."""
        return weekly_summary(self.signs.book, self.checks_this_week(t))

    def explain(self, t: datetime) -> Explanation:
        """How long it has been silent, what would be usual, and when the robot asks."""
        now = self._now(t)
        self._take_in()
        self.ordinary.catch_up()
        silence, where = self.signs.silence, self.signs.where
        coverage = self.signs.health.coverage(now.at)
        if silence is None:
            return Explanation(
                "아직 아무 신호도 없었습니다.", "There has been no sign yet.", {"coverage": coverage}
            )
        silent, expected, limit = now.at - silence.at, self._expected(silence), self.limit() or 0.0
        usual = expected.usual(_MOSTLY)
        numbers: dict[str, float | int | str | None] = {
            "silent_min": round(silent, 1),
            "unheard_min": round(silent - self._answered, 1),
            "usual_min": usual,
            "limit_min": round(limit, 1),
            "room": where.room,
            "place": silence.place,
            "score": round(max(expected.score(silent - self._answered), -9.0), 3),
            "price": round(self._price(), 3),
            "at_home": round(self.at_home(), 3),
            "coverage": round(coverage, 3),
            "checks_this_week": sum(at >= now.at - _WEEK for at in self._checks),
            "budget_a_week": self.ordinary.budget.a_week,
        }
        if coverage < BLIND_BELOW:
            return Explanation(*blind_sentence(coverage), numbers)
        words = silence_sentence(
            where.room, silence.place, silence.wall, silent, usual, limit + self._answered
        )
        return Explanation(*words, numbers)

    # -- keeping

    def to_dict(self) -> dict[str, Any]:
        """All that was learned and where things stand: JSON-ready, exact, bounded."""
        self._take_in()
        return {
            "version": VERSION,
            "calls": self._calls.to_dict(),
            "ordinary": self.ordinary.to_dict(),
            "signs": self.signs.to_dict(),
            "asking": asdict(self._asking),
            "answered": self._answered,
            "checks": list(self._checks),
            "unknown": self.unknown,
            "away": self.is_away,
            "looked": self._coverage_at if math.isfinite(self._coverage_at) else None,
        }

    @classmethod
    def from_dict(
        cls,
        sensors: Mapping[str, Mapping[str, Any]],
        stored: Mapping[str, Any],
        budget_a_week: float = BUDGET_A_WEEK,
    ) -> Self:
        """Carry on from what `to_dict` gave; raises BadStateError when it can't be read."""
        if stored.get("version") != VERSION:
            message = f"the stored routine has version {stored.get('version')!r}, this one reads {VERSION}"
            raise BadStateError(message)
        detector = cls(sensors, budget_a_week)
        try:
            detector._read(stored)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as wrong:
            message = f"the stored routine is damaged ({wrong!r}): forget it and learn anew"
            raise BadStateError(message) from wrong
        return detector

    def _read(self, stored: Mapping[str, Any]) -> None:
        self._calls.read(stored["calls"])
        self.ordinary.read(stored["ordinary"])
        self.signs.read(stored["signs"])
        self._asking = Asking(**stored["asking"])
        self._answered = stored["answered"]
        self._checks = deque(stored["checks"])
        self.unknown, self.is_away = stored["unknown"], stored["away"]
        self._coverage_at = -math.inf if stored["looked"] is None else stored["looked"]


def make_detector(sensors: Mapping[str, Mapping[str, Any]], budget_a_week: float = BUDGET_A_WEEK) -> Detector:
    """A detector that knows nothing of this home yet.

    Args:
        sensors: name → {"room": …, "kind": …}, kind one of `sensors.KINDS`.
        budget_a_week: how many questions for nothing the family allows.
    """
    return Detector(sensors, budget_a_week)
