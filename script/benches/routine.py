"""How well the routine's core knows when something is wrong: `script/bench routine [--json FILE] [--quick]`.

Prints, for recorded and simulated homes: questions for nothing a week (and by night), false alerts, hours
from a collapse put in to the question and to the alert, what fixed limits would need at the same rate of
questions, what constants chosen on the other homes alone would bring, and what nobody could do better; then
the same with broken sensors, the other anomalies, and what an event and a tick cost.
"""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector

from . import (
    routine_anomalies,
    routine_bound,
    routine_decline,
    routine_faults,
    routine_heldout,
    routine_homes,
    routine_moved,
    routine_picture,
    routine_speed,
    routine_visitors,
)
from .routine_replay import (
    FixedLimit,
    Replayed,
    at_door,
    at_home,
    delays,
    in_room,
    is_night,
    quantile,
    replay,
)
from .routine_simulated import simulate

if TYPE_CHECKING:
    from .routine_homes import Home

Figures = dict[str, float | str]
BATHROOM = ("bath", "toilet", "화장실")


def learning_days(home: Home) -> int:
    """Days before the figures begin."""
    days = (home.end - home.start).days
    return 14 if days > 60 else 10 if days > 20 else 7


def measure(home: Home, collapses: int, seed: int) -> Replayed:
    """Replay one home with collapses at home, in the bathroom and at the door."""
    known = home.start + timedelta(days=learning_days(home))
    put_in = at_home(home, collapses, seed, known) + at_door(home, collapses // 4, seed, known)
    put_in += in_room(home, BATHROOM, collapses // 4, seed, known)
    return replay(home, make_detector(home.sensors), put_in, known, seed)


def best_fixed(
    home: Home, rate: float, collapses: int, seed: int
) -> tuple[float, list[tuple[float, float, float]]]:
    """The hours by day of the best fixed limit, chosen in hindsight among those that ask no oftener."""
    known = home.start + timedelta(days=learning_days(home))
    curve = []
    for hours in range(2, 13):
        for quiet in (False, True):
            fixed = FixedLimit(home, hours, quiet_after_door=quiet)
            result = replay(home, fixed, at_home(home, collapses, seed, known), known, seed)
            by_day = delays(result.found, night=False)
            curve.append((result.known.a_week, quantile(by_day, 0.5), quantile(by_day, 0.9)))
    allowed = [point for point in curve if point[0] <= max(rate, 0.5)]
    return min((point[1] for point in allowed), default=24.0), curve


def _row(name: str, result: Replayed, fixed: float | None, figures: Figures) -> None:
    found = {
        where: [f for f in result.found if f.collapse.where == where] for where in ("home", "door", "bath")
    }
    day, night = delays(found["home"], night=False), delays(found["home"], night=True)
    known = result.known
    row: Figures = {
        "checks_week_learning": result.learning.a_week,
        "checks_week": known.a_week,
        "checks_week_night": known.a_week_at_night,
        "checks_while_out": known.checks_out,
        "false_alerts_30d": len(known.alerts) / known.days * 30,
        "false_alerts_30d_home": (len(known.alerts) - known.alerts_out) / known.days * 30,
        "check_h_day_median": quantile(day, 0.5),
        "check_h_day_p90": quantile(day, 0.9),
        "check_h_night_median": quantile(night, 0.5),
        "check_h_night_p90": quantile(night, 0.9),
        "alert_h_median": quantile(delays(found["home"], alert=True), 0.5),
        "check_h_bathroom_median": quantile(delays(found["bath"]), 0.5),
        "check_h_door_median": quantile(delays(found["door"]), 0.5),
        "alert_h_door_max": max(delays(found["door"], alert=True), default=float("nan")),
        "missed_24h": sum(f.alert_h is None for f in result.found),
        "days": known.days,
    }
    if fixed is not None:
        row["fixed_limit_h_day_median"] = fixed
    figures.update({f"{name}.{key}": value for key, value in row.items()})
    beside = "" if fixed is None else f"   best fixed limit {fixed:4.1f} h"
    print(
        f"{name:16s} {known.days:4.0f} d  checks/week {known.a_week:4.2f} "
        f"(night {known.a_week_at_night:4.2f}, out {known.checks_out}, "
        f"learning {result.learning.a_week:3.1f})  false alerts {len(known.alerts)} "
        f"(out {known.alerts_out})  day {row['check_h_day_median']:4.1f}/{row['check_h_day_p90']:4.1f} h  "
        f"night {row['check_h_night_median']:4.1f}/{row['check_h_night_p90']:4.1f} h  "
        f"bath {row['check_h_bathroom_median']:4.1f}  door {row['check_h_door_median']:4.1f}  "
        f"alert {row['alert_h_median']:4.1f} h  missed {row['missed_24h']}{beside}",
        flush=True,
    )


def _pool(name: str, results: list[Replayed], figures: Figures) -> None:
    """All homes together, each collapse counting once."""
    home = [f for r in results for f in r.found if f.collapse.where == "home"]
    weeks = sum(r.known.days for r in results) / 7
    checks = [t for r in results for t in r.known.checks]
    alerts = sum(len(r.known.alerts) for r in results)
    day, night = delays(home, night=False), delays(home, night=True)
    pooled: Figures = {
        "checks_week": len(checks) / weeks,
        "checks_week_night": sum(map(is_night, checks)) / weeks,
        "false_alerts_60d": alerts / weeks / 7 * 60,
        "check_h_day_median": quantile(day, 0.5),
        "check_h_day_p90": quantile(day, 0.9),
        "check_h_night_median": quantile(night, 0.5),
        "missed_24h": sum(f.alert_h is None for r in results for f in r.found),
    }
    figures.update({f"{name}.{key}": value for key, value in pooled.items()})
    print(f"{name}: " + "  ".join(f"{key} {value:.2f}" for key, value in pooled.items()), flush=True)


def recorded(collapses: int, figures: Figures, picture: Path | None) -> None:
    """The recorded homes."""
    if not routine_homes.available():
        print("recorded homes: skipped: no real data")
        return
    print(
        f"recorded homes, replayed minute by minute; {collapses} collapses at home each, at random times, "
        f"and {collapses // 4} each in the bathroom and at the door; hours are median/p90 to the question"
    )
    results, curves = [], {}
    for name in routine_homes.HOMES:
        home = routine_homes.load(name)
        result = measure(home, collapses, seed=11)
        fixed, curve = best_fixed(home, result.known.a_week, collapses, seed=11)
        _row(name, result, fixed, figures)
        results.append(result)
        own = [f for f in result.found if f.collapse.where == "home"]
        curves[name] = (curve, (result.known.a_week, quantile(delays(own, night=False), 0.5)))
    _pool("recorded", results, figures)
    routine_heldout.main(figures, learning_days)
    routine_bound.main(figures, learning_days)
    if picture:
        picture.write_text(routine_picture.draw(curves), encoding="utf-8")
        print(f"picture: {picture}")


def simulated(collapses: int, homes: int, figures: Figures) -> None:
    """Simulated homes over months."""
    print(f"simulated homes (own generator, seeds 101–{100 + homes}), 180 days")
    results = []
    for seed in range(101, 101 + homes):
        home = simulate(seed, 180)
        result = measure(home, collapses, seed)
        _row(home.name, result, None, figures)
        results.append(result)
    _pool("simulated", results, figures)


def main(argv: list[str] | None = None) -> int:
    """Print the figures, and write them to `--json FILE` as one flat object."""
    parser = argparse.ArgumentParser(prog="script/bench routine", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--picture", type=Path, help="write an SVG of delay against questions here")
    parser.add_argument("--quick", action="store_true", help="fewer collapses and simulated homes")
    options = parser.parse_args(argv)
    figures: Figures = {}
    collapses = 40 if options.quick else 120
    recorded(collapses, figures, options.picture)
    simulated(collapses // 2, 1 if options.quick else 3, figures)
    routine_faults.main(figures, quick=options.quick)
    routine_moved.main(figures, quick=options.quick)
    routine_visitors.main(figures, quick=options.quick)
    routine_anomalies.main(figures, quick=options.quick)
    routine_decline.main(figures, quick=options.quick)
    routine_speed.main(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
