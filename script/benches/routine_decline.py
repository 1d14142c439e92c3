"""Slow decline in simulated homes: days until it is told, and how often for nothing in weeks that differ."""

from datetime import timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector
from custom_components.seogu_care.care.routine.decline import decline
from custom_components.seogu_care.care.routine.thresholds import FAR_OUT

from .routine_replay import quantile
from .routine_simulated import START, Changes, simulate

if TYPE_CHECKING:
    from custom_components.seogu_care.care.routine.daybook import Page

BEGIN, DAYS, AGAIN = 100, 180, 28
CASES: dict[str, Changes] = {
    "none": Changes(),
    "none, restless weeks": Changes(restless=0.1),
    "to half in 7 weeks": Changes(decline=BEGIN),
    "the same, restless": Changes(decline=BEGIN, restless=0.1),
    "to two thirds in 7 weeks": Changes(decline=BEGIN, slower_a_day=0.01, slower_most=1.5),
    "to two thirds at once": Changes(decline=BEGIN, slower_a_day=9.0, slower_most=1.5),
}


def pages(seed: int, changes: Changes) -> list[Page]:
    """A home's days."""
    home = simulate(seed, DAYS, changes)
    detector = make_detector(home.sensors)
    for event in home.events:
        detector.observe(*event)
    return list(detector.signs.book.pages)


def told(days: list[Page]) -> list[int]:
    """The days on which it was told; within four weeks it is not told again."""
    found: list[int] = []
    for count in range(1, len(days) + 1):
        seen = decline(days[:count])
        day = days[count - 1].day - START.toordinal()
        if seen is not None and seen.score >= FAR_OUT and (not found or day - found[-1] >= AGAIN):
            found.append(day)
    return found


def main(figures: dict[str, float | str], *, quick: bool) -> None:
    """Each case in a few homes."""
    seeds = range(601, 602) if quick else range(601, 607)
    print(f"slow decline in {len(seeds)} simulated homes of {DAYS} days, from day {BEGIN} on")
    for name, changes in CASES.items():
        runs = [told(pages(seed, changes)) for seed in seeds]
        begins = DAYS if changes.decline is None else BEGIN
        false = sum(day < begins for run in runs for day in run)
        months = len(seeds) * timedelta(days=begins) / timedelta(days=30)
        after = [float(days[0] - BEGIN + 1) for run in runs if (days := [d for d in run if d >= begins])]
        figures[f"decline.{name}.false_30d"] = false / months
        line = f"  {name:26s} told for nothing {false} times in {months:.0f} months"
        if changes.decline is not None:
            figures |= {
                f"decline.{name}.found": f"{len(after)}/{len(runs)}",
                f"decline.{name}.days_median": quantile(after, 0.5),
            }
            line += (
                f"; found {len(after)} of {len(runs)}, after {quantile(after, 0.5):.0f} days (median), "
                f"at the latest {quantile(after, 1.0):.0f}"
            )
        print(line, flush=True)
