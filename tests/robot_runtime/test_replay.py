"""Recordings through the same path as a wearable."""

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from robot_runtime.errors import WearableError
from robot_runtime.events import EventLog
from robot_runtime.fall import FallDetector
from robot_runtime.movement import Movement
from robot_runtime.radio.replay import Replay, read_csv
from robot_runtime.radio.wearable import Sample
from script.rig import falls
from tests.robot_runtime.rig import ROOT, until

if TYPE_CHECKING:
    from pathlib import Path


class Sink:
    """Keeps what arrives, and when."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, Sample]] = []
        self.states: list[str] = []
        self.battery = -1

    def on_samples(self, samples: list[Sample]) -> None:
        now = time.monotonic()
        self.samples += [(now, each) for each in samples]

    def on_state(self, state: str) -> None:
        self.states.append(state)

    def on_battery(self, percent: int) -> None:
        self.battery = percent


async def test_recording_is_claimed_and_delivered_at_its_real_times(tmp_path: Path) -> None:
    sink = Sink()
    steps: list[str] = []
    played = asyncio.Event()

    def on_played(_: str, step: str) -> None:
        steps.append(step)
        if step == "played":
            played.set()

    task = asyncio.create_task(Replay(tmp_path, 50.0, on_played).run(sink))
    rows = [falls.Row(100.0 + index / 50, 0.0, 0.7, 5.0) for index in range(60)]
    falls.play(rows, tmp_path)
    async with asyncio.timeout(10):
        await played.wait()
    await until(lambda: any(each.accel_g[2] < 4 and each.t_s > 1.5 for _, each in sink.samples))
    task.cancel()
    assert steps == ["playing", "played"]
    assert _names(tmp_path) == ["fall.played"]
    ours = [(at, each) for at, each in sink.samples if each.accel_g == (0.0, 0.7, 5.0)]
    assert len(ours) == 60
    assert ours[-1][1].t_s - ours[0][1].t_s == pytest.approx(59 / 50)
    assert ours[-1][0] - ours[0][0] == pytest.approx(59 / 50, abs=0.3)
    stream = [each.t_s for _, each in sink.samples]
    assert stream == sorted(stream)
    resting = sink.samples[-1][1].accel_g
    assert resting[2] == pytest.approx(5.0 / (0.7**2 + 5**2) ** 0.5, abs=0.06)
    assert (sink.states, sink.battery) == (["online"], 90)


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "first line"),
        ("a,b\n1,2\n", "first line"),
        ("t_s,ax_g,ay_g,az_g\n", "no samples"),
        ("t_s,ax_g,ay_g,az_g\n0,0,0\n", "line 2 must hold 4"),
        ("t_s,ax_g,ay_g,az_g\n0,0,0,nan\n", "line 2 must hold 4"),
        ("t_s,ax_g,ay_g,az_g\n0,0,0,1\n1,0,x,1\n", "line 3"),
    ],
)
def test_recording_that_cannot_be_read_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text)
    with pytest.raises(WearableError, match=says):
        read_csv(file)


async def test_broken_recording_is_set_aside_and_the_stream_goes_on(tmp_path: Path) -> None:
    sink = Sink()
    (tmp_path / "bad.csv").write_text("nonsense")
    task = asyncio.create_task(Replay(tmp_path, 50.0, lambda *_: None).run(sink))
    await until(lambda: (tmp_path / "bad.broken").exists() and len(sink.samples) >= 50)
    assert not task.done()
    task.cancel()


def test_recorded_fall_is_noticed_through_the_sink() -> None:
    rows = falls.recorded_fall(ROOT)
    if rows is None:
        pytest.skip("skipped: no real data")
    signs: list[str] = []
    movement = Movement(FallDetector(50.0, "wrist"), EventLog(None), lambda kind, _: signs.append(kind))
    resting = [Sample(index / 50, (0.0, 0.1, 0.95)) for index in range(250)]
    movement.on_samples(resting)
    movement.on_samples([Sample(5 + row.t_s, (row.ax_g, row.ay_g, row.az_g)) for row in rows])
    last = rows[-1]
    movement.on_samples(
        [Sample(5 + last.t_s + index / 50, (last.ax_g, last.ay_g, last.az_g)) for index in range(1, 400)]
    )
    assert "fall" in signs


def test_wearable_tells_changes_and_a_low_battery_once() -> None:
    told: list[tuple[str, int | None]] = []
    movement = Movement(
        FallDetector(50.0, "wrist"),
        EventLog(None),
        lambda _, data: told.append((data["state"], data["battery"])),
    )
    for state in ("online", "online", "offline", "online"):
        movement.on_state(state)
    for percent in (80, 15, 14, 16, 14, 40, 12):
        movement.on_battery(percent)
    assert told == [
        ("online", None),
        ("offline", None),
        ("online", None),
        ("battery_low", 15),
        ("battery_low", 12),
    ]
