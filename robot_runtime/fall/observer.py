"""From samples to looks: each hit is looked at again and again as the seconds after it come in."""

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.calm import calm
from robot_runtime.fall.features import BEFORE_S, Window, features
from robot_runtime.fall.history import GAP_S, GRID_HZ, Floats, History
from robot_runtime.fall.impacts import Impact, ImpactFinder
from robot_runtime.fall.outline import outline, outlined
from robot_runtime.fall.shapes import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

# Seconds after a hit at which it is looked at.
LOOKS_S = (0.7, 1.1, 1.6, 2.2, 3.0, 4.5)
# After a pause, what had been waiting arrives within this time; only then is it clear whether any was lost.
SETTLE_S = 0.3


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a hit `LOOKS_S[number]` seconds after it."""

    impact: Impact
    number: int
    values: Floats
    window: Window


class Observer:
    """Takes samples one by one; `add` returns the looks that fell due with this sample."""

    def __init__(self, rate_hz: float) -> None:
        self.history = History(rate_hz)
        self.finder = ImpactFinder()
        self._wait_until = float("-inf")

    def add(self, raw_t: float, accel_g: Sequence[float]) -> list[Look]:
        """Store one sample (s, g); unusable samples change nothing."""
        history, finder = self.history, self.finder
        if not history.add(raw_t, accel_g):
            return []
        if history.gap_s > GAP_S:
            self._wait_until = history.now + SETTLE_S
        finder.add(history, raw_t, hypot(*accel_g))
        if history.now < self._wait_until:
            return []
        due = [one for one in finder.open if history.since(one.time, one.count) >= LOOKS_S[one.looked]]
        return [look for impact in due if (look := self._look(impact)) is not None]

    def drop(self, impact: Impact) -> None:
        """Look at this hit no more."""
        if impact in self.finder.open:
            self.finder.open.remove(impact)

    def _look(self, impact: Impact) -> Look | None:
        number = impact.looked
        since = self.history.since(impact.time, impact.count)
        while number + 1 < len(LOOKS_S) and since >= LOOKS_S[number + 1]:
            number += 1
        impact.looked = number + 1
        if impact.looked == len(LOOKS_S):
            self.finder.open.remove(impact)
        window = self._window(impact)
        if window is None:
            return None
        around = outlined(window, LOOKS_S[number])
        values = np.concatenate((features(window), outline(around), calm(window), lines(around)))
        return Look(impact, number, values, window)

    def _window(self, impact: Impact) -> Window | None:
        times, vectors, made = self.history.grid(BEFORE_S, impact.count)
        if len(times) < GRID_HZ / 2:
            return None
        middle = int(times.searchsorted(made))
        first, last = max(0, middle - 4), min(len(times), middle + 4)
        near = (vectors[first:last] ** 2).sum(axis=1)
        if not len(near):
            return None
        return Window(vectors, first + int(near.argmax()))
