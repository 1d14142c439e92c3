"""What nobody could do better: a clairvoyant who asks only when a silence would go on, and never for nothing.

Whoever never asks for nothing can ask only when the ordinary silence that a collapse fell into would have
ended. So the time from a random moment at home to the next ordinary sign bounds the delay from below, if
no question is spent; a home whose bed tells nothing for eight hours can't be looked into by night.
"""

from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care.routine.sensors import ENDED_BY_HAND

from . import routine_homes
from .routine_replay import at_home, is_night, quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from .routine_homes import Home


def main(figures: dict[str, float | str], learning_days: Callable[[Home], int]) -> None:
    """Print hours to the next ordinary sign, median and 90th percentile."""
    print("hours to the next ordinary sign: no delay can be shorter without a question for nothing")
    for name in routine_homes.HOMES:
        home = routine_homes.load(name)
        known = home.start + timedelta(days=learning_days(home))
        signs = [t for t, s, active in home.events if active or home.sensors[s]["kind"] in ENDED_BY_HAND]
        day: list[float] = []
        night: list[float] = []
        for collapse in at_home(home, 2000, 5, known):
            following = signs[min(bisect_right(signs, collapse.at), len(signs) - 1)]
            hours = (following - collapse.at).total_seconds() / 3600
            (night if is_night(collapse.at) else day).append(hours)
        figures[f"{name}.bound_h_day_median"] = quantile(day, 0.5)
        figures[f"{name}.bound_h_night_median"] = quantile(night, 0.5)
        print(
            f"  {name:16s} day {quantile(day, 0.5):4.1f}/{quantile(day, 0.9):4.1f} h"
            f"  night {quantile(night, 0.5):4.1f}/{quantile(night, 0.9):4.1f} h"
        )
