"""What befalls the ears: a microphone that is pulled out, sound that piles up, an engine that fails."""

import asyncio
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from robot_runtime.errors import HearingError
from robot_runtime.voice import portaudio, sound_in
from robot_runtime.voice.ears import Ears
from robot_runtime.voice.sound_in import BLOCK_BYTES, Microphone, Sound
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robot_runtime.voice.listener import Heard


class Card:
    """The part of PortAudio that a microphone needs; ``pulled`` out it gives nothing, and can't be opened."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.pulled = False
        self.read_anew = 0
        self.blocks = 0

    def RawInputStream(self, *, callback: Any, **_: Any) -> Any:  # noqa: N802 - sounddevice's name
        if self.pulled:
            raise self.PortAudioError("Device unavailable")
        ended = threading.Event()

        def stream() -> None:
            while not ended.wait(0.01):
                if not self.pulled:
                    self.blocks += 1
                    callback(bytes(BLOCK_BYTES), 0, None, None)

        thread = threading.Thread(target=stream, daemon=True)
        return SimpleNamespace(
            __enter__=None, start=thread.start, stop=lambda: (ended.set(), thread.join()), thread=thread
        )

    def _terminate(self) -> None:
        self.read_anew += 1

    def _initialize(self) -> None:
        pass


class Stream:
    """Makes the card's stream a context manager."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def __enter__(self) -> None:
        self._made.start()

    def __exit__(self, *_: object) -> None:
        self._made.stop()


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    made = Card()
    opened = made.RawInputStream
    made.RawInputStream = lambda **given: Stream(opened(**given))  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "sounddevice", made)  # type: ignore[arg-type]
    monkeypatch.setattr(sound_in, "SILENT_MICROPHONE_S", 0.2)
    monkeypatch.setattr("robot_runtime.voice.ears.RESTART_S", 0.05)
    return made


class Told:
    """A listener that hears nothing and remembers how it was treated."""

    def __init__(self) -> None:
        self.second_failure: str | None = None
        self.hurried = self.writes_down = self.at_length = self.in_speech = self.overdriven = False
        self.has_second_ear = True
        self.behind_s = 0.0
        self.was_hurried = False
        self.wait = threading.Event()
        self.wait.set()

    def feed(self, _pcm: bytes) -> list[Heard]:
        self.wait.wait(60)
        self.was_hurried = self.was_hurried or self.hurried
        return []


async def test_microphone_that_is_pulled_out_is_told_and_found_again(card: Card) -> None:
    failures: list[str | None] = []
    ears = Ears(Told, Microphone(None), lambda _: None, failures.append)  # type: ignore[arg-type]
    ears.start()
    try:
        await until(lambda: failures == [None])
        card.pulled = True
        await until(lambda: len(failures) > 2)
        assert "plugged in" in str(failures[1])
        assert "does not work" in str(failures[2])
        card.pulled = False
        await until(lambda: failures[-1] is None)
        assert card.read_anew  # PortAudio knows only the cards of its last look
    finally:
        await ears.stop()


async def test_sound_that_piles_up_is_told_and_makes_the_listener_hurry(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_in, "QUEUE_BLOCKS", 5)
    monkeypatch.setattr("robot_runtime.voice.ears.HURRY_S", 0.02)
    monkeypatch.setattr("robot_runtime.voice.ears.CAUGHT_UP_S", 0.3)
    told: list[tuple[str, str | None]] = []
    listener = Told()
    ears = Ears(
        lambda: listener,  # type: ignore[arg-type,return-value]
        Microphone(None),
        lambda _: None,
        lambda _: None,
        on_trouble=lambda *each: told.append(each),
    )
    listener.wait.clear()
    ears.start()
    try:
        await until(lambda: card.blocks > 20)
        listener.wait.set()
        await until(lambda: told and told[-1][0] == "sound_lost" and told[-1][1] is None)
        assert "lost" in str(told[0][1])
        await until(lambda: listener.was_hurried)
    finally:
        await ears.stop()


class Endless:
    """Silence for ever."""

    lost = 0

    def blocks(self) -> Iterator[Sound]:
        while True:
            time.sleep(0.005)
            yield Sound(bytes(BLOCK_BYTES), time.monotonic())


async def test_second_engine_that_fails_is_told_and_its_return(tmp_path: Any) -> None:
    told: list[tuple[str, str | None]] = []
    listener = Told()
    ears = Ears(
        lambda: listener,  # type: ignore[arg-type,return-value]
        Endless(),
        lambda _: None,
        lambda _: None,
        on_trouble=lambda *each: told.append(each),
    )
    listener.second_failure = "no answer"
    ears.start()
    try:
        await until(lambda: told == [("second_engine", "no answer")])
        listener.second_failure = None
        await until(lambda: told[1:] == [("second_engine", None)])
        listener.overdriven = True
        await until(lambda: len(told) == 3)
        assert told[2][0] == "overdriven"
    finally:
        await ears.stop()


async def test_engine_that_cannot_be_made_is_tried_again() -> None:
    failures: asyncio.Queue[str | None] = asyncio.Queue()
    answers: list[Any] = [HearingError("no model"), Told()]

    def make() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("robot_runtime.voice.ears.RESTART_S", 0.05)
        ears = Ears(make, Endless(), lambda _: None, failures.put_nowait)
        ears.start()
        try:
            async with asyncio.timeout(60):
                assert await failures.get() == "no model"
                assert await failures.get() is None
        finally:
            await ears.stop()


def test_sound_cards_are_not_looked_for_while_the_robot_speaks() -> None:
    card = Card()
    with portaudio.playing():
        assert not portaudio.look_again(card)
    assert portaudio.look_again(card)
    assert card.read_anew == 1
