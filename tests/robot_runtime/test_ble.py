"""The real bleak against a Bluetooth daemon that behaves."""

import asyncio
import contextlib
import itertools
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.radio.ble import BleWearable
from robot_runtime.radio.driver import FrameError
from robot_runtime.radio.drivers import DRIVERS, infinitime, polar
from tests.robot_runtime.fake_bluez import ADDRESS, Air, air
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from robot_runtime.radio.wearable import Sample


class Sink:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.states: list[str] = []
        self.battery = -1

    def on_samples(self, samples: list[Sample]) -> None:
        self.samples += samples

    def on_state(self, state: str) -> None:
        if self.states[-1:] != [state]:
            self.states.append(state)

    def on_battery(self, percent: int) -> None:
        self.battery = percent


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Air]:
    async with air(tmp_path) as made:
        yield made


@pytest.fixture
async def sink() -> Sink:
    return Sink()


async def test_watch_is_found_streams_and_comes_back_after_a_drop(sky: Air, sink: Sink) -> None:
    steps: list[str] = []
    wearable = BleWearable(ADDRESS, DRIVERS["infinitime"], 25.0, lambda step, _: steps.append(step))
    task = asyncio.create_task(wearable.run(sink))
    await until(lambda: len(sink.samples) >= 20, lambda: sky.move(0.0, 0.25, 1.0))
    assert sink.samples[-1].accel_g == (0.0, 0.25, 1.0)
    assert sink.states == ["online"]
    await until(lambda: sink.battery == 81)
    sky.leave()
    await until(lambda: sink.states == ["online", "offline"])
    sky.in_range = True
    before = len(sink.samples)
    await until(lambda: len(sink.samples) > before + 5, lambda: sky.move(1.0, 0.0, 0.0))
    assert sink.states == ["online", "offline", "online"]
    assert steps[:2] == ["connected", "dropped"]
    assert sky.connections == 2
    times = [each.t_s for each in sink.samples]
    assert times == sorted(times)
    task.cancel()
    await asyncio.wait({task})


async def test_watch_out_of_range_is_waited_for(
    sky: Air, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.SCAN_S", 0.5)
    steps: list[str] = []
    sky.in_range = False
    wearable = BleWearable(ADDRESS, DRIVERS["infinitime"], 25.0, lambda step, _: steps.append(step))
    task = asyncio.create_task(wearable.run(sink))
    await until(lambda: steps == ["unreachable"])
    sky.in_range = True
    await until(lambda: len(sink.samples) > 3, lambda: sky.move(0.0, 0.0, 1.0))
    task.cancel()
    await asyncio.wait({task})


async def test_stream_that_falls_silent_is_begun_anew(
    sky: Air, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.SILENT_STREAM_S", 0.5)
    wearable = BleWearable(ADDRESS, DRIVERS["infinitime"], 25.0, lambda *_: None)
    task = asyncio.create_task(wearable.run(sink))
    await until(lambda: len(sink.samples) > 3, lambda: sky.move(0.0, 0.0, 1.0))
    await until(lambda: sink.states == ["online", "offline"])
    await until(lambda: sky.connections == 2)
    task.cancel()
    await asyncio.wait({task})


async def test_polar_streams_after_its_start_command_and_a_broken_frame_stops_nothing(
    sky: Air, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    wearable = BleWearable(ADDRESS, DRIVERS["polar"], 50.0, lambda *_: None)
    task = asyncio.create_task(wearable.run(sink))
    await until(lambda: sky.written)
    assert sky.written == [(polar.CONTROL_POINT, bytes.fromhex("0202000132000101100002010800"))]
    sky.polar_frame(b"\x02\x00")
    frame = _plain_frame(10**9, [(0, 0, 1000), (100, -200, 3000)])
    await until(lambda: len(sink.samples) >= 2, lambda: sky.polar_frame(frame))
    assert [each.accel_g for each in sink.samples[:2]] == [(0.0, 0.0, 1.0), (0.1, -0.2, 3.0)]
    assert "a frame is left out" in caplog.text
    task.cancel()
    await asyncio.wait({task})


def _plain_frame(time_ns: int, triples: list[tuple[int, int, int]]) -> bytes:
    return struct.pack("<BQB", 2, time_ns, polar.PLAIN_MG) + b"".join(
        struct.pack("<3h", *each) for each in triples
    )


def _packed_frame(time_ns: int, triples: list[tuple[int, int, int]], bits: int) -> bytes:
    packed = 0
    values = [
        after[axis] - before[axis] for before, after in itertools.pairwise(triples) for axis in range(3)
    ]
    for place, value in enumerate(values):
        packed |= (value & ((1 << bits) - 1)) << (place * bits)
    count = len(triples) - 1
    body = struct.pack("<3h", *triples[0]) + bytes((bits, count))
    return (
        struct.pack("<BQB", 2, time_ns, polar.PACKED_MG)
        + body
        + packed.to_bytes((bits * count * 3 + 7) // 8, "little")
    )


@given(st.lists(st.tuples(*[st.integers(-4000, 4000)] * 3), min_size=1, max_size=40))
def test_polar_frames_are_read_as_they_were_written(triples: list[tuple[int, int, int]]) -> None:
    for frame in (_plain_frame(5 * 10**9, triples), _packed_frame(5 * 10**9, triples, 14)):
        samples = polar.decoder(52.0)(frame, 100.0)
        assert [tuple(round(axis * 1000) for axis in each.accel_g) for each in samples] == triples
        assert samples[-1].t_s == pytest.approx(100.0)
        if len(samples) > 1:
            assert samples[1].t_s - samples[0].t_s == pytest.approx(1 / 52)


def test_polar_keeps_the_sensors_clock_between_frames() -> None:
    decode = polar.decoder(50.0)
    decode(_plain_frame(10 * 10**9, [(0, 0, 0)]), 100.0)
    late = decode(_plain_frame(12 * 10**9, [(0, 0, 0)]), 102.7)
    assert late[0].t_s == pytest.approx(102.0)


@given(st.binary(max_size=250))
def test_bytes_of_any_kind_are_samples_or_a_frame_error(data: bytes) -> None:
    for decoder in (polar.decoder(52.0), infinitime.decoder(25.0)):
        for frame in (data, b"\x02" + bytes(8) + b"\x81" + data, b"\x02" + bytes(8) + b"\x01" + data):
            with contextlib.suppress(FrameError):
                samples = decoder(frame, 1.0)
                assert all(abs(axis) < 600 for each in samples for axis in each.accel_g)


def test_rate_that_a_sensor_does_not_know_is_named() -> None:
    with pytest.raises(ValueError, match="25, 26, 50, 52"):
        polar.start(33.0)
    assert polar.start(52.0)[0][1].hex() == "0202000134000101100002010800040103"
