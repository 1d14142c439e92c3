# ruff: noqa: ANN001, ANN201, FBT002 - the tests' own objects; a home's own wall clock
"""Simulated and recorded homes for the routine's tests."""

import copy
import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "script"))

from benches import routine_homes, routine_simulated
from benches.routine_replay import is_out, minutes

from custom_components.seogu_care.care import make_detector

MINUTE = timedelta(minutes=1)


class Life:
    """A home and a detector that has lived in it; each test takes its own copy."""

    def __init__(self, home, detector, until) -> None:
        self.home, self.detector, self.until = home, detector, until

    def silent(self, hours, *, answers=()):
        """Nothing more is heard: what is said, and when; questions number `answers` are answered."""
        said, asked = [], 0
        for minute in range(1, int(hours * 60) + 1):
            verdict = self.detector.tick(self.until + minute * MINUTE)
            if verdict is None:
                continue
            said.append((minute, verdict))
            if verdict == "check":
                if asked in answers:
                    self.detector.answered(self.until + minute * MINUTE + MINUTE / 2)
                asked += 1
        return said


def live(home, until, answer=True):
    """Live in a home up to a time, answering every question."""
    detector = make_detector(home.sensors)
    for at, signs in minutes(home):
        if at > until:
            break
        for sign in signs:
            detector.observe(*sign)
        if detector.tick(at) and answer:
            detector.answered(at)
    return Life(home, detector, until)


@pytest.fixture(scope="session")
def known_home():
    """A simulated home after four weeks, in the morning, right after a sign in the living room."""
    home = routine_simulated.simulate(401, 30)
    ten = routine_simulated.START + timedelta(days=28, hours=10)
    sign = next(
        t
        for t, sensor, active in home.events
        if t >= ten and active and sensor == "motion_living" and t.second < 45 and not is_out(home, t)
    )
    return live(home, sign.replace(second=0, microsecond=0) + MINUTE)


@pytest.fixture
def life(known_home):
    """A copy of the known home, for one test."""
    return Life(known_home.home, copy.deepcopy(known_home.detector), known_home.until)


@pytest.fixture(scope="session")
def recorded():
    """The recorded homes, where they are on this machine."""
    if not routine_homes.available():
        pytest.skip("skipped: no real data")
    return routine_homes
