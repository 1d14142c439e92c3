"""The robot's ears and mouth through Wyoming, with Wyoming's own client."""

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

from robot_runtime.config import SpeechConfig
from robot_runtime.errors import HearingError
from robot_runtime.voice.speaker import Synthesiser, duration_s
from robot_runtime.voice.wyoming_ear import WyomingEar
from robot_runtime.voice.wyoming_server import Door
from robot_runtime.voice.wyoming_voice import WyomingVoice
from tests.robot_runtime.rig import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CONFIG = SpeechConfig(rate_wpm=300)


@asynccontextmanager
async def door(write_down: Callable[[bytes], str] | None) -> AsyncIterator[int]:
    synthesiser = Synthesiser("ko", CONFIG)
    port = free_port()
    task = asyncio.create_task(
        Door("seogu-test", "ko", write_down, synthesiser).run("127.0.0.1", port, announce=False)
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await synthesiser.stop()


async def ask(port: int, *events: Event) -> list[Event]:
    """Sends all, and reads until the answer is complete."""
    found: list[Event] = []
    async with asyncio.timeout(60), AsyncTcpClient("127.0.0.1", port) as client:
        for event in events:
            await client.write_event(event)
        while (answer := await client.read_event()) is not None:
            found.append(answer)
            if answer.type in {"info", "transcript", "audio-stop", "error"}:
                break
    return found


async def test_robot_says_what_it_offers() -> None:
    async with door(lambda _: "네") as port:
        info = Info.from_event((await ask(port, Describe().event()))[0])
    assert info.asr[0].models[0].languages == ["ko"]
    assert info.tts[0].voices[0].languages == ["ko"]
    async with door(None) as port:
        assert Info.from_event((await ask(port, Describe().event()))[0]).asr == []


async def test_sound_of_any_rate_comes_back_as_text() -> None:
    heard: list[int] = []

    def write_down(pcm: bytes) -> str:
        heard.append(len(pcm))
        return "살려 주세요"

    async with door(write_down) as port:
        for rate, channels in ((16_000, 1), (48_000, 2), (22_050, 1)):
            sound = np.zeros(rate * channels, "<i2").tobytes()
            found = await ask(
                port,
                Transcribe(language="ko").event(),
                AudioStart(rate, 2, channels).event(),
                AudioChunk(rate, 2, channels, sound).event(),
                AudioStop().event(),
            )
            assert Transcript.from_event(found[0]).text == "살려 주세요"
    assert heard == [32_000] * 3


async def test_text_comes_back_as_sound_with_figures_read_aloud() -> None:
    async with door(None) as port:
        found = await ask(port, Synthesize("3시에 약 2알").event())
    assert AudioStart.is_type(found[0].type)
    assert sum(len(each.payload or b"") for each in found if AudioChunk.is_type(each.type)) > 10_000


@pytest.mark.parametrize(
    "event",
    [
        Event("audio-chunk", {"rate": 16_000}),
        Event("audio-chunk", {"rate": 0, "width": 2, "channels": 1}, b"\0\0"),
        Event("audio-chunk", {"rate": 16_000, "width": 4, "channels": 1}, b"\0\0\0\0"),
        Event("synthesize", {}),
    ],
)
async def test_nonsense_is_answered_with_an_error(event: Event) -> None:
    async with door(lambda _: "") as port:
        assert Error.is_type((await ask(port, event))[0].type)


async def test_robot_without_ears_says_so() -> None:
    async with door(None) as port:
        found = await ask(port, AudioStart(16_000, 2, 1).event(), AudioStop().event())
    assert "does not hear" in Error.from_event(found[0]).text


async def test_another_server_may_be_the_second_engine() -> None:
    async with door(lambda pcm: f"{len(pcm)} bytes") as port:
        ear = WyomingEar(f"tcp://127.0.0.1:{port}", "ko")
        transcript, fits = await asyncio.to_thread(ear.fit, bytes(3200), lambda _: ["살려 주세요"])
    assert (transcript.text, fits) == ("3200 bytes", None)
    with pytest.raises(HearingError, match="does not answer"):
        await asyncio.to_thread(ear.write_down, bytes(3200))


async def test_neural_voice_speaks_and_espeak_stands_behind_it(tmp_path: Path) -> None:
    async with door(None) as port:
        voice = WyomingVoice(f"tcp://127.0.0.1:{port}", "ko", CONFIG)
        await voice.write("안녕하세요", tmp_path / "one.wav", 0.5)
    await voice.write("안녕하세요", tmp_path / "two.wav")
    await voice.stop()
    assert duration_s(tmp_path / "one.wav") > 0.2
    assert duration_s(tmp_path / "two.wav") > 0.2
