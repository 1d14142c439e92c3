"""How much of the figures is owed to constants chosen on the same homes: each home with the others' choice.

For each recorded home the constants are chosen on the other four alone, and the home is measured with those.
Where this comes out like the shipped constants, the choice did not fit these homes only.
"""

import itertools
import math
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine import budget, thresholds

from . import routine_homes
from .routine_minutes import Lived, live
from .routine_replay import is_night, quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .routine_homes import Home

# Hours at which harm is full (never, in a silence; then the first price has another size), first price beside
# the shipped one, days' worth of trust in it.
FULL, FIRST, TRUST = (thresholds.HARM_FULL_H, 26.0), (-0.15, 0.0, 0.15), (2.0, 14.0)
DEARER_UNBOUNDED = 0.2
Choice = tuple[float, float, float]


@contextmanager
def chosen(choice: Choice) -> Iterator[None]:
    """The core with other constants, for as long."""
    full, first, trust = choice
    base = thresholds.FIRST_PRICE + DEARER_UNBOUNDED * (full != thresholds.HARM_FULL_H)
    names = {"FIRST_PRICE": base + first, "FIRST_PRICE_DAYS": trust, "HARM_FULL_H": full}
    before = {name: getattr(budget, name) for name in names}
    try:
        for name, value in names.items():
            setattr(budget, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(budget, name, value)


def cost(lived: Lived) -> float:
    """One number for a home: delays by day and night, and questions beyond two a week; less is better."""
    return (
        math.log(quantile(lived.day, 0.5))
        + 0.5 * math.log(quantile(lived.day, 0.9))
        + 0.5 * math.log(quantile(lived.night, 0.5))
        + math.log(max(lived.a_week / 2.0, 1.0))
    )


def weighted(hours: list[list[float]], share: float, of: list[float]) -> float:
    """A quantile of all homes' minutes in which each home counts alike."""
    pairs = sorted((h, 1.0 / n) for each, n in zip(hours, of, strict=True) for h in each)
    whole, so_far = sum(weight for _, weight in pairs), 0.0
    for value, weight in pairs:
        so_far += weight
        if so_far >= share * whole:
            return value
    return float("nan")


def main(figures: dict[str, float | str], learning_days: Callable[[Home], int]) -> None:
    """Print each home as measured with the constants that the other homes choose."""
    if not routine_homes.available():
        return
    results: dict[tuple[str, Choice], Lived] = {}
    choices = list(itertools.product(FULL, FIRST, TRUST))
    for choice in choices:
        with chosen(choice):
            for name in routine_homes.HOMES:
                home = routine_homes.load(name)
                known = home.start + timedelta(days=learning_days(home))
                results[name, choice] = live(home, make_detector(home.sensors), known)
    print(
        f"held out: each home with the constants that the other four choose among {len(choices)} (hours to"
        " full harm, first price, days of trust in it), over every minute at home"
    )
    held: list[Lived] = []
    for name in routine_homes.HOMES:
        others = [other for other in routine_homes.HOMES if other != name]
        best = min(choices, key=lambda c: sum(cost(results[other, c]) for other in others))
        lived = results[name, best]
        held.append(lived)
        print(
            f"  {name:16s} chosen {best}  checks/week {lived.a_week:4.2f}"
            f"  day {quantile(lived.day, 0.5):4.1f}/{quantile(lived.day, 0.9):4.1f} h"
            f"  night {quantile(lived.night, 0.5):4.1f} h"
        )
    _pool("held_out", held, figures)
    shipped = (thresholds.HARM_FULL_H, 0.0, thresholds.FIRST_PRICE_DAYS)
    _pool("shipped_all_minutes", [results[name, shipped] for name in routine_homes.HOMES], figures)


def _pool(name: str, homes: list[Lived], figures: dict[str, float | str]) -> None:
    weeks = sum(lived.days for lived in homes) / 7
    checks = [at for lived in homes for at in lived.checks]
    whole = [float(len(lived.day) + len(lived.night)) for lived in homes]
    row = {
        "checks_week": len(checks) / weeks,
        "checks_week_night": sum(map(is_night, checks)) / weeks,
        "false_alerts_60d": sum(len(lived.alerts) for lived in homes) / weeks / 7 * 60,
        "check_h_day_median": weighted([lived.day for lived in homes], 0.5, whole),
        "check_h_day_p90": weighted([lived.day for lived in homes], 0.9, whole),
        "check_h_night_median": weighted([lived.night for lived in homes], 0.5, whole),
    }
    figures.update({f"{name}.{key}": value for key, value in row.items()})
    print(f"{name}: " + "  ".join(f"{key} {value:.2f}" for key, value in row.items()), flush=True)
