"""The detector: one wearable's samples in, falls out. It never looks ahead and keeps no clock of its own."""

from math import isfinite
from typing import TYPE_CHECKING

from robot_runtime.fall.event import FallError, FallEvent, Kind
from robot_runtime.fall.measures import measures, moved_g
from robot_runtime.fall.model import ALL_AGREEING, Model, probability, shipped
from robot_runtime.fall.observer import Look, Observer
from robot_runtime.fall.policy import HOPELESS, Decider, Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACEMENTS = ("wrist", "waist")
# Below, a fall's hit falls between two samples; above, no wearable sends.
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 5.0, 1000.0


class FallDetector:
    """Streams one wearable's samples; `update` returns an event at the sample that decides it.

    A fall gives one event; a suspicion that later proves certain gives a second one with the same `time_s`.

    Args:
        rate_hz: the nominal sample rate; 12 to 200 Hz is what it was measured at.
        placement: `wrist` or `waist`.
        model: another model than the one that comes with the robot.
    """

    def __init__(self, rate_hz: float, placement: str, model: Model | None = None) -> None:
        if placement not in PLACEMENTS:
            raise FallError(f"placement must be one of {', '.join(PLACEMENTS)}, not {placement!r}")
        if not (isfinite(rate_hz) and LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ):
            raise FallError(f"rate_hz must be {LOWEST_RATE_HZ:g} to {HIGHEST_RATE_HZ:g}, not {rate_hz!r}")
        self.rate_hz = rate_hz
        self.placement = placement
        self.model = model or shipped(placement)
        self._observer = Observer(rate_hz)
        self._decider = Decider(self.model.thresholds)

    def update(
        self, t_seconds: float, accel_g: Sequence[float], gyro_dps: Sequence[float] | None
    ) -> FallEvent | None:
        """Take one sample (seconds, g with gravity, °/s); return a fall when this sample decides one.

        Broken samples (not a number, beyond any sensor's range) are skipped. The gyroscope is not used:
        many wearables have none, and the model must not lean on it.
        """
        del gyro_dps
        event = None
        for look in self._observer.add(t_seconds, accel_g):
            event = self._decide(look) or event
        return event

    def _decide(self, look: Look) -> FallEvent | None:
        look.impact.odds.append(self.model.odds(look.number, look.values))
        score = probability(look.impact.odds)
        if score < HOPELESS:
            self._observer.drop(look.impact)
        kind: Kind | None = self._decider.decide(
            Facts(
                hit_s=look.impact.time,
                now_s=self._observer.history.now,
                number=look.number,
                probability=score,
                agreed=probability(look.impact.odds, ALL_AGREEING),
                impact_g=look.impact.size,
                moved_g=moved_g(look.window),
            )
        )
        if kind is None:
            return None
        return FallEvent(look.impact.raw_time, kind, round(score, 4), measures(look))
