"""What a question may cost: the price that spends the family's budget, found from this home's own silences.

For each of a row of prices two counts are kept, fading with time: how many questions the model expected
(the chance, at each silence's beginning, that it would outlast its limit), and how many there would truly
have been. The first is smooth but believes the model; the second is true but few. Their ratio, taken from
cheap prices where silences are many to dear ones where they are few, corrects the one by the other. So the
budget holds whatever the model gets wrong, and follows as sensors and seasons change.

What was truly asked leans on the price as well: each question makes the next a little dearer, each day
without one a little cheaper, so that over months the budget is spent, no more and no less. Questions by night
have a share of the budget and a lean of their own.
"""

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .thresholds import (
    BUDGET_A_WEEK,
    BUDGET_HALF_LIFE_DAYS,
    BUDGET_HALF_LIFE_LEAST_DAYS,
    BUDGET_SPENT,
    FIRST_PRICE,
    FIRST_PRICE_DAYS,
    FIRST_PRICE_HALF_LIFE_DAYS,
    FIRST_PRICE_SLOPE,
    HARM_FULL_H,
    HARM_FULL_POWER,
    LEAN_A_QUESTION,
    LEAN_MOST,
    LEARNING_DAYS,
    LEAST_A_WEEK,
    NIGHT_COST,
    NIGHT_LEAN_A_QUESTION,
    NIGHT_LEAN_LEAST,
    NIGHT_LEAN_MOST,
    NIGHT_SHARE,
    TRUST_IN_MODEL,
)

if TYPE_CHECKING:
    from .hazard import Floats
    from .price import Outlook

PRICES: Final[Floats] = np.asarray(np.arange(0.0, 6.01, 0.125), dtype=np.float64)


class Budget:
    """Expected and true questions at each price, and the price that follows."""

    def __init__(self, a_week: float) -> None:
        self.a_week = a_week
        self.expected = np.zeros(len(PRICES))
        self.true = np.zeros(len(PRICES))
        self.days = 0.0  # watched, fading like the counts
        self._trust = FIRST_PRICE_DAYS  # days' worth, fading too
        self._last_day: int | None = None
        self._price: float | None = None
        self.lean = 0.0  # log10 by which questions are dearer for having been asked oftener than allowed
        self.night_lean = 0.0
        # Since the day before; taken in with the new day, so that no limit moves in the midst of a silence.
        self._asked_at_night = 0

    @property
    def night_cost(self) -> float:
        """How many times dearer a question by night is than one by day."""
        return NIGHT_COST * float(10.0**self.night_lean)

    @property
    def harm_full(self) -> float:
        """Hours of delay beyond which more of it weighs no more; who allows fewer questions waits longer."""
        fewer = BUDGET_A_WEEK / max(self.a_week, LEAST_A_WEEK)
        return HARM_FULL_H * float(fewer**HARM_FULL_POWER)

    @property
    def _known(self) -> float:
        """How far this home is known, 0 to 1: questions of the first days were asked in order to learn."""
        return self.days / (self.days + self._trust)

    @property
    def learning(self) -> float:
        """How new this home is, 1 to 0."""
        return max(1.0 - self.days / LEARNING_DAYS, 0.0)

    def asked(self, *, night: bool) -> None:
        """A question was asked."""
        self.lean = min(self.lean + LEAN_A_QUESTION * self._known, LEAN_MOST)
        self._asked_at_night += night

    def note(self, outlook: Outlook, minutes: float, longest: float, weight: float) -> None:
        """A silence of `minutes` ended by itself; nobody may be silent for longer than `longest` unasked."""
        limits = np.minimum(outlook.limits(PRICES), longest)
        self.expected += weight * outlook.chances(limits)
        self.true += weight * (minutes >= limits)
        self._price = None

    def new_day(self, day: int) -> None:
        """Let older days fade."""
        if self._last_day is not None and day > self._last_day:
            passed = day - self._last_day
            # What was expected in the first days, of a home hardly known, is soon no measure any more.
            half_life = min(max(BUDGET_HALF_LIFE_LEAST_DAYS, self.days), BUDGET_HALF_LIFE_DAYS)
            keep = 0.5 ** (passed / half_life)
            self.expected *= keep
            self.true *= keep
            self._trust *= 0.5 ** (passed / FIRST_PRICE_HALF_LIFE_DAYS)
            # A home that was not watched for days (nobody there) spent no budget on them.
            watched = min(passed, 2)
            self.days = self.days * keep + watched
            a_day = self.a_week * BUDGET_SPENT / 7.0
            self.lean = max(self.lean - LEAN_A_QUESTION * self._known * a_day * watched, -LEAN_MOST)
            spent = self._asked_at_night - NIGHT_SHARE * a_day * watched
            lean = self.night_lean + NIGHT_LEAN_A_QUESTION * spent
            self.night_lean = min(max(lean, NIGHT_LEAN_LEAST), NIGHT_LEAN_MOST)
            self._asked_at_night = 0
            self._price = None
        self._last_day = day

    @property
    def price(self) -> float:
        """The log10 of what a question costs now."""
        if self._price is None:
            self._price = self._find()
        return self._price + self.lean

    def questions_a_week(self) -> Floats:
        """How many questions a week each price would bring."""
        ratio, rates = 1.0, np.zeros(len(PRICES))
        for i, (expected, true) in enumerate(zip(self.expected, self.true, strict=True)):
            ratio = (true + TRUST_IN_MODEL * ratio) / (expected + TRUST_IN_MODEL)
            rates[i] = expected * ratio
        return rates / max(self.days, 1.0) * 7.0

    @property
    def _first_price(self) -> float:
        """The price of a home nothing is known of; who allows more questions has them cheaper."""
        share = max(self.a_week, LEAST_A_WEEK) / BUDGET_A_WEEK
        return FIRST_PRICE - FIRST_PRICE_SLOPE * math.log10(share)

    def _find(self) -> float:
        if self.days < 1.0:
            return self._first_price
        # The rate falls as the price rises; make it so where noise says otherwise.
        rates = np.maximum.accumulate(self.questions_a_week()[::-1])[::-1]
        found = float(np.interp(-self.a_week * BUDGET_SPENT, -rates, PRICES))
        return (self.days * found + self._trust * self._first_price) / (self.days + self._trust)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "expected": self.expected.tolist(),
            "true": self.true.tolist(),
            "days": self.days,
            "trust": self._trust,
            "last_day": self._last_day,
            "lean": [self.lean, self.night_lean, self._asked_at_night],
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self.expected = np.array(stored["expected"], dtype=np.float64)
        self.true = np.array(stored["true"], dtype=np.float64)
        self.days, self._last_day = stored["days"], stored["last_day"]
        # Older states have neither.
        self._trust = stored.get("trust", FIRST_PRICE_DAYS)
        self.lean, self.night_lean, self._asked_at_night = stored.get("lean", (0.0, 0.0, 0))
