"""The core's keeper: works in what has happened, asks the core, and tells what there is to show.

Plain Python without Home Assistant: it is called in an executor, one call at a time.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from custom_components.seogu_care.care.routine.anomalies import Anomaly
from custom_components.seogu_care.care.routine.detector import Detector, make_detector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from custom_components.seogu_care.care.routine.health import Fault
    from custom_components.seogu_care.care.routine.placing import Move
    from custom_components.seogu_care.care.routine.words import Explanation

What = Literal["changed", "stands", "available", "answered", "away"]
LOOK_AT_ANOMALIES_MIN: Final = 5
TOLD_KEPT: Final = 300


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened: a sensor changed, how it stands, whether it can be reached, an answer."""

    at: datetime
    what: What
    sensor: str = ""
    value: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """How things stand after a minute's work; what entities show.

    ``verdict`` is check or alert; ``asking``: a question waits for its answer; ``ends``: it is the last for
    a while; ``limit`` in minutes; ``at_home`` 0 to 1; ``new`` are anomalies to be told now.
    """

    at: datetime
    verdict: str | None = None
    asking: bool = False
    ends: bool = False
    limit: float | None = None
    at_home: float = 1.0
    last_room: str | None = None
    last_zone: str | None = None
    silent: float | None = None
    explanation: Explanation | None = None
    anomalies: tuple[Anomaly, ...] = ()
    new: tuple[Anomaly, ...] = ()
    faults: Mapping[str, Fault] = field(default_factory=dict)
    moved: Mapping[str, Move] = field(default_factory=dict)
    coverage: float = 1.0
    checks: int = 0
    budget: float = 0.0


class Keeper:
    """Holds the detector, and which anomalies were told."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self._told: deque[str] = deque(maxlen=TOLD_KEPT)
        self._pending: dict[str, Anomaly] = {}
        self._minutes = 0
        self._anomalies: tuple[Anomaly, ...] = ()

    @classmethod
    def read(
        cls, sensors: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Any] | None, budget: float
    ) -> Keeper:
        """What was stored, or a beginning. Raises BadStateError where the stored can't be read."""
        if stored is None:
            return cls(make_detector(sensors, budget))
        keeper = cls(Detector.from_dict(sensors, stored["detector"], budget))
        keeper._told.extend(map(str, stored.get("told", ())))
        for kept in stored.get("pending", ()):
            keeper._pending[kept["key"]] = Anomaly(**kept)
        return keeper

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "detector": self.detector.to_dict(),
            "told": list(self._told),
            "pending": [each.to_dict() for each in self._pending.values()],
        }

    def learn(self, history: Iterable[tuple[datetime, str, bool]]) -> int:
        """Learn from the past, in order; the number of events."""
        count = 0
        for at, sensor, active in history:
            self.detector.observe(at, sensor, active)
            count += 1
        return count

    def take_in(self, news: Iterable[News]) -> None:
        """What has happened, in order."""
        for each in news:
            self._take(each)

    def work(self, news: Iterable[News], now: datetime) -> View:
        """A minute's work."""
        self.take_in(news)
        detector = self.detector
        verdict = detector.tick(now)
        asking, ends = detector.asks_about(now)
        new = self._look(now)
        silence, where = detector.signs.silence, detector.signs.where
        sensor = detector.sensors.get(where.sensor)
        explanation = detector.explain(now)
        silent = explanation.numbers.get("silent_min")
        return View(
            at=now,
            verdict=verdict,
            asking=asking,
            ends=ends,
            limit=detector.limit(),
            at_home=detector.at_home(),
            last_room=None if silence is None else where.room,
            last_zone=None if sensor is None or silence is None else sensor.zone,
            silent=float(silent) if isinstance(silent, int | float) else None,
            explanation=explanation,
            anomalies=self._anomalies,
            new=new,
            faults=detector.faults(now),
            moved=detector.moved(),
            coverage=detector.coverage(now),
            checks=detector.checks_this_week(now),
            budget=detector.ordinary.budget.a_week,
        )

    def _take(self, news: News) -> None:
        detector = self.detector
        match news.what:
            case "changed":
                detector.observe(news.at, news.sensor, news.value)
            case "stands":
                detector.stands(news.at, news.sensor, news.value)
            case "available":
                detector.available(news.at, news.sensor, news.value)
            case "answered":
                detector.answered(news.at)
            case "away":
                if detector.is_away is not news.value:
                    detector.away(news.at, news.value)

    def _look(self, now: datetime) -> tuple[Anomaly, ...]:
        """Anomalies that are told now; what came in quiet hours waits for their end."""
        self._minutes += 1
        if self._minutes % LOOK_AT_ANOMALIES_MIN == 1:
            self._anomalies = tuple(self.detector.anomalies(now))
            for each in self._anomalies:
                if each.is_out and each.key not in self._told:
                    self._told.append(each.key)
                    self._pending[each.key] = each
        wall = now.hour * 60.0 + now.minute
        due = tuple(each for each in self._pending.values() if not each.quiet(wall))
        for each in due:
            del self._pending[each.key]
        return due
