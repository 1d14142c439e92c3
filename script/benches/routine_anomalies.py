"""The other anomalies on simulated homes: days until they are told, and how often for nothing."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector

from .routine_replay import minutes
from .routine_simulated import START, Changes, simulate

if TYPE_CHECKING:
    from .routine_homes import Home

DAYS, BEGINS = 100, 60
HOUR = timedelta(hours=1)

CASES: dict[str, Changes] = {
    "night_wandering": Changes(wandering=BEGINS),
    "late_rising": Changes(late=BEGINS),
    "toilet_visits_up": Changes(toilet=BEGINS),
    "slow_decline": Changes(decline=BEGINS),
    "room_unused": Changes(unused=BEGINS),
    "missed_meals": Changes(fasting=BEGINS),
    "scattered_sleep": Changes(toilet=BEGINS),
    "short_sleep": Changes(short=BEGINS),
    "long_bathroom_stay": Changes(stay=BEGINS),
    "left_at_night": Changes(leaving=BEGINS),
}
KINDS = tuple(CASES)
ONCE = {"long_bathroom_stay", "left_at_night", "late_rising"}  # happen on one day: found on it or not at all


def told(home: Home, since: datetime = START, every: int = 10) -> dict[str, list[datetime]]:
    """When each anomaly was told, each once; looked at every so many minutes from a time on."""
    detector, seen = make_detector(home.sensors), set()
    found: dict[str, list[datetime]] = defaultdict(list)
    for at, signs in minutes(home):
        for sign in signs:
            detector.observe(*sign)
        detector.tick(at)
        if at.minute % every or at < since:
            continue
        for anomaly in detector.anomalies(at):
            if anomaly.is_out and anomaly.key not in seen:
                seen.add(anomaly.key)
                found[anomaly.kind].append(at)
    return found


def main(figures: dict[str, float | str], *, quick: bool) -> None:
    """Each change on its own; what is told before it, or of another kind, is told for nothing."""
    print(f"anomalies on simulated homes: {DAYS} days, each change from day {BEGINS} on")
    seeds = (301,) if quick else (301, 302, 303)
    change = START + timedelta(days=BEGINS)
    false: dict[str, int] = dict.fromkeys(KINDS, 0)
    for seed in seeds:
        for kind, times in told(simulate(seed, DAYS)).items():
            false[kind] = false.get(kind, 0) + len(times)
    for kind, changes in CASES.items():
        after = []
        for seed in seeds:
            times = [t for t in told(simulate(seed, DAYS, changes))[kind] if t >= change]
            if kind in ONCE:
                times = [t for t in times if t < change + timedelta(days=1)]
            after.append((times[0] - change).total_seconds() / 86400 if times else None)
        seen = [days for days in after if days is not None]
        worst = max(seen) if seen else float("nan")
        figures[f"anomalies.{kind}.found"] = f"{len(seen)}/{len(after)}"
        figures[f"anomalies.{kind}.days_worst"] = worst
        print(f"  {kind:20s} found {len(seen)} of {len(after)}, at the latest after {worst:4.1f} days")
    months = len(seeds) * DAYS / 30
    for kind in KINDS:
        figures[f"anomalies.{kind}.false_30d"] = false[kind] / months
    print(
        "  told for nothing in 30 days: " + "  ".join(f"{kind} {false[kind] / months:.2f}" for kind in KINDS)
    )
