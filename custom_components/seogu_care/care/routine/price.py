"""When to ask: the price at which waiting longer no longer pays.

A silence that goes on costs delay, should the resident lie helpless; a question costs being asked for
nothing. With S(u) the chance that an ordinary silence here lasts longer than u, asking at length L costs

    F(L) + price * S(L),   F(L) = ∫_0^L S(u) min(L - u, HARM_FULL_H)^HARM du

on average, since a collapse may have come at any moment u of the silence (its chance is the same in every
minute), and all the time from then to L is delay, the later hours of which harm more than the first, up to
a bound. For each price there is a best L. `Outlook.score` is the highest price at which it pays to ask now.
One price for the whole home, found from the budget of questions, then spends it where it shortens the delay
most.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .hazard import ELAPSED, STEP_HOURS, STEP_MIN, STEPS, Floats
from .thresholds import (
    HARM,
    HARM_FULL_H,
    LONG_SILENCE_MIN,
    NIGHT_COST,
    NIGHT_FROM_MIN,
    NIGHT_RAMP_MIN,
    NIGHT_TO_MIN,
    SCORE_CEILING,
)

_DAY: Final = 1440.0
_RAMP: Final = np.array(
    [
        NIGHT_TO_MIN - NIGHT_RAMP_MIN,
        NIGHT_TO_MIN + NIGHT_RAMP_MIN,
        NIGHT_FROM_MIN - NIGHT_RAMP_MIN,
        NIGHT_FROM_MIN + NIGHT_RAMP_MIN,
    ]
)
_HOURS: Final = np.arange(STEPS + 1) * STEP_HOURS
# Chances of answers below this are not told apart.
_LEAST: Final = 1e-9


def is_night(wall: float) -> bool:
    """Whether a question at this minute of the day wakes somebody."""
    return wall >= NIGHT_FROM_MIN or wall < NIGHT_TO_MIN


def _question_costs(wall: float, by_night: float) -> Floats:
    """What a question costs at each step of a silence from `wall` on, as a multiple of one by day."""
    steps = np.append(ELAPSED, ELAPSED[-1] + STEP_MIN)
    costs = (by_night, 1.0, 1.0, by_night)
    return np.asarray(np.interp((wall + steps) % _DAY, _RAMP, costs), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was expected of a silence at its beginning: lengths at which asking is best, their prices."""

    lengths: Floats  # minutes of silence
    scores: Floats  # log10 of the price up to which asking at that length is best
    survival: Floats  # chance that an ordinary silence lasts to each step

    def score(self, minutes: float) -> float:
        """The log10 of the highest price at which asking now pays; -inf before the first such length."""
        at = int(np.searchsorted(self.lengths, minutes, side="right")) - 1
        return float(self.scores[at]) if at >= 0 else float("-inf")

    def limits(self, prices: Floats) -> Floats:
        """The lengths in minutes at which log10 prices make asking best."""
        at = np.searchsorted(self.scores, prices, side="left")
        limits: Floats = self.lengths[np.minimum(at, len(self.lengths) - 1)]
        return limits

    def chances(self, minutes: Floats) -> Floats:
        """The chances that an ordinary silence like this one lasts at least so long."""
        at = ((minutes - LONG_SILENCE_MIN) / STEP_MIN).astype(np.intp)
        chances: Floats = self.survival[np.clip(at, 0, len(self.survival) - 1)]
        return chances

    def usual(self, share: float) -> float:
        """Minutes within which `share` of ordinary silences like this one have ended."""
        step = int(np.searchsorted(-self.survival, -(1.0 - share)))
        return LONG_SILENCE_MIN + STEP_MIN * min(step, len(self.survival) - 1)


def outlook(
    hazard: Floats,
    wall: float,
    at_home: float,
    before: float = 0.0,
    *,
    hazard_at_home: Floats | None = None,
    night_cost: float = NIGHT_COST,
    harm_full: float = HARM_FULL_H,
) -> Outlook:
    """Weigh a silence.

    Args:
        hazard: ends per hour in each step of 5 minutes from the 10th minute on.
        wall: minute of the local day at which it began, or at which the resident last answered.
        at_home: the chance that somebody is at home, so that there is a delay to fear.
        before: minutes of being up and about here that stand behind one long silence: a collapse amid them
            shows as a silence, too.
        hazard_at_home: the same as `hazard` for somebody who is surely at home, where they may be out: at
            home and well they would soon have been heard, so that a collapse must have come early.
        night_cost: how many times dearer a question by night is.
        harm_full: hours of delay beyond which more of it weighs no more.
    """
    survival = _survival(hazard)
    chances = survival.copy() if hazard_at_home is None else _survival(hazard_at_home)
    chances[0] += (before + LONG_SILENCE_MIN) / STEP_MIN
    harm = np.minimum(_HOURS, harm_full) ** HARM
    delay = at_home * np.convolve(chances, harm)[: len(survival)] * STEP_HOURS
    spent = _question_costs(wall, night_cost) * survival
    corners = np.array(_hull(spent.tolist(), delay.tolist()), dtype=np.intp)
    slopes = np.diff(delay[corners]) / np.maximum(-np.diff(spent[corners]), _LEAST)
    scores = np.minimum(np.log10(np.append(slopes, np.inf)), SCORE_CEILING)
    lengths = np.asarray(LONG_SILENCE_MIN + STEP_MIN * corners, dtype=np.float64)
    return Outlook(lengths, scores, survival)


def _survival(hazard: Floats) -> Floats:
    survived: Floats = np.exp(-np.concatenate(([0.0], np.cumsum(hazard * STEP_HOURS))))
    return survived


def _hull(spent: list[float], delay: list[float]) -> list[int]:
    """The steps that are best at some price: the lower left hull of the points (spent, delay)."""
    corners: list[int] = []
    for step, (x, y) in enumerate(zip(spent, delay, strict=True)):
        if corners and x >= spent[corners[-1]]:
            continue  # later and no cheaper: never best
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            if (y - delay[b]) * (spent[a] - spent[b]) > (delay[b] - delay[a]) * (spent[b] - x):
                break
            corners.pop()
        corners.append(step)
    return corners
