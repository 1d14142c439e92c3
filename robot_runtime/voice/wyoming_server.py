"""The robot's ears and mouth for Home Assistant: Wyoming speech-to-text and text-to-speech, offline.

Any Assist satellite in the home may use them. Announced by zeroconf (``_wyoming._tcp``), where Home Assistant
finds it. Off until a port is configured: whoever reaches the port may have things said and written down.
"""

import asyncio
import logging
import tempfile
import wave
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import Synthesize

from robot_runtime import __version__
from robot_runtime.errors import HearingError, SpeechError
from robot_runtime.voice import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from wyoming.event import Event

    from robot_runtime.voice.speaker import Synthesiser

_LOGGER = logging.getLogger(__name__)

RATE_HZ = 16_000
SAMPLE_BYTES = 2
LONGEST_S = 60.0
"""A satellite that streams on is cut off here; its memory use stays bounded."""
LONGEST_TEXT = 2000
SAID_CHUNK_FRAMES = 2048

type WriteDown = Callable[[bytes], str]


class Door:
    """The Wyoming server of one robot."""

    def __init__(
        self, name: str, language: str, write_down: WriteDown | None, synthesiser: Synthesiser
    ) -> None:
        """``write_down`` turns 16 kHz mono PCM16 into text, in a thread; ``None``: no speech-to-text."""
        self.name = name
        self.language = language
        self.write_down = write_down
        self.synthesiser = synthesiser
        self.hearing = asyncio.Lock()
        self.speaking = asyncio.Lock()

    def info(self) -> Info:
        """What is offered."""
        by = Attribution(name="Seogu Care", url="https://github.com/seogu-care")
        model = AsrModel("seogu-stt", by, True, "Korean and English, offline", __version__, [self.language])
        voice = TtsVoice("espeak-ng", by, True, "espeak-ng", __version__, [self.language], None)
        asr = AsrProgram(self.name, by, True, "The care robot's ears", __version__, [model])
        tts = TtsProgram(self.name, by, True, "The care robot's voice", __version__, [voice])
        return Info(asr=[asr] if self.write_down else [], tts=[tts])

    async def run(self, host: str, port: int, *, announce: bool = True) -> None:
        """Serves until cancelled; a port that is taken is tried again."""
        while True:
            server = AsyncTcpServer(host, port)
            announcement = None
            try:
                await server.start(partial(Visitor, self))
                announcement = await _announce(self.name, port) if announce else None
                _LOGGER.info("Wyoming speech-to-text and text-to-speech on port %d", port)
                await asyncio.Event().wait()
            except OSError as error:
                _LOGGER.error("The Wyoming port %d can't be opened: %s", port, error)  # noqa: TRY400 - it says it all
                await asyncio.sleep(30)
            finally:
                if announcement is not None:
                    await announcement._aiozc.async_close()  # noqa: SLF001 - wyoming offers no way to close it
                await server.stop()


async def _announce(name: str, port: int):  # type: ignore[no-untyped-def] # noqa: ANN202 - zeroconf may be absent
    """Tells the home's network; a network without multicast only costs the discovery."""
    from wyoming.zeroconf import HomeAssistantZeroconf  # noqa: PLC0415 - opens sockets

    try:
        made = HomeAssistantZeroconf(port, name)
        await made.register_server()
    except Exception as error:  # noqa: BLE001 - zeroconf raises its own and the system's
        _LOGGER.warning("Wyoming is not announced by zeroconf (%s); add it by hand", error)
        return None
    return made


class Visitor(AsyncEventHandler):
    """One connection."""

    def __init__(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request at a time on a connection."""
        super().__init__(reader, writer)
        self._door = door
        self._sound = bytearray()
        self._rate = RATE_HZ

    async def handle_event(self, event: Event) -> bool:
        """Answers; what can't be understood ends the connection with a reason."""
        try:
            return await self._handle(event)
        except (HearingError, SpeechError) as error:
            await self.write_event(Error(text=str(error), code=type(error).__name__).event())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            await self.write_event(Error(text=f"not understood: {error!r}", code="malformed").event())
            return False
        return True

    async def _handle(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(self._door.info().event())
        elif Transcribe.is_type(event.type) or AudioStart.is_type(event.type):
            self._sound.clear()
        elif AudioChunk.is_type(event.type):
            self._take(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            await self._transcribe()
            return False
        elif Synthesize.is_type(event.type):
            await self._synthesise(Synthesize.from_event(event).text)
        return True

    def _take(self, chunk: AudioChunk) -> None:
        if chunk.width != SAMPLE_BYTES or chunk.channels < 1 or not 4_000 <= chunk.rate <= 192_000:  # noqa: PLR2004 - rates of sound cards
            raise ValueError("sound must be 16 bit PCM")
        self._rate = chunk.rate
        sound = chunk.audio
        if chunk.channels > 1:
            frames = np.frombuffer(sound[: len(sound) // (2 * chunk.channels) * 2 * chunk.channels], "<i2")
            sound = frames.reshape(-1, chunk.channels).mean(axis=1).astype("<i2").tobytes()
        if len(self._sound) < LONGEST_S * chunk.rate * SAMPLE_BYTES:
            self._sound += sound

    async def _transcribe(self) -> None:
        if self._door.write_down is None:
            raise HearingError("this robot does not hear")
        pcm = _at_16_khz(bytes(self._sound[: len(self._sound) // 2 * 2]), self._rate)
        self._sound.clear()
        async with self._door.hearing:
            text = await asyncio.to_thread(self._door.write_down, pcm) if pcm else ""
        await self.write_event(Transcript(text=text, language=self._door.language).event())

    async def _synthesise(self, text: str) -> None:
        words = reading.aloud(text[:LONGEST_TEXT], self._door.language)
        with tempfile.TemporaryDirectory(prefix="seogu-wyoming-") as folder:
            wav = Path(folder) / "said.wav"
            async with self._door.speaking:
                await self._door.synthesiser.write(words, wav)
            with wave.open(str(wav), "rb") as file:
                rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
                await self.write_event(AudioStart(rate=rate, width=width, channels=channels).event())
                while block := file.readframes(SAID_CHUNK_FRAMES):
                    await self.write_event(AudioChunk(rate, width, channels, block).event())
        await self.write_event(AudioStop().event())


def _at_16_khz(pcm: bytes, rate: int) -> bytes:
    if rate == RATE_HZ or not pcm:
        return pcm
    samples = np.frombuffer(pcm, "<i2").astype(float)
    length = len(samples) * RATE_HZ // rate
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    resampled = np.fft.irfft(spectrum, length) * (length / len(samples))
    return np.clip(resampled, -32768, 32767).astype("<i2").tobytes()
