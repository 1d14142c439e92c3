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
from custom_components.seogu_care.care.routine import hazard, price, thresholds

from . import routine_homes
from .routine_replay import Replayed, at_home, delays, is_night, quantile, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .routine_homes import Home

HARM, TRUST_HOUR, TRUST_PLACE = (1.5, 2.0, 2.5), (2.0, 4.0), (3.0, 6.0)
Choice = tuple[float, float, float]


@contextmanager
def chosen(choice: Choice) -> Iterator[None]:
    """The core with other constants, for as long."""
    harm, hour, place = choice
    names = {"WEIGHT_HOUR": hour, "WEIGHT_PLACE_HOUR": hour, "WEIGHT_PLACE": place}
    before = {name: getattr(hazard, name) for name in names}
    weights = price._HARM  # noqa: SLF001 - a bench may turn the screws
    try:
        for name, value in names.items():
            setattr(hazard, name, value)
        price._HARM = weights ** (harm / thresholds.HARM)  # type: ignore[misc]  # noqa: SLF001
        yield
    finally:
        for name, value in before.items():
            setattr(hazard, name, value)
        price._HARM = weights  # type: ignore[misc]  # noqa: SLF001


def cost(result: Replayed) -> float:
    """One number for a home: delays by day and night, and questions beyond two a week; less is better."""
    day, night = delays(result.found, night=False), delays(result.found, night=True)
    asked = max(result.known.a_week / 2.0, 1.0)
    return (
        math.log(quantile(day, 0.5))
        + 0.5 * math.log(quantile(day, 0.9))
        + 0.5 * math.log(quantile(night, 0.5))
        + math.log(asked)
    )


def main(
    figures: dict[str, float | str], collapses: int, learning_days: Callable[[Home], int], seed: int = 11
) -> None:
    """Print each home as measured with the constants that the other homes choose."""
    if not routine_homes.available():
        return
    results: dict[tuple[str, Choice], Replayed] = {}
    for choice in itertools.product(HARM, TRUST_HOUR, TRUST_PLACE):
        with chosen(choice):
            for name in routine_homes.HOMES:
                home = routine_homes.load(name)
                known = home.start + timedelta(days=learning_days(home))
                put_in = at_home(home, collapses, seed, known)
                results[name, choice] = replay(home, make_detector(home.sensors), put_in, known, seed)
    choices = sorted({choice for _, choice in results})
    print(
        f"held out: each home with the constants that the other four choose among {len(choices)}"
        " (power of harm, trust in hours, trust in the level above)"
    )
    held: list[Replayed] = []
    for name in routine_homes.HOMES:
        others = [other for other in routine_homes.HOMES if other != name]
        best = min(choices, key=lambda c: sum(cost(results[other, c]) for other in others))
        result = results[name, best]
        held.append(result)
        day, night = delays(result.found, night=False), delays(result.found, night=True)
        print(
            f"  {name:16s} chosen {best}  checks/week {result.known.a_week:4.2f}"
            f"  day {quantile(day, 0.5):4.1f}/{quantile(day, 0.9):4.1f} h"
            f"  night {quantile(night, 0.5):4.1f} h"
        )
    found = [each for result in held for each in result.found]
    weeks = sum(result.known.days for result in held) / 7
    checks = [at for result in held for at in result.known.checks]
    row = {
        "checks_week": len(checks) / weeks,
        "checks_week_night": sum(map(is_night, checks)) / weeks,
        "false_alerts_60d": sum(len(result.known.alerts) for result in held) / weeks / 7 * 60,
        "check_h_day_median": quantile(delays(found, night=False), 0.5),
        "check_h_day_p90": quantile(delays(found, night=False), 0.9),
        "check_h_night_median": quantile(delays(found, night=True), 0.5),
        "missed_24h": float(sum(each.alert_h is None for each in found)),
    }
    figures.update({f"held_out.{key}": value for key, value in row.items()})
    print("held out: " + "  ".join(f"{key} {value:.2f}" for key, value in row.items()), flush=True)
