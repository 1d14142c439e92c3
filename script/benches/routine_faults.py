# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""Broken sensors: none may bring an alert by itself, none may hide a collapse."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector

from . import routine_homes
from .routine_replay import Collapse, Event, Replayed, at_home, delays, quantile, replay
from .routine_simulated import simulate

if TYPE_CHECKING:
    from .routine_homes import Home

Noise = Callable[[datetime, datetime, str, random.Random], list[Event]]


def _every(seconds: float) -> Noise:
    def noise(begin: datetime, end: datetime, sensor: str, _: random.Random) -> list[Event]:
        count = int((end - begin).total_seconds() / seconds)
        return [_pulse(begin + timedelta(seconds=seconds * (i // 2)), sensor, i) for i in range(2 * count)]

    return noise


def _at_random(seconds: float) -> Noise:
    def noise(begin: datetime, end: datetime, sensor: str, rng: random.Random) -> list[Event]:
        events, at = [], begin
        while at < end:
            events += [_pulse(at, sensor, 0), _pulse(at, sensor, 1)]
            at += timedelta(seconds=rng.expovariate(1 / seconds))
        return events

    return noise


def _pulse(at: datetime, sensor: str, i: int) -> Event:
    return (at + timedelta(milliseconds=300 * (i % 2)), sensor, i % 2 == 0)


KINDS: dict[str, Noise] = {
    "chatters_every_30s": _every(30),
    "chatters_every_20min": _every(1200),
    "chatters_at_random_40s": _at_random(40),
    "chatters_at_random_10min": _at_random(600),
}


def _busiest(home: Home) -> list[str]:
    counts = {name: 0 for name, described in home.sensors.items() if described["kind"] != "exterior_door"}
    for _, name, _ in home.events:
        if name in counts:
            counts[name] += 1
    return sorted(counts, key=lambda name: -counts[name])


def _run(home: Home, known: datetime, collapses: list[Collapse]) -> Replayed:
    return replay(home, make_detector(home.sensors), collapses, known)


def _tell(name: str, results: list[Replayed], figures: dict[str, float | str]) -> None:
    days = sum(r.known.days for r in results)
    checks = sum(len(r.known.checks) for r in results)
    alerts = sum(len(r.known.alerts) - r.known.alerts_out for r in results)
    found = [f for r in results for f in r.found]
    hours = delays(found)
    missed = sum(f.alert_h is None for f in found)
    figures |= {
        f"faults.{name}.checks_week": checks / days * 7,
        f"faults.{name}.false_alerts_at_home": alerts,
        f"faults.{name}.check_h_median": quantile(hours, 0.5),
        f"faults.{name}.missed_24h": missed,
    }
    print(
        f"  {name:26s} checks/week {checks / days * 7:4.2f}  false alerts at home {alerts}  "
        f"collapse to check {quantile(hours, 0.5):4.1f}/{quantile(hours, 0.9):4.1f} h  "
        f"missed {missed} of {len(found)}",
        flush=True,
    )


def main(figures: dict[str, float | str], *, quick: bool) -> None:
    """Break the busiest sensors of simulated and recorded homes, one at a time, from the middle on."""
    homes = [simulate(201, 60)]
    if routine_homes.available():
        homes += [routine_homes.load(name) for name in ("casas_al_sample", "kasteren_A")]
    print("broken sensors: the busiest of each home, one at a time, for the second half of its log")
    sensors, count = (1, 8) if quick else (2, 20)
    _tell("none", [_run(h, _middle(h), at_home(h, count, 5, _middle(h))) for h in homes], figures)
    dead, stuck = [], []
    for home in homes:
        middle = _middle(home)
        for sensor in _busiest(home)[:sensors]:
            left = [e for e in home.events if e[1] != sensor or e[0] < middle]
            dead.append(_run(replace(home, events=left), middle, at_home(home, count, 5, middle)))
            held = sorted([*left, (middle, sensor, True)], key=lambda e: e[0])
            stuck.append(_run(replace(home, events=held), middle, at_home(home, count, 5, middle)))
    _tell("gone_silent", dead, figures)
    _tell("stuck_on", stuck, figures)
    for name, noise in KINDS.items():
        pairs = [(home, sensor) for home in homes for sensor in _busiest(home)[:sensors]]
        _tell(name, [_chattering(home, sensor, noise, count) for home, sensor in pairs], figures)


def _middle(home: Home) -> datetime:
    return home.start + (home.end - home.start) / 2


def _chattering(home: Home, sensor: str, noise: Noise, count: int) -> Replayed:
    """The sensor chatters for six hours from some time before each collapse to long after it."""
    rng = random.Random(7)
    middle = _middle(home)
    collapses = []
    for collapse in at_home(home, count, 5, middle):
        chatter = noise(collapse.at + timedelta(seconds=20), collapse.at + timedelta(hours=24), sensor, rng)
        collapses.append(replace(collapse, noise=tuple(chatter)))
    begin = middle + timedelta(days=1)
    events = sorted(
        [*home.events, *noise(begin, begin + timedelta(hours=30), sensor, rng)], key=lambda e: e[0]
    )
    return _run(replace(home, events=events), middle, collapses)
