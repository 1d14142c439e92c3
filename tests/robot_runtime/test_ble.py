"""The real bleak against a Bluetooth daemon and wearables that behave."""

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

import pytest

from robot_runtime.radio.ble import BleWearable
from robot_runtime.radio.drivers import DRIVERS, polar
from robot_runtime.radio.finder import Finder
from robot_runtime.radio.wearable import Pulse
from tests.robot_runtime.fake_bluez import Air, air
from tests.robot_runtime.fake_wearables import Bangle, PineTime, Polar
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from robot_runtime.radio.wearable import Sample

type Begin = Callable[..., Sink]


class Sink:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.states: list[str] = []
        self.pulses: list[Pulse] = []
        self.steps: list[tuple[str, str]] = []
        self.battery = -1

    def on_samples(self, samples: list[Sample]) -> None:
        self.samples += samples

    def on_state(self, state: str) -> None:
        if self.states[-1:] != [state]:
            self.states.append(state)

    def on_battery(self, percent: int) -> None:
        self.battery = percent

    def on_pulse(self, pulse: Pulse) -> None:
        self.pulses.append(pulse)


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Air]:
    async with air(tmp_path) as made:
        yield made


@pytest.fixture
async def begin(sky: Air, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """Starts wearables that share one radio, and try again soon; stops them at the end."""
    monkeypatch.setattr("robot_runtime.radio.ble.RETRY_S", 0.1)
    finder, tasks = Finder(), list[asyncio.Task[None]]()

    def start(address: str, driver: str, rate_hz: float) -> Sink:
        sink = Sink()
        wearable = BleWearable(
            address, DRIVERS[driver], rate_hz, lambda *step: sink.steps.append(step), finder
        )
        tasks.append(asyncio.create_task(wearable.run(sink)))
        return sink

    yield start
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert not sky.scanning


def plain_frame(time_ns: int, triples: list[tuple[int, int, int]]) -> bytes:
    body = b"".join(struct.pack("<3h", *each) for each in triples)
    return struct.pack("<BQB", 2, time_ns, 0x01) + body


async def test_watch_is_found_streams_and_comes_back_after_a_drop(sky: Air, begin: Begin) -> None:
    watch = PineTime(sky)
    sink = begin(watch.address, "infinitime", 12.0)
    await until(lambda: len(sink.samples) >= 20, lambda: watch.move(0.0, 0.25, 1.0))
    assert sink.samples[-1].accel_g == (0.0, 0.25, 1.0)
    assert sink.states == ["online"]
    await until(lambda: sink.battery == 81)
    watch.device.leave()
    await until(lambda: sink.states == ["online", "offline"])
    watch.device.in_range = True
    before = len(sink.samples)
    await until(lambda: len(sink.samples) > before + 5, lambda: watch.move(1.0, 0.0, 0.0))
    assert sink.states == ["online", "offline", "online"]
    assert sink.steps[0] == ("connected", "PineTime (InfiniTime), Pine64, PineTime, 1.14.0")
    assert sink.steps[1][0] == "dropped"
    assert watch.device.connections == 2
    times = [each.t_s for each in sink.samples]
    assert times == sorted(times)


async def test_watch_out_of_range_is_waited_for(
    sky: Air, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.SCAN_S", 0.5)
    watch = PineTime(sky)
    watch.device.in_range = False
    sink = begin(watch.address, "infinitime", 12.0)
    await until(lambda: [step for step, _ in sink.steps] == ["unreachable"])
    watch.device.in_range = True
    await until(lambda: len(sink.samples) > 3, lambda: watch.move(0.0, 0.0, 1.0))


async def test_fault_in_the_radios_own_program_ends_nothing(
    sky: Air, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.REFUSED_S", 0.1)
    find, faults = Finder.find, [KeyError("/org/bluez/hci0/dev_C0_FF_EE")]

    async def faulty(self: Finder, address: str, seconds: float) -> object:
        if faults:
            raise faults.pop()
        return await find(self, address, seconds)

    monkeypatch.setattr(Finder, "find", faulty)
    watch = PineTime(sky)
    sink = begin(watch.address, "infinitime", 12.0)
    await until(lambda: len(sink.samples) > 3, lambda: watch.move(0.0, 0.0, 1.0))
    assert sink.steps[0] == ("unreachable", "KeyError('/org/bluez/hci0/dev_C0_FF_EE')")


async def test_stream_that_falls_silent_is_begun_anew(
    sky: Air, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.SILENT_STREAM_S", 0.5)
    watch = PineTime(sky)
    sink = begin(watch.address, "infinitime", 12.0)
    await until(lambda: len(sink.samples) > 3, lambda: watch.move(0.0, 0.0, 1.0))
    await until(lambda: sink.states == ["online", "offline"])
    await until(lambda: watch.device.connections == 2)


async def test_polar_streams_after_its_start_command_and_a_broken_frame_stops_nothing(
    sky: Air, begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    sensor = Polar(sky, name="Polar H10 0A1B2C3D")
    sink = begin(sensor.address, "polar_h10", 50.0)
    await until(lambda: sensor.streams)
    assert sensor.device.written == [
        (polar.CONTROL_POINT, bytes.fromhex(each)) for each in ("0102", "0202000132000101100002010800")
    ]
    for broken in (b"\x02\x00", b"", b"\x02" + bytes(9), plain_frame(1, [(32767, 32767, 32767)])):
        sensor.frame(broken)
    frame = plain_frame(10**9, [(0, 0, 1000), (100, -200, 3000)])
    await until(lambda: len(sink.samples) >= 2, lambda: sensor.frame(frame))
    assert [each.accel_g for each in sink.samples[:2]] == [(0.0, 0.0, 1.0), (0.1, -0.2, 3.0)]
    assert "a frame is left out" in caplog.text


async def test_verity_sense_is_read_as_its_maker_specifies(sky: Air, begin: Begin) -> None:
    sensor = Polar(sky)
    sink = begin(sensor.address, "polar", 52.0)
    await until(lambda: sensor.streams)
    assert sensor.device.written[-1][1] == bytes.fromhex("0202000134000101100002010800040103")
    frame = bytes.fromhex("02 646C76C43CC67F07 80 D0FF 6501 E40F 08 02 FC07FF 0C13F2")
    await until(lambda: len(sink.samples) >= 3, lambda: sensor.frame(frame))
    counts = [[round(axis / 0.000244) for axis in each.accel_g] for each in sink.samples[:3]]
    assert counts == [[-48, 357, 4068], [-52, 364, 4067], [-40, 383, 4053]]
    assert sink.samples[0].accel_g[2] == pytest.approx(0.9926, abs=1e-4)


async def test_rate_that_the_sensor_does_not_have_is_told_with_those_it_has(sky: Air, begin: Begin) -> None:
    sensor = Polar(sky)
    sink = begin(sensor.address, "polar_h10", 100.0)
    await until(lambda: any("it measures 52 times a second" in reason for _, reason in sink.steps))
    assert not sensor.streams


async def test_heart_rate_and_battery_come_with_the_stream(sky: Air, begin: Begin) -> None:
    sensor = Polar(sky, name="Polar H10 0A1B2C3D")
    sink = begin(sensor.address, "polar_h10", 50.0)
    await until(lambda: len(sink.pulses) >= 2, lambda: sensor.beat(bytes((0x06, 71))))
    await until(lambda: sink.battery == 64)
    assert sink.pulses[0] == Pulse(71, contact=True)
    sensor.beat(b"\x01")
    await until(lambda: len(sink.pulses) >= 3, lambda: sensor.beat(bytes((0x04, 0))))
    assert sink.pulses[-1].contact is False


async def test_skin_contact_of_a_verity_sense_is_not_believed(sky: Air, begin: Begin) -> None:
    sensor = Polar(sky)
    sink = begin(sensor.address, "polar", 52.0)
    await until(lambda: len(sink.pulses) >= 1, lambda: sensor.beat(bytes((0x06, 71))))
    assert sink.pulses[0] == Pulse(71, contact=None)


async def test_refusal_is_told_once_and_tried_again(
    sky: Air, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.REFUSED_S", 0.2)
    sensor = Polar(sky)
    sensor.charging = True
    sink = begin(sensor.address, "polar", 52.0)
    await until(lambda: sensor.device.connections >= 3)
    assert sink.steps == [("unreachable", "the sensor refuses to stream: it is charging")]
    sensor.charging = False
    frame = plain_frame(10**9, [(0, 0, 1000)])
    await until(lambda: len(sink.samples) >= 2, lambda: sensor.frame(frame))


async def test_bangle_runs_its_program_and_its_lines_are_put_together(sky: Air, begin: Begin) -> None:
    watch = Bangle(sky)
    sink = begin(watch.address, "bangle", 50.0)
    await until(lambda: watch.runs)
    assert all(len(piece) <= 20 for _, piece in watch.device.written)
    clock = iter(range(5000, 10**9, 20))
    await until(lambda: len(sink.samples) >= 50, lambda: watch.move(next(clock), -120, 40, 980))
    assert {each.accel_g for each in sink.samples} == {(-0.12, 0.04, 0.98)}
    assert sink.battery == 77
    times = [each.t_s for each in sink.samples]
    assert times == sorted(times)


async def test_two_residents_wear_one_each_and_one_that_leaves_does_not_hold_up_the_other(
    sky: Air, begin: Begin
) -> None:
    mother, father = PineTime(sky), Polar(sky)
    father.device.in_range = False
    hers, his = begin(mother.address, "infinitime", 12.0), begin(father.address, "polar", 52.0)
    await until(lambda: len(hers.samples) > 5, lambda: mother.move(0.0, 0.0, 1.0))
    mother.device.leave()
    await until(lambda: hers.states == ["online", "offline"])
    mother.device.in_range = True
    await until(lambda: hers.states[-1] == "online", lambda: mother.move(0.0, 0.0, 1.0))
    father.device.in_range = True
    frame = plain_frame(10**9, [(0, 0, 1000)])
    await until(lambda: len(his.samples) > 5, lambda: father.frame(frame))


async def test_wearable_at_the_edge_of_its_range_does_not_keep_another_from_coming_back(
    sky: Air, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_runtime.radio.ble.AGAIN_S", 0.2)
    near, edge = PineTime(sky), PineTime(sky, "C0:FF:EE:00:11:33")
    mine, far = begin(near.address, "infinitime", 12.0), begin(edge.address, "infinitime", 12.0)
    await until(lambda: len(mine.samples) > 3 and len(far.samples) > 3, lambda: _both(near, edge))
    edge.device.hangs = True
    edge.device.leave()
    edge.device.in_range = True
    await until(lambda: edge.device.connections >= 2)
    near.device.leave()
    near.device.in_range = True
    before = len(mine.samples)
    await until(lambda: len(mine.samples) > before, lambda: near.move(0.0, 0.0, 1.0))
    await until(lambda: edge.device.connections >= 3)


def _both(*watches: PineTime) -> None:
    for each in watches:
        each.move(0.0, 0.0, 1.0)
