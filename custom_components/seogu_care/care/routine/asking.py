"""A question, its repeats, and the alert when nobody answers.

At home: asked three times (by night four), minutes apart; then a person must look. Thought to be out: asked
once, since no answer is what is to be expected; then again in earnest when nobody may be away for longer.
"""

from dataclasses import dataclass
from typing import Literal

from .price import is_night
from .thresholds import (
    AGAIN_BY_DAY_MIN,
    AGAIN_BY_NIGHT_MIN,
    LIKELY_OUT_BELOW,
    LONGEST_SILENCE_MIN,
    NO_DOOR_HOLD_MIN,
    TIMES_BY_DAY,
    TIMES_BY_NIGHT,
)

Verdict = Literal["check", "alert"]


@dataclass(slots=True)
class Asking:
    """How far the questions of this silence have come."""

    asked: int = 0  # while they may well be out
    in_earnest: int = 0
    last: float = 0.0
    first_unheard: float = 0.0  # minutes they had not been heard of when first asked
    alerted: bool = False

    @property
    def under_way(self) -> bool:
        """Whether a question waits for its answer."""
        return self.asked + self.in_earnest > 0

    def go_on(
        self, at: float, wall: float, unheard: float, at_home: float, *, door_watched: bool
    ) -> Verdict | None:
        """What to do now that it is time to ask, `unheard` minutes after the last sign or answer."""
        night = is_night(wall)
        if self.alerted or (
            self.under_way and at - self.last < (AGAIN_BY_NIGHT_MIN if night else AGAIN_BY_DAY_MIN)
        ):
            return None
        if not self.under_way:
            self.first_unheard = unheard
        times = TIMES_BY_NIGHT if night else TIMES_BY_DAY
        likely_out = at_home < LIKELY_OUT_BELOW
        hold = self._hold(likely_out=likely_out, may_be_out=not (door_watched or night))
        if unheard < hold:
            if self.asked >= (1 if likely_out else times):
                return None
            self.asked += 1
        elif self.in_earnest >= times:
            self.alerted = True
            return "alert"
        else:
            self.in_earnest += 1
        self.last = at
        return "check"

    def ends(self, wall: float, unheard: float, at_home: float, *, door_watched: bool) -> bool:
        """Whether nothing more follows soon when nobody answers: they may well be out."""
        night = is_night(wall)
        likely_out = at_home < LIKELY_OUT_BELOW
        times = 1 if likely_out else TIMES_BY_NIGHT if night else TIMES_BY_DAY
        hold = self._hold(likely_out=likely_out, may_be_out=not (door_watched or night))
        return unheard < hold and self.asked >= times

    def _hold(self, *, likely_out: bool, may_be_out: bool) -> float:
        """Minutes unheard of below which no answer is not yet alarming."""
        if likely_out:
            return LONGEST_SILENCE_MIN
        if may_be_out:
            return min(self.first_unheard + NO_DOOR_HOLD_MIN, LONGEST_SILENCE_MIN)
        return 0.0
