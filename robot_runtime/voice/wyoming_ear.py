"""A Wyoming speech-to-text server of the user's choice as the second engine."""

import asyncio
from typing import TYPE_CHECKING

from wyoming.asr import Transcribe
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error

from robot_runtime.errors import HearingError
from robot_runtime.voice.second import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RATE_HZ = 16_000
CHUNK_BYTES = 32_000
ANSWER_S = 12.0


class WyomingEar:
    """Asks the server at ``uri`` (``tcp://host:port``) anew for each stretch."""

    def __init__(self, uri: str, language: str) -> None:
        """Raises ``ValueError`` for an address that is none."""
        AsyncClient.from_uri(uri)
        self._uri = uri
        self._language = language

    def write_down(self, pcm: bytes) -> Transcript:
        """The stretch as text; raises ``HearingError`` when the server does not answer in time."""
        try:
            return asyncio.run(asyncio.wait_for(self._ask(pcm), ANSWER_S))
        except (OSError, TimeoutError, ValueError, KeyError, AssertionError) as error:
            raise HearingError(f"the speech-to-text at {self._uri} does not answer: {error!r}") from error

    def fit(self, pcm: bytes, _choose: Callable[[str], Sequence[str]]) -> tuple[Transcript, None]:
        """Its words; Wyoming has no way to ask how well a phrase fits."""
        return self.write_down(pcm), None

    async def _ask(self, pcm: bytes) -> Transcript:
        async with AsyncClient.from_uri(self._uri) as client:
            await client.write_event(Transcribe(language=self._language).event())
            await client.write_event(AudioStart(RATE_HZ, 2, 1).event())
            for start in range(0, len(pcm), CHUNK_BYTES):
                await client.write_event(AudioChunk(RATE_HZ, 2, 1, pcm[start : start + CHUNK_BYTES]).event())
            await client.write_event(AudioStop().event())
            while (event := await client.read_event()) is not None:
                if WyomingTranscript.is_type(event.type):
                    return Transcript(WyomingTranscript.from_event(event).text, -1.0)
                if Error.is_type(event.type):
                    raise OSError(Error.from_event(event).text)
        raise OSError("it closed the connection")
