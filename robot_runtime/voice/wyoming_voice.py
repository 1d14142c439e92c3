"""A neural voice (Piper, or any Wyoming text-to-speech) with espeak-ng behind it, should it fail."""

import asyncio
import logging
import wave
from typing import TYPE_CHECKING

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.tts import Synthesize, SynthesizeVoice

from robot_runtime.voice.speaker import Synthesiser

if TYPE_CHECKING:
    from pathlib import Path

    from robot_runtime.config import SpeechConfig

_LOGGER = logging.getLogger(__name__)

ANSWER_S = 8.0
"""A voice that takes longer is left for espeak-ng, this once."""


class WyomingVoice(Synthesiser):
    """Asks the server at ``uri``; what it can't say in time, espeak-ng says."""

    def __init__(self, uri: str, language: str, config: SpeechConfig) -> None:
        """Raises ``ValueError`` for an address that is none."""
        super().__init__(language, config)
        AsyncClient.from_uri(uri)
        self._uri = uri
        self._language = language

    async def write(self, text: str, wav: Path, volume: float | None = None) -> None:
        """Writes the phrase to a wav file; raises ``SpeechError`` when espeak-ng can't either."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._fetch(
                    text, wav, self.config.volume if volume is None else min(volume, self.config.volume)
                )
        except (OSError, TimeoutError, ValueError, KeyError, AssertionError) as error:
            _LOGGER.warning(
                "The voice at %s does not answer (%r); espeak-ng speaks instead", self._uri, error
            )
            await super().write(text, wav, volume)

    async def _fetch(self, text: str, wav: Path, volume: float) -> None:
        sound = bytearray()
        rate, channels = 0, 1
        async with AsyncClient.from_uri(self._uri) as client:
            await client.write_event(Synthesize(text, voice=SynthesizeVoice(language=self._language)).event())
            while (event := await client.read_event()) is not None:
                if AudioStart.is_type(event.type):
                    start = AudioStart.from_event(event)
                    rate, channels = start.rate, start.channels
                elif AudioChunk.is_type(event.type):
                    sound += AudioChunk.from_event(event).audio
                elif AudioStop.is_type(event.type):
                    break
                elif Error.is_type(event.type):
                    raise OSError(Error.from_event(event).text)
        if not sound or not rate:
            raise OSError("it gave no sound")
        samples = np.frombuffer(bytes(sound[: len(sound) // 2 * 2]), "<i2")
        with wave.open(str(wav), "wb") as file:
            file.setparams((channels, 2, rate, 0, "NONE", ""))
            file.writeframes((samples * volume).astype("<i2").tobytes())
