"""Worn or not, charged or not, gaps: what is told, when, and how often."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from robot_runtime.events import EventLog
from robot_runtime.fall import FallDetector
from robot_runtime.movement import CHARGE, WEAR, Movement
from robot_runtime.radio.wearable import Pulse, Sample
from robot_runtime.radio.worn import NO_SKIN_AFTER_S, TAKEN_OFF_AFTER_S, WornWatch
from robot_runtime.reminders import Reminders

if TYPE_CHECKING:
    from pathlib import Path

NOON, NIGHT = datetime(2026, 11, 25, 12, 0), datetime(2026, 11, 25, 23, 0)  # noqa: DTZ001 - local time
NEXT_NOON = datetime(2026, 11, 26, 12, 0)  # noqa: DTZ001


def on_a_table(watch: WornWatch, seconds: float, begin: float = 0.0) -> float:
    rng = np.random.default_rng(1)
    for index, noise in enumerate(rng.normal(0, 0.003, (int(seconds * 2), 3)).tolist()):
        watch.sample(begin + index / 2, (noise[0], noise[1], 1 + noise[2]))
    return begin + seconds


def test_a_table_is_not_a_wrist() -> None:
    watch = WornWatch()
    end = on_a_table(watch, TAKEN_OFF_AFTER_S + 30)
    assert not watch.worn
    watch.sample(end, (0.3, 0.2, 0.9))
    assert watch.worn


def test_a_sleeper_who_turns_once_an_hour_wears_it() -> None:
    watch = WornWatch()
    end = 0.0
    for _ in range(8):
        end = on_a_table(watch, 3600, end)
        watch.sample(end, (0.5, 0.5, 0.7))
        assert watch.worn


def test_sensor_that_feels_no_skin_for_long_is_not_worn() -> None:
    watch = WornWatch()
    for second in range(int(NO_SKIN_AFTER_S) + 20):
        watch.sample(second, (0.3 * (second % 2), 0.0, 1.0))
        watch.pulse(second, None)
        assert watch.worn
    begin = NO_SKIN_AFTER_S + 20
    for second in range(int(NO_SKIN_AFTER_S) + 20):
        watch.sample(begin + second, (0.3 * (second % 2), 0.0, 1.0))
        watch.pulse(begin + second, contact=False)
    assert not watch.worn
    watch.pulse(begin + 2 * NO_SKIN_AFTER_S, contact=True)
    assert watch.worn


def test_what_can_wait_is_said_once_and_at_a_decent_hour() -> None:
    reminders = Reminders()
    reminders.want("wear")
    assert reminders.due(NIGHT) == []
    assert reminders.due(NOON) == ["wear"]
    reminders.want("wear")
    assert reminders.due(NOON) == []
    reminders.want("wear")
    reminders.want("charge")
    reminders.settle("wear")
    assert reminders.due(NEXT_NOON) == ["charge"]


class Told:
    def __init__(self, folder: Path, resident: str | None = None) -> None:
        self.signs: list[tuple[str, dict[str, Any]]] = []
        self.reminders = Reminders()
        self.events = folder / "events"
        self.movement = Movement(
            FallDetector(50.0, "wrist"),
            EventLog(self.events),
            lambda kind, data: self.signs.append((kind, data)),
            self.reminders,
            resident,
        )


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_low_battery_is_sent_at_once_and_said_by_day(told: Told) -> None:
    for percent in (80, 15, 14, 16, 12):
        told.movement.on_battery(percent)
    assert [data["state"] for _, data in told.signs] == ["battery_low"]
    assert told.reminders.due(NIGHT) == []
    assert told.reminders.due(NOON) == [CHARGE]


def test_charged_in_time_nothing_is_said(told: Told) -> None:
    told.movement.on_battery(10)
    told.movement.on_battery(60)
    assert told.reminders.due(NOON) == []


def test_watch_left_on_the_table_is_asked_for_once(told: Told) -> None:
    still = [Sample(index / 2, (0.0, 0.0, 1.0)) for index in range(int(2 * TAKEN_OFF_AFTER_S) + 60)]
    told.movement.on_samples(still)
    assert not told.movement.worn
    assert [data["state"] for _, data in told.signs] == ["not_worn"]
    assert told.reminders.due(NOON) == [WEAR]
    told.movement.on_samples([Sample(TAKEN_OFF_AFTER_S + 90 + each, (each, 0.5, 0.5)) for each in (0.0, 0.5)])
    assert told.movement.worn
    assert '"wearable_worn", "worn": false' in told.events.read_text()
    assert [data["state"] for _, data in told.signs] == ["not_worn", "worn"]


def test_watch_on_the_table_is_not_worn_only_because_its_link_dropped(told: Told) -> None:
    told.movement.on_state("online")
    still = [Sample(index / 2, (0.0, 0.0, 1.0)) for index in range(int(2 * TAKEN_OFF_AFTER_S) + 60)]
    told.movement.on_samples(still)
    told.movement.on_state("offline")
    told.movement.on_state("online")
    later = TAKEN_OFF_AFTER_S + 300
    told.movement.on_samples([Sample(later + index / 2, (0.0, 0.0, 1.0)) for index in range(60)])
    states = [data["state"] for _, data in told.signs]
    assert states == ["online", "not_worn", "offline", "online"]
    told.movement.on_samples([Sample(later + 40 + each, (each, 0.5, 0.5)) for each in (0.0, 0.5)])
    assert told.signs[-1][1]["state"] == "worn"


def test_gap_is_an_event_and_whose_it_is_goes_with_the_sign(tmp_path: Path) -> None:
    told = Told(tmp_path, "어머니")
    told.movement.on_samples([Sample(0.0, (0.0, 0.0, 1.0)), Sample(7.5, (0.0, 0.0, 1.0))])
    told.movement.on_state("online")
    assert '"wearable_gap", "seconds": 7.5, "resident": "어머니"' in told.events.read_text()
    assert told.signs[0][1]["resident"] == "어머니"


def test_pulse_is_kept_while_the_link_holds(told: Told) -> None:
    told.movement.on_state("online")
    told.movement.on_pulse(Pulse(72, None))
    assert told.movement.pulse == Pulse(72, None)
    told.movement.on_state("offline")
    assert told.movement.pulse is None
