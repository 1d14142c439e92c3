"""A cry without words: loud, and very high or held without change."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from robot_runtime.voice.cry import CryWatch
from robot_runtime.voice.ears import Ears
from robot_runtime.voice.sound_in import Sound
from script.benches import voice_world as world
from script.rig import voices
from script.rig.voices import groan, scream
from tests.robot_runtime.rig import ROOT, until
from tests.robot_runtime.voice.test_ears import Told

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE_HZ = 16_000
HUMAN = Path(ROOT) / ".." / "shared" / "data" / "speech_ko"
QUIET = np.zeros(4 * RATE_HZ)


def cries(*sounds: np.ndarray, piece: int = 3200) -> list[float]:
    watch = CryWatch()
    data = np.clip(np.concatenate(sounds), -32_768, 32_767).astype("<i2").tobytes()
    fed = [watch.feed(data[at : at + piece]) for at in range(0, len(data), piece)]
    return [score for score in fed if score is not None]


@pytest.mark.parametrize("cry", [scream(), groan()])
@pytest.mark.parametrize("piece", [999, 3200, 64_000])
def test_scream_and_groan_are_heard_once(cry: np.ndarray, piece: int) -> None:
    (score,) = cries(QUIET, cry, QUIET, cry, QUIET, piece=piece)
    assert 0.6 <= score <= 1.0


def test_what_is_loud_all_the_while_is_the_rooms_usual_sound() -> None:
    rng = np.random.default_rng(1)
    music = world.levelled(world.music(60, rng))[20 * RATE_HZ :]
    watch = CryWatch()
    for _ in range(3):
        watch.feed(music.astype("<i2").tobytes())
    assert watch.feed(music.astype("<i2").tobytes()) is None
    assert watch.feed(scream(9000.0).astype("<i2").tobytes() + bytes(64_000)) is not None


def test_noise_knocks_and_a_soft_voice_are_no_cry() -> None:
    rng = np.random.default_rng(1)
    assert cries(QUIET, world.noise(20, rng) * 3, QUIET, scream(200.0), QUIET) == []


@pytest.mark.parametrize("phrase", [*voices.INTENTS, "오늘은 날씨가 참 좋네요"])
def test_words_are_no_cry(phrase: str) -> None:
    spoken = np.frombuffer(voices.speak(phrase), "<i2").astype(float)
    assert cries(QUIET, spoken, QUIET) == []


def test_people_who_read_do_not_cry() -> None:
    if not HUMAN.exists():
        pytest.skip("the recordings of people are not in ../shared/data")
    parts = [world.framed(each.sound, 1.0, 3.0) for each in world.human(HUMAN, every=16)]
    assert cries(*parts) == []


class Room:
    """Quiet, a scream, quiet; whatever the robot does meanwhile."""

    lost = 0

    def __init__(self) -> None:
        data = np.concatenate([QUIET, scream(), QUIET]).astype("<i2").tobytes()
        self.blocks_left = [data[at : at + 3200] for at in range(0, len(data), 3200)]

    def blocks(self) -> Iterator[Sound]:
        while True:
            yield Sound(self.blocks_left.pop(0) if self.blocks_left else bytes(3200), time.monotonic())
            time.sleep(0.001)


@pytest.mark.parametrize("robot_speaks", [False, True])
async def test_ears_tell_of_a_cry_and_not_of_the_robots_own_voice(*, robot_speaks: bool) -> None:
    told: list[float] = []
    room: Any = Room()
    ears = Ears(Told, room, lambda _: None, lambda _: None, on_cry=told.append)  # type: ignore[arg-type]
    if robot_speaks:
        ears.shut()
    ears.start()
    try:
        await until(lambda: not room.blocks_left)
        if not robot_speaks:
            await until(lambda: told)
        await asyncio.sleep(0)
        assert len(told) == (0 if robot_speaks else 1)
    finally:
        await ears.stop()
