"""Guests, a cleaner, a partner and a stay in hospital, in simulated homes: what the routine made of them."""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector

from .routine_minutes import live
from .routine_replay import quantile
from .routine_simulated import START, Changes, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_components.seogu_care.care.routine.detector import Detector

BEGIN, DAYS = 60, 100
HOSPITAL = (BEGIN, BEGIN + 7)
LOOK_EVERY = timedelta(hours=1)

CASES: dict[str, tuple[Changes, int]] = {  # what happens, and the day on which it is over
    "nobody else": (Changes(), BEGIN + 28),
    "guest, 2 weeks": (Changes(guests=(BEGIN, BEGIN + 14)), BEGIN + 14),
    "cleaner, weekly": (Changes(cleaner=(BEGIN, BEGIN + 28)), BEGIN + 28),
    "partner, 2 weeks": (Changes(partner=(BEGIN, BEGIN + 14)), BEGIN + 14),
    "hospital, told": (Changes(hospital=HOSPITAL), HOSPITAL[1]),
    "hospital, untold": (Changes(hospital=HOSPITAL), HOSPITAL[1]),
}


@dataclass
class Met:
    """What came of it, in all homes: questions and alerts while it went on, and in the four weeks after."""

    weeks: float = 0.0
    checks: int = 0
    alerts: int = 0
    weeks_after: float = 0.0
    checks_after: int = 0
    alerts_after: int = 0
    day_after: list[float] = field(default_factory=list)  # hours from a collapse then to the question
    told: Counter[str] = field(default_factory=Counter)  # anomalies
    blamed: Counter[str] = field(default_factory=Counter)  # sensors' faults


def _switch(detector: Detector, since: datetime, until: datetime) -> Callable[[datetime], None]:
    """The family turns the away switch on when they are fetched, and off when they are home."""

    def at_minute(at: datetime) -> None:
        if at in {since, until}:
            detector.away(at, at == since)

    return at_minute


def meet(name: str, seed: int, met: Met) -> None:
    """Live through one home."""
    changes, over = CASES[name]
    home = simulate(seed, DAYS, changes)
    detector = make_detector(home.sensors)
    begin, end = START + timedelta(days=BEGIN), START + timedelta(days=over)
    away = _switch(detector, begin + timedelta(minutes=30), end - timedelta(hours=8, minutes=20))
    seen: set[str] = set()
    blamed: set[tuple[str, str]] = set()

    def look(at: datetime) -> None:
        if name == "hospital, told":
            away(at)
        if at.minute or at < begin:
            return
        for anomaly in detector.anomalies(at):
            if anomaly.is_out and anomaly.key not in seen:
                seen.add(anomaly.key)
                met.told[anomaly.kind] += 1
        for fault in detector.faults(at).items():
            if fault not in blamed:
                blamed.add(fault)
                met.blamed[fault[1]] += 1

    lived = live(home, detector, begin, seed, look)
    met.weeks += (over - BEGIN) / 7
    met.checks += sum(at < end for at in lived.checks)
    met.alerts += sum(at < end for at in lived.alerts)
    met.weeks_after += (DAYS - over) / 7
    met.checks_after += sum(at >= end for at in lived.checks)
    met.alerts_after += sum(at >= end for at in lived.alerts)
    met.day_after += lived.day[-_minutes_by_day(DAYS - over) :]


def _minutes_by_day(days: int) -> int:
    """About as many minutes as are by day in so many days (seven to ten)."""
    return days * 15 * 60


def main(figures: dict[str, float | str], *, quick: bool) -> None:
    """Each case in a few homes."""
    seeds = (501,) if quick else (501, 502, 503)
    print(
        f"visitors and hospital, {len(seeds)} simulated homes of {DAYS} days, from day {BEGIN} on; checks a "
        "week and false alerts meanwhile | afterwards, with hours to the question by day, and what was told"
    )
    for name in CASES:
        met = Met()
        for seed in seeds:
            meet(name, seed, met)
        during, after = met.checks / met.weeks, met.checks_after / max(met.weeks_after, 0.1)
        median = quantile(met.day_after, 0.5)
        row = {"checks_week": during, "alerts": met.alerts, "checks_week_after": after}
        figures |= {f"visitors.{name}.{key}": value for key, value in row.items()}
        if not math.isnan(median):
            figures[f"visitors.{name}.check_h_day_median_after"] = median
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(met.told.items())) or "nothing"
        blamed = ", ".join(f"{count} {fault}" for fault, count in sorted(met.blamed.items())) or "none"
        print(
            f"  {name:18s} {during:4.2f}, {met.alerts} | {after:4.2f}, {met.alerts_after}  "
            f"day {median:3.1f} h  told: {told}  sensors blamed: {blamed}",
            flush=True,
        )
