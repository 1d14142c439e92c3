"""What a stream from a real wearable does to the detector: rates, bursts, broken samples, gaps, days."""

from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest

from robot_runtime.fall import FallDetector, FallEvent
from robot_runtime.fall.history import KEEP_S

if TYPE_CHECKING:
    from collections.abc import Iterator

type Sample = tuple[float, tuple[float, float, float]]


def fall(rate: float, seed: int = 1, lying_s: float = 8.0) -> list[Sample]:
    """Standing, dropping, a hard hit with its bounce, then lying still on the side."""
    rng = np.random.default_rng(seed)
    # seconds, vector (g), restlessness (g)
    parts = [
        (4.0, (0.1, -0.95, 0.2), 0.05),
        (0.45, (0.1, -0.35, 0.2), 0.1),
        (0.08, (3.2, -2.5, 2.8), 0.1),
        (0.12, (-1.0, 0.8, 1.6), 0.3),
        (0.08, (1.9, 0.8, 1.4), 0.2),
        (0.5, (0.4, 0.2, 0.9), 0.12),
        (lying_s, (0.3, 0.15, 0.94), 0.008),
    ]
    edges = np.cumsum([0.0] + [part[0] for part in parts])
    samples = []
    for i in range(int(edges[-1] * rate)):
        t = i / rate
        part = parts[int(np.searchsorted(edges, t, "right")) - 1]
        x, y, z = np.array(part[1]) + rng.normal(0, part[2], 3)
        samples.append((t, (float(x), float(y), float(z))))
    return samples


def walk(rate: float, seconds: float, start: float = 0.0, seed: int = 2) -> Iterator[Sample]:
    rng = np.random.default_rng(seed)
    for i in range(int(seconds * rate)):
        t = i / rate
        swing = np.array([0.35 * np.sin(5.9 * t), -1 + 0.3 * np.sin(11.8 * t), 0.2]) + rng.normal(0, 0.05, 3)
        yield start + t, (float(swing[0]), float(swing[1]), float(swing[2]))


def events(
    samples: list[Sample] | Iterator[Sample], rate: float, placement: str = "wrist"
) -> list[FallEvent]:
    detector = FallDetector(rate, placement)
    return [event for t, accel in samples if (event := detector.update(t, accel, None)) is not None]


@pytest.mark.parametrize("placement", ["wrist", "waist"])
@pytest.mark.parametrize("rate", [12.5, 20.0, 25.0, 50.0, 104.0, 200.0])
def test_hard_fall_is_found_at_every_rate(rate: float, placement: str) -> None:
    found = events(fall(rate), rate, placement)
    assert found
    assert abs(found[0].time_s - 4.5) < 0.5
    assert {measure.name: measure.unit for measure in found[0].evidence} == {
        "free_fall": "s",
        "impact": "g",
        "tilt_change": "°",
        "stillness": "s",
    }


def test_a_fall_gives_one_suspicion_and_at_most_one_alarm() -> None:
    kinds = [event.kind for event in events(fall(50), 50)]
    assert kinds.count("suspected") <= 1
    assert kinds.count("certain") <= 1


def test_no_event_depends_on_what_comes_later() -> None:
    samples = fall(50)
    whole = events(samples, 50)
    for cut in range(200, len(samples), 25):
        until = samples[cut - 1][0]
        seen = events(samples[:cut], 50)
        assert seen == whole[: len(seen)]
        assert all(event.time_s <= until for event in seen)


def test_orientation_of_the_sensor_does_not_matter() -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    turned = [(t, tuple((turn @ np.array(accel)).tolist())) for t, accel in fall(50)]
    straight = events(fall(50), 50)
    assert [(e.kind, e.time_s) for e in events(turned, 50)] == [(e.kind, e.time_s) for e in straight]


def test_walking_for_an_hour_raises_nothing() -> None:
    assert events(walk(25, 3600), 25) == []


@pytest.mark.parametrize(
    "bad",
    [(nan, 0.0, 1.0), (inf, 0.0, 0.0), (0.0, 0.0, 0.0), (1e9, 0.0, 0.0), (90.0, 90.0, 90.0)],
    ids=["nan", "infinite", "all zero", "absurd", "beyond range"],
)
def test_broken_samples_raise_nothing_and_hide_nothing(bad: tuple[float, float, float]) -> None:
    quiet = [(i / 50, bad if i % 7 == 0 else (0.0, 0.0, 1.0)) for i in range(1500)]
    assert events(quiet, 50) == []
    mixed = [(t, bad if i % 9 == 0 else accel) for i, (t, accel) in enumerate(fall(50, lying_s=8))]
    assert events(mixed, 50)


def test_broken_times_are_skipped() -> None:
    detector = FallDetector(50, "wrist")
    for t in (nan, inf, -inf):
        assert detector.update(t, (0.0, 0.0, 1.0), None) is None
    assert detector.update(1.0, (0.0, 0.0, 1.0), None) is None


def test_clock_that_steps_back_does_not_hide_a_fall() -> None:
    stepped = [(t - 3600 if t > 2 else t, accel) for t, accel in fall(50)]
    found = events(stepped, 50)
    assert found
    assert abs(found[0].time_s - (4.5 - 3600)) < 0.5


def test_clock_that_steps_back_raises_nothing_by_itself() -> None:
    samples = [(t - (t // 7) * 1.5, accel) for t, accel in walk(50, 300)]
    assert events(samples, 50) == []


def test_gap_right_after_a_hit_raises_nothing() -> None:
    hit = [sample for sample in fall(50) if sample[0] < 4.75]
    later = [(600 + i / 50, (0.3, 0.15, 0.94)) for i in range(500)]
    assert events(hit + later, 50) == []


def test_bursts_are_evened_out() -> None:
    burst = [(np.ceil(t / 0.1) * 0.1 + (i % 5) * 0.001, accel) for i, (t, accel) in enumerate(fall(50))]
    assert events(burst, 50)


@pytest.mark.parametrize("held_from", [2.0, 4.3, 4.8])
def test_samples_that_waited_seconds_and_came_at_once_are_no_gap(held_from: float) -> None:
    """The radio was away for three seconds around the fall; then the watch sent what it had kept."""
    held = [
        (held_from + 3 + i * 1e-4 if held_from <= t < held_from + 3 else t, accel)
        for i, (t, accel) in enumerate(fall(50, lying_s=10))
    ]
    held.sort(key=lambda sample: sample[0])
    found = events(held, 50)
    assert found
    assert len([event for event in found if event.kind == "suspected"]) <= 1


def test_samples_that_were_lost_are_not_made_up() -> None:
    lost = [sample for sample in fall(50, lying_s=10) if not 4.62 < sample[0] < 7.5]
    assert events(lost, 50) == []


def test_clipping_at_four_g_does_not_hide_a_hard_fall() -> None:
    clipped = [(t, tuple(max(-2.0, min(2.0, value)) for value in accel)) for t, accel in fall(50)]
    assert events(clipped, 50)


def test_memory_is_bounded() -> None:
    detector = FallDetector(50, "wrist")
    for t, accel in walk(50, 1200):
        detector.update(t, accel, None)
    history = detector._observer.history
    assert history._rows.nbytes < 40 * 8 * KEEP_S * 50 * 2
    assert len(detector._observer.finder.open) < 30


def test_a_day_of_daily_acts_raises_no_alarm_and_fills_no_memory() -> None:
    """Lying, sitting, walking, and each quarter of an hour a few knocks on the table."""
    rate, rng = 12.5, np.random.default_rng(4)
    detector, raised, longest = FallDetector(rate, "wrist"), [], 0
    quarter = int(900 * rate)
    for number in range(96):
        rest = np.array([0.1, 0.2, 0.97]) if number < 32 else np.array([0.3, -0.9, 0.3])
        accel = rest + rng.normal(0, 0.01 if number < 32 else 0.06, (quarter, 3))
        walked = int(120 * rate)
        phase = np.arange(walked) / rate
        accel[:walked, 1] += 0.4 * np.sin(11.8 * phase)
        for knock in range(3):
            accel[walked + 200 + 15 * knock] *= 2.2
        begin = number * quarter
        for i, (x, y, z) in enumerate(accel.tolist()):
            event = detector.update((begin + i) / rate, (x, y, z), None)
            if event is not None:
                raised.append(event)
        longest = max(longest, len(detector._observer.finder.open))
    assert not [event for event in raised if event.kind == "certain"]
    assert len(raised) <= 2
    assert longest < 30


def test_random_bytes_as_samples_raise_nothing() -> None:
    rng = np.random.default_rng(9)
    detector = FallDetector(50, "wrist")
    times = rng.normal(0, 100, 3000)
    for t, row in zip(times.tolist(), (rng.standard_cauchy((3000, 3)) * 30).tolist(), strict=True):
        event = detector.update(t, (row[0], row[1], row[2]), None)
        assert event is None or event.kind == "suspected"
