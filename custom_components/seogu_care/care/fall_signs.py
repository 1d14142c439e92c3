"""A fall without a wearable: a thud, motion that stops where nobody rests, weight on the floor, a cry.

None of these says much by itself. Each is worth some points (as the logarithm of how much likelier it makes a
fall); together they make a suspicion, about which the robot asks. There are no recorded falls of this sort to
learn the points from: they are judgements, and a fall seen this way is never called certain.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import Final

from .incident import Evidence

SUSPECTED_FROM: Final = 3.0
"""Points from which it is asked about: two strong pieces, or a strong one and stillness."""
THUD: Final = 2.0
THUD_COUNTS: Final = timedelta(minutes=15)
THUDS_USUAL: Final = 4.0
"""A day: a sensor that feels so many (a drawer, a lively floor) is worth half."""
CRY: Final = 1.4
"""Of a clear one: enough with a passage and stillness, not with who sits still before a television."""
CRY_COUNTS: Final = timedelta(minutes=15)
FLOOR: Final = 2.5
FLOOR_LIES: Final = timedelta(minutes=2)
"""Who walks over a pressure mat, or through a radar's low zone, is off it sooner."""
PASSAGE: Final = 1.0
"""The last motion was in a bathroom, a corridor or at the entrance, where nobody stays for long."""
PASSAGE_FROM: Final = timedelta(minutes=3)
PRESENCE: Final = 0.5
"""A presence sensor in that room still sees somebody."""
STILL: Final = 1.0
STILL_FULL: Final = timedelta(minutes=10)
"""Nothing at all has moved since; in full after so long."""
WALKED_ON: Final = timedelta(seconds=30)
"""Motion so soon after a thud may be the fall itself; later motion is somebody who walks."""
PASSAGES: Final = frozenset({"bathroom", "entrance"})


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A fall is suspected: where (the room's use), how likely by these points, and what speaks for it."""

    zone: str
    score: float
    evidence: tuple[Evidence, ...]


class FallSigns:
    """Puts the pieces together. Times may come from any clock that only moves forward."""

    def __init__(self) -> None:
        self._thud: tuple[datetime, str, str] | None = None  # time, sensor, zone
        self._thuds: dict[str, deque[datetime]] = {}
        self._cry: tuple[datetime, float] | None = None
        self._floor: dict[str, tuple[datetime, str]] = {}
        self._present: dict[str, str] = {}  # sensor → zone
        self._moved: tuple[datetime, str] | None = None
        self._said = False

    def thud(self, t: datetime, sensor: str, zone: str) -> None:
        """A vibration sensor felt something."""
        self._thuds.setdefault(sensor, deque(maxlen=500)).append(t)
        self._thud = (t, sensor, zone)
        self._said = False

    def begins(self, t: datetime) -> None:
        """From now on it would be seen if somebody moved."""
        if self._moved is None:
            self._moved = (t, "other")

    def motion(self, t: datetime, zone: str) -> None:
        """Somebody moves."""
        if self._thud is not None and t - self._thud[0] > WALKED_ON:
            self._thud = None
        if self._cry is not None and t - self._cry[0] > WALKED_ON:
            self._cry = None
        self._moved, self._said = (t, zone), False

    def presence(self, sensor: str, zone: str, *, present: bool) -> None:
        """A presence sensor sees somebody, or nobody."""
        if present:
            self._present[sensor] = zone
        else:
            self._present.pop(sensor, None)

    def floor(self, t: datetime, sensor: str, zone: str, *, pressed: bool) -> None:
        """There is weight on the floor, or somebody is low in a radar's view."""
        if pressed:
            self._floor.setdefault(sensor, (t, zone))
        elif self._floor.pop(sensor, None) is not None:
            self._said = False

    def cry(self, t: datetime, score: float) -> None:
        """The robot heard a cry or a moan; `score` 0 to 1. It may come late, and somebody may walk since."""
        if self._moved is not None and self._moved[0] - t > WALKED_ON:
            return
        self._cry, self._said = (t, min(max(score, 0.0), 1.0)), False

    def tick(self, t: datetime, *, at_home: bool) -> Suspicion | None:
        """Whether a fall is suspected now; once for each occasion."""
        if self._said or not at_home:
            return None
        zone, pieces = self._pieces(t)
        points = sum(worth for _, worth in pieces)
        # Stillness and place alone are a silence, which the routine judges.
        if points < SUSPECTED_FROM or not any(piece.name in {"thud", "floor", "cry"} for piece, _ in pieces):
            return None
        self._said = True
        return Suspicion(zone, 1.0 / (1.0 + exp(-(points - SUSPECTED_FROM))), tuple(p for p, _ in pieces))

    def _pieces(self, t: datetime) -> tuple[str, list[tuple[Evidence, float]]]:
        pieces: list[tuple[Evidence, float]] = []
        zone = "other" if self._moved is None else self._moved[1]
        still = timedelta(0) if self._moved is None else t - self._moved[0]
        if self._thud is not None and t - self._thud[0] <= THUD_COUNTS:
            zone = self._thud[2]
            worth = THUD / (1.0 + self._a_day(t, self._thud[1]) / THUDS_USUAL)
            pieces.append((Evidence("thud", round(_minutes(t - self._thud[0]), 1), "min"), worth))
        if self._cry is not None and t - self._cry[0] <= CRY_COUNTS:
            pieces.append((Evidence("cry", round(self._cry[1], 2)), CRY * self._cry[1]))
        for since, where in self._floor.values():
            if t - since >= FLOOR_LIES and (self._moved is None or self._moved[0] - since <= WALKED_ON):
                zone = where
                pieces.append((Evidence("floor", round(_minutes(t - since), 1), "min"), FLOOR))
                break
        if zone in PASSAGES and still >= PASSAGE_FROM:
            pieces.append((Evidence("stopped_in", zone), PASSAGE))
        if zone in self._present.values():
            pieces.append((Evidence("presence", zone), PRESENCE))
        if still > timedelta(0):
            worth = STILL * min(still / STILL_FULL, 1.0)
            pieces.append((Evidence("still", round(_minutes(still), 1), "min"), worth))
        return zone, pieces

    def _a_day(self, t: datetime, sensor: str) -> float:
        """Earlier thuds of a sensor a day, over the past week."""
        week = timedelta(days=7)
        thuds = self._thuds.get(sensor, deque())
        return max(sum(t - at <= week for at in thuds) - 1, 0) / 7.0


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60.0
