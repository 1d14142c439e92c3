# ruff: noqa: S311 - seeded chance of a simulation, no secret
"""What an event and a tick cost, and how large the state grows: 60 sensors, a year learned."""

import json
import random
import time
from datetime import datetime, timedelta

from custom_components.seogu_care.care import make_detector

ROOMS = ("안방", "거실", "부엌", "화장실", "현관", "작은방", "베란다", "다용도실", "서재", "욕실")
KINDS = ("motion", "contact", "motion", "appliance", "vibration", "motion")


def main(figures: dict[str, float | str]) -> None:
    """A year of some 500 signs a day, then a day timed call by call."""
    rng = random.Random(1)
    sensors = {f"s{i}": {"room": ROOMS[i % 10], "kind": KINDS[i % 6]} for i in range(58)}
    sensors |= {"bed": {"room": "안방", "kind": "bed"}, "door": {"room": "현관", "kind": "exterior_door"}}
    names = list(sensors)
    detector = make_detector(sensors)
    at = datetime(2025, 1, 1)  # noqa: DTZ001 - the home's own wall clock
    events, ticks = [], []
    for day in range(366):
        timed = day == 365
        for minute in range(1440):
            now = at + timedelta(days=day, minutes=minute)
            awake = 7 <= now.hour < 22
            while rng.random() < (0.3 if awake else 0.02):
                name, active = rng.choice(names), rng.random() < 0.6
                begin = time.perf_counter()
                detector.observe(now - timedelta(seconds=rng.random() * 50), name, active)
                if timed:
                    events.append(time.perf_counter() - begin)
            if timed or minute % 10 == 0:
                begin = time.perf_counter()
                detector.tick(now)
                if timed:
                    ticks.append(time.perf_counter() - begin)
    size = len(json.dumps(detector.to_dict()))
    events.sort()
    ticks.sort()
    row = {
        "event_us_median": events[len(events) // 2] * 1e6,
        "event_us_p99": events[int(len(events) * 0.99)] * 1e6,
        "tick_ms_median": ticks[len(ticks) // 2] * 1e3,
        "tick_ms_p99": ticks[int(len(ticks) * 0.99)] * 1e3,
        "tick_ms_max": ticks[-1] * 1e3,
        "state_kb": size / 1e3,
    }
    figures.update({f"speed.{key}": value for key, value in row.items()})
    print("60 sensors, a year: " + "  ".join(f"{key} {value:.2f}" for key, value in row.items()))
