"""Finding a wearable, trying it, keeping it: by the command line and by voice."""

import asyncio
import contextlib
import struct
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime import checks, config, first_config, phrases
from robot_runtime.config import WearableConfig
from robot_runtime.errors import ConfigError, WearableError
from robot_runtime.events import EventLog
from robot_runtime.radio import paired, pairing
from robot_runtime.radio.config_text import enter, with_wearable
from robot_runtime.radio.drivers import DRIVERS
from robot_runtime.radio.finder import Finder, Found
from robot_runtime.radio.wearables import Wearables
from robot_runtime.reminders import Reminders
from robot_runtime.store import Store
from tests.robot_runtime.fake_bluez import Air, air
from tests.robot_runtime.fake_wearables import PineTime, Polar
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POLAR = WearableConfig("ble", "A0:9E:1A:00:00:01", None, "polar", "wrist", 52.0)
OTHER = WearableConfig("ble", "D1:22:33:44:55:66", None, "bangle", "waist", 50.0, '김 "복순"')


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Air]:
    async with air(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def streaming(sensor: Polar) -> AsyncIterator[None]:
    async def stream() -> None:
        for number in range(10_000):
            triples = b"".join(struct.pack("<3h", 0, 0, 1000) for _ in range(10))
            sensor.frame(struct.pack("<BQB", 2, number * 192_000_000, 0x01) + triples)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(stream())
    yield
    task.cancel()


def test_written_configuration_keeps_every_other_line(tmp_path: Path) -> None:
    path = tmp_path / "robot.toml"
    first_config.write(path)
    before = path.read_text()
    enter(path, POLAR)
    assert config.load(path).wearables == (POLAR,)
    comments = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == comments
    enter(path, OTHER)
    assert config.load(path).wearables == (POLAR, OTHER)
    enter(path, WearableConfig("ble", POLAR.address, None, "polar", "waist", 52.0))
    assert [each.placement for each in config.load(path).wearables] == ["waist", "waist"]
    assert path.stat().st_mode & 0o077 == 0


def test_file_that_says_something_impossible_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "robot.toml"
    path.write_text('robot_id = "A"\n')
    with pytest.raises(ConfigError):
        enter(path, POLAR)
    assert path.read_text() == 'robot_id = "A"\n'


@given(st.text(max_size=60), st.sampled_from(["", "[wearable]\n", '[wearable]\nsource = "none" # off\n']))
def test_any_name_of_a_resident_is_written_so_that_it_is_read_again(name: str, given_text: str) -> None:
    name = "".join(letter for letter in name if letter.isprintable())
    new = WearableConfig("ble", POLAR.address, None, "polar", "wrist", 52.0, name or None)
    head = 'robot_id = "seogu-1"\nstate_dir = "/tmp"\n'
    read = config.parse(tomllib.loads(with_wearable(head + given_text, new)))
    assert read.wearables == (new,)


async def run(wearables: Wearables) -> None:
    async with asyncio.TaskGroup() as parts:
        wearables.start(parts)
        await parts.create_task(asyncio.sleep(600))


def found(rssi_dbm: int, driver: str | None = "polar") -> Found:
    return Found(
        f"A0:9E:1A:00:00:{-rssi_dbm:02}", "Polar", rssi_dbm, None if driver is None else DRIVERS[driver]
    )


def test_only_a_watch_that_is_clearly_meant_is_taken() -> None:
    assert pairing.nearest([found(-50), found(-70)]) == found(-50)
    assert pairing.nearest([found(-50), found(-55)]) is None
    assert pairing.nearest([found(-90)]) is None
    with pytest.raises(WearableError, match="Bangle"):
        pairing.config_for(found(-50, None))


async def test_watch_that_streams_is_tried_out_and_a_silent_one_is_told(sky: Air) -> None:
    sensor, watch, finder = Polar(sky), PineTime(sky), Finder()
    seen = await finder.look_around(1.0)
    assert {(each.name, each.driver and each.driver.name) for each in seen} == {
        ("Polar Sense 0A1B2C3D", "polar"),
        ("InfiniTime", "infinitime"),
    }
    async with streaming(sensor):
        trial = await pairing.try_out(POLAR, finder)
    assert (trial.battery, trial.about) == (64, "Polar Electro Oy, Polar Sense, 2.0.8")
    silent = WearableConfig("ble", watch.address, None, "infinitime", "wrist", 12.0)
    with pytest.raises(WearableError, match="no sample came"):
        await pairing.try_out(silent, finder, 1.0)


async def test_check_tries_each_wearable_out_and_tells_which_gives_nothing(
    sky: Air, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "WEARABLE_S", 10.0)
    sensor = Polar(sky)
    worn = {"source": f"ble:{POLAR.address}", "driver": "polar", "rate_hz": 52}
    impossible = {"source": f"ble:{OTHER.address}", "driver": "bangle", "rate_hz": 33}
    others = [impossible, {"source": f"replay:{tmp_path}"}]
    made = config.parse(
        {"robot_id": "seogu-1", "state_dir": str(tmp_path), "wearable": worn, "wearables": others}
    )
    async with streaming(sensor):
        streams, refused, replay = await checks._wearables(made)
    assert (streams.ok, refused.ok, replay.ok) == (True, False, True)
    assert "A0:9E:1A:00:00:01 (polar) streams, battery 64 %" in streams.words
    assert "a Bangle.js 2 knows 12.5, 25, 50, 100" in refused.words


async def test_by_voice_a_near_watch_is_connected_streams_and_is_kept(
    sky: Air, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "LOOK_S", 1.0)
    store, said = Store(tmp_path / "state"), list[str]()
    wearables = Wearables((), EventLog(None), lambda *_: None, Reminders())

    async def say(phrase: str) -> None:
        said.append(phrase)

    voice = pairing.VoicePairing(wearables, say, lambda config: paired.keep(store, config))
    running = asyncio.create_task(run(wearables))
    assert await voice.pair() == pairing.NOTHING_FOUND
    sensor = Polar(sky)
    async with streaming(sensor):
        assert await voice.pair() == pairing.DONE
        await until(lambda: wearables.state == "online")
        assert wearables.battery == 64
        assert await voice.pair() == pairing.NOTHING_FOUND
    assert said[:2] == [pairing.SEARCHING, pairing.NOTHING_FOUND]
    assert all(phrases.known(each) for each in said)
    made = config.parse({"robot_id": "seogu-1", "state_dir": str(tmp_path)})
    assert paired.all_of(made, store) == (POLAR,)
    running.cancel()
    await asyncio.wait({running})
    store.close()


def test_wearable_named_twice_is_told() -> None:
    both = {"source": f"ble:{POLAR.address}"}
    with pytest.raises(ConfigError, match="twice"):
        config.parse({"robot_id": "seogu-1", "state_dir": "x", "wearable": both, "wearables": [both]})
