from math import nan

import pytest

from robot_runtime.fall import FallDetector, FallError, FallEvent


def stream(
    detector: FallDetector, seconds: float, accel: tuple[float, float, float], start: float
) -> list[FallEvent]:
    rate = detector.rate_hz
    times = [start + i / rate for i in range(int(seconds * rate))]
    return [event for t in times if (event := detector.update(t, accel, None)) is not None]


def test_unknown_placement_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(FallError, match="wrist, waist"):
        FallDetector(50, "ankle")


@pytest.mark.parametrize("rate", [0.0, -50.0, nan])
def test_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(FallError, match="rate_hz"):
        FallDetector(rate, "wrist")


@pytest.mark.parametrize("rate", [12.0, 50.0, 200.0])
def test_lying_still_all_night_raises_nothing(rate: float) -> None:
    detector = FallDetector(rate, "wrist")
    assert stream(detector, 60, (0.0, 0.0, 1.0), 0) == []
