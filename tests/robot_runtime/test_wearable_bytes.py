"""Bytes from the air: read as they were meant, or left out with a reason; clocks of sensors."""

import contextlib
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.radio import standard
from robot_runtime.radio.clock import SensorClock
from robot_runtime.radio.complaints import Complaints
from robot_runtime.radio.driver import FrameError, RefusedError
from robot_runtime.radio.drivers import DRIVERS, bangle, for_name, infinitime, polar
from robot_runtime.radio.wearable import Battery, Pulse, Sample
from tests.robot_runtime.test_ble import plain_frame


def packed_frame(time_ns: int, triples: list[tuple[int, int, int]], bits: int, kind: int = 0x81) -> bytes:
    packed = 0
    values = [
        after[axis] - before[axis] for before, after in itertools.pairwise(triples) for axis in range(3)
    ]
    for place, value in enumerate(values):
        packed |= (value & ((1 << bits) - 1)) << (place * bits)
    count = len(triples) - 1
    body = struct.pack("<3h", *triples[0]) + bytes((bits, count))
    head = struct.pack("<BQB", 2, time_ns, kind)
    return head + body + packed.to_bytes((bits * count * 3 + 7) // 8, "little")


def samples(readings: list[object]) -> list[Sample]:
    return [each for each in readings if isinstance(each, Sample)]


@given(st.lists(st.tuples(*[st.integers(-4000, 4000)] * 3), min_size=1, max_size=40))
def test_polar_frames_are_read_as_they_were_written(triples: list[tuple[int, int, int]]) -> None:
    wide = b"".join(value.to_bytes(3, "little", signed=True) for each in triples for value in each)
    for frame, g_a_count in (
        (plain_frame(5 * 10**9, triples), 0.001),
        (struct.pack("<BQB", 2, 5 * 10**9, 0x02) + wide, 0.001),
        (packed_frame(5 * 10**9, triples, 14), 0.001),
        (packed_frame(5 * 10**9, triples, 14, kind=0x80), 8 / 32768),
    ):
        read = samples([*polar.SENSE.session(52.0).decode(frame, 100.0)])
        assert [tuple(round(axis / g_a_count) for axis in each.accel_g) for each in read] == triples
        assert read[-1].t_s == pytest.approx(100.0)
        if len(read) > 1:
            assert read[1].t_s - read[0].t_s == pytest.approx(1 / 52)


def test_polar_keeps_the_sensors_clock_between_frames() -> None:
    decode = polar.H10.session(50.0).decode
    decode(plain_frame(10 * 10**9, [(0, 0, 1000)]), 100.0)
    late = samples([*decode(plain_frame(12 * 10**9, [(0, 0, 1000)]), 102.7)])
    assert late[0].t_s == pytest.approx(102.0, abs=0.01)


def test_polar_takes_the_true_rate_from_the_frames() -> None:
    decode = polar.SENSE.session(52.0).decode
    decode(plain_frame(10**9, [(0, 0, 1000)] * 10), 100.0)
    read = samples([*decode(plain_frame(1_200_000_000, [(0, 0, 1000)] * 10), 100.2)])
    assert read[1].t_s - read[0].t_s == pytest.approx(0.02)


def test_polar_control_point_is_understood_and_refusals_are_named_as_specified() -> None:
    session = polar.SENSE.session(52.0)
    assert session.answered(bytes((0xF0, 2, 2, 0, 0))) == session.answered(b"\x0f") == ()
    assert session.answered(bytes((0xF0, 2, 2, 6, 0))) == ()
    for status, words in ((5, "does not know the setting"), (8, "this rate"), (13, "charging"), (99, "99")):
        with pytest.raises(RefusedError, match=words):
            session.answered(bytes((0xF0, 2, 2, status, 0)))
    # An OH1 counts 50 where a Verity Sense counts 52.
    ((_, start),) = session.answered(bytes.fromhex("F0 01 02 00 00 00 01 32 00 01 01 10 00 02 01 08 00"))
    assert start == bytes.fromhex("02 02 00 01 32 00 01 01 10 00 02 01 08 00")


@given(st.binary(max_size=60))
def test_polar_answers_of_any_kind_are_taken_or_refused(answer: bytes) -> None:
    session = polar.SENSE.session(52.0)
    for each in (answer, bytes((0xF0, 1, 2, 0, 0)) + answer, bytes((0xF0, 2, 2, 0, 0)) + answer):
        with contextlib.suppress(RefusedError):
            session.answered(each)
    with contextlib.suppress(FrameError):
        for each_sample in samples([*session.decode(packed_frame(1, [(1, 2, 3)] * 3, 8, kind=0x80), 1.0)]):
            assert all(abs(axis) < 40 for axis in each_sample.accel_g)


@given(st.binary(max_size=250), st.sampled_from(sorted(DRIVERS)))
def test_bytes_of_any_kind_are_readings_or_a_frame_error(data: bytes, driver: str) -> None:
    session = DRIVERS[driver].session(DRIVERS[driver].rate_hz)
    for frame in (
        data,
        b"\x02" + bytes(8) + b"\x81" + data,
        b"\x02" + bytes(8) + b"\x80" + data,
        b"\x02" + bytes(8) + b"\x02" + data,
        b"\x02" + bytes(8) + b"\x01" + data,
        b"A," + data,
    ):
        with contextlib.suppress(FrameError):
            for each in session.decode(frame, 1.0):
                if isinstance(each, Sample):
                    assert all(abs(axis) < 40 for axis in each.accel_g)
                    assert each.t_s < 2


@given(st.lists(st.text("AB,-0123456789naif.\r\n>", max_size=60), max_size=8))
def test_bangle_survives_any_text_and_reads_the_next_good_line(pieces: list[str]) -> None:
    decode = bangle.decoder(50.0)
    for piece in pieces:
        with contextlib.suppress(FrameError):
            decode(piece.encode(), 1.0)
    with contextlib.suppress(FrameError):
        decode(b"\n", 1.0)
    assert samples([*decode(b"A,5,0,0,1000\n", 1.0)])[-1].accel_g == (0.0, 0.0, 1.0)


def test_bangle_lines_are_cut_anywhere_and_a_broken_one_hides_no_good_one() -> None:
    decode = bangle.decoder(50.0)
    read = decode(b"A,100,0,0,1000\r\nA,12", 1.0) + decode(b"0,5,x,1\r\n\x13A,140,1,2,3\x11\r\nB,50\r\n", 1.1)
    assert [each.accel_g for each in samples([*read])] == [(0.0, 0.0, 1.0), (0.001, 0.002, 0.003)]
    assert Battery(50) in read
    with pytest.raises(FrameError, match="can't be"):
        decode(b"A,140,99999,2,3\r\nB,101\r\n", 1.2)
    with pytest.raises(FrameError, match="more than 200"):
        decode(b"A" * 300, 1.3)


def test_standard_services_are_read() -> None:
    assert standard.pulse(bytes((0x00, 60))) == Pulse(60, None)
    assert standard.pulse(bytes((0x07, 0x2C, 0x01, 9, 9))) == Pulse(300, contact=True)
    assert standard.battery(b"\x63") == Battery(99)
    assert standard.text(b"Polar\0") == "Polar"
    for broken in (b"", b"\x01\x01", b"\x01\xff\xff"):
        with pytest.raises(FrameError):
            standard.pulse(broken)
    with pytest.raises(FrameError, match="up to 100"):
        standard.battery(b"\xff")


def test_rate_that_a_sensor_does_not_know_is_named() -> None:
    with pytest.raises(ValueError, match="25, 50, 100, 200"):
        polar.H10.session(33.0)
    with pytest.raises(ValueError, match=r"12\.5, 25, 50, 100"):
        bangle.start(33.0)


def test_devices_are_known_by_the_name_they_call_out() -> None:
    names = ("Polar Sense 0A1B2C3D", "Polar H10 12345678", "InfiniTime", "Bangle.js 1a2b", "TV")
    assert [driver and driver.name for driver in map(for_name, names)] == [
        "polar", "polar_h10", "infinitime", "bangle", None,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 3)), max_size=60))
def test_time_of_a_stream_never_steps_back_nor_runs_ahead(frames: list[tuple[float, float]]) -> None:
    clock, arrived, last = SensorClock(), 0.0, float("-inf")
    for sensor_s, later in frames:
        arrived += later
        placed = clock.forward(clock.place(sensor_s, arrived))
        assert placed >= last
        assert placed <= arrived + 1e-6
        last = placed


def test_drift_of_a_day_is_followed_and_lateness_is_not() -> None:
    clock = SensorClock()
    for second in range(86_400):
        arrived = second * 1.0001
        placed = clock.place(second, arrived + (0.8 if second % 7 == 0 else 0.0))
        if second > 60:
            assert abs(placed - arrived) < 0.1


def test_a_flood_of_broken_frames_is_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    import logging  # noqa: PLC0415 - the logger is all that is needed of it

    complaints = Complaints(logging.getLogger("air"), "Wearable")
    for number in range(6100):
        complaints.add("broken", number / 100)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["Wearable: broken", "Wearable: broken (5999 more since the last line)"]


def test_infinitime_frames_have_six_bytes() -> None:
    with pytest.raises(FrameError, match="6 bytes, not 5"):
        infinitime.decoder(12.0)(bytes(5), 0.0)
