# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""Sensors carried to another room: how many are noticed, when, and how many blamed for nothing."""

import itertools
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from custom_components.seogu_care.care import make_detector

from . import routine_homes
from .routine_replay import quantile
from .routine_simulated import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.seogu_care.care.routine.placing import Move

    from .routine_homes import Home

SEES, APART_S = 0.7, 8.0


def carried(home: Home, sensor: str, beside: str, at: datetime) -> Home:
    """A sensor hangs beside another from a time on, and sees seven in ten of what that one sees."""
    rng = random.Random(3)
    events = [event for event in home.events if event[1] != sensor or event[0] < at]
    for seen, name, active in home.events:
        if name == beside and seen >= at and active and rng.random() < SEES:
            then = seen + timedelta(seconds=rng.uniform(-APART_S, APART_S))
            events += [(then, sensor, True), (then + timedelta(seconds=5), sensor, False)]
    return replace(home, events=sorted(events, key=lambda event: event[0]))


def named(home: Home) -> dict[str, tuple[datetime, Move]]:
    """The sensors that were said to hang elsewhere, and when that was first said."""
    detector = make_detector(home.sensors)
    found: dict[str, tuple[datetime, Move]] = {}
    for event in home.events:
        detector.observe(*event)
        for name, move in detector.signs.places.moved.items():
            found.setdefault(name, (event[0], move))
    return found


def _pairs(home: Home) -> Iterator[tuple[str, str]]:
    """Each motion sensor with each of another room."""
    motion = [name for name, described in home.sensors.items() if described["kind"] == "motion"]
    for one, other in itertools.permutations(motion, 2):
        if home.sensors[one]["room"] != home.sensors[other]["room"]:
            yield one, other


def main(figures: dict[str, float | str], *, quick: bool) -> None:
    """Carry each motion sensor to each other room, one at a time; and carry none."""
    recorded = [routine_homes.load(name) for name in routine_homes.HOMES] if routine_homes.available() else []
    still = [*recorded, *(simulate(seed, 120) for seed in (201, 202)[: 1 if quick else 2])]
    blamed = {home.name: list(named(home)) for home in still}
    days = sum((home.end - home.start).days for home in still)
    count = sum(map(len, blamed.values()))
    figures["moved.blamed_for_nothing"] = count
    print(
        f"sensors carried to another room; none carried: {count} blamed in {days} days of {len(still)} homes"
    )
    homes = [(simulate(201, 60), 30)]
    homes += [(home, 15) for home in recorded if home.name == "casas_al_sample"]
    for home, day in homes:
        at, after, right, others, tried = home.start + timedelta(days=day), [], 0, 0, 0
        for sensor, beside in itertools.islice(_pairs(home), 0, None, 5 if quick else 1):
            tried += 1
            found = named(carried(home, sensor, beside, at))
            others += len(found.keys() - {sensor})
            if sensor in found:
                when, move = found[sensor]
                after.append((when - at).total_seconds() / 86400)
                right += move.room == home.sensors[beside]["room"]
        figures |= {
            f"moved.{home.name}.found": f"{len(after)}/{tried}",
            f"moved.{home.name}.room_right": f"{right}/{len(after)}",
            f"moved.{home.name}.others_blamed": others,
            f"moved.{home.name}.days_median": quantile(after, 0.5),
        }
        print(
            f"  {home.name:16s} noticed {len(after)} of {tried}, the room right in {right}, "
            f"after {quantile(after, 0.5):.1f} days (median), at the latest {quantile(after, 1.0):.1f}; "
            f"others blamed {others}",
            flush=True,
        )
