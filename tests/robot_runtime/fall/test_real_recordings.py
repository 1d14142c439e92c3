"""A few recorded acts through the shipped detector: that the way from data to event holds, not how well."""

from pathlib import Path

import pytest

from robot_runtime.fall import FallDetector, FallEvent
from robot_runtime.fall.model import shipped
from robot_runtime.fall.training.choose import fits
from robot_runtime.fall.training.decided import odds_of, said
from robot_runtime.fall.training.recordings import Recording, read
from robot_runtime.fall.training.replay import replay

DATA = Path("../shared/data")
PLACEMENT = {"weda_fall": "wrist", "smartfallmm_watch": "wrist", "sisfall": "waist"}

pytestmark = pytest.mark.skipif(not (DATA / "weda_fall").is_dir(), reason="skipped: no real data")


def events(recording: Recording) -> list[FallEvent]:
    detector = FallDetector(recording.rate_hz, PLACEMENT[recording.dataset])
    rows = zip(recording.times.tolist(), recording.accel.tolist(), strict=True)
    return [event for t, (x, y, z) in rows if (event := detector.update(t, (x, y, z), None)) is not None]


@pytest.mark.parametrize("dataset", ["weda_fall", "sisfall"])
def test_most_recorded_falls_are_found_near_their_hit(dataset: str) -> None:
    falls = [one for one in read(DATA, dataset) if one.fall][::40]
    found = [any(fits(one, event.time_s) for event in events(one)) for one in falls]
    assert sum(found) >= 0.8 * len(falls)


@pytest.mark.parametrize("dataset", ["weda_fall", "smartfallmm_watch", "sisfall"])
def test_recorded_daily_acts_of_elders_raise_no_alarm_and_hardly_a_question(dataset: str) -> None:
    acts = [one for one in read(DATA, dataset) if not one.fall and one.elder][::20]
    raised = [events(one) for one in acts]
    assert not any(event.kind == "certain" for each in raised for event in each)
    assert sum(bool(each) for each in raised) <= 1


def test_decisions_on_replayed_looks_are_those_of_the_stream() -> None:
    some = read(DATA, "weda_fall")[::60]
    model = shipped("wrist")
    looks = replay(some, "as recorded", None)
    replayed = said(looks, odds_of(looks, model), model)
    for place, one in enumerate(some):
        mine = [(each.kind, round(each.hit_s, 3)) for each in replayed if each.recording == place]
        assert mine == [(each.kind, round(each.time_s, 3)) for each in events(one)]


def test_time_is_real_time_of_the_sender() -> None:
    fall = next(one for one in read(DATA, "weda_fall") if one.fall)
    late = [(t + 1e6, accel) for t, accel in zip(fall.times.tolist(), fall.accel.tolist(), strict=True)]
    detector = FallDetector(50, "wrist")
    for t, (x, y, z) in late:
        event = detector.update(t, (x, y, z), None)
        if event is not None:
            assert fits(fall, event.time_s - 1e6)
            return
    pytest.fail("no event")
