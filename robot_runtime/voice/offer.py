"""Offers the robot's ears and mouth on the home's network, when the configuration says so."""

import threading
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError
from robot_runtime.voice import recogniser, second
from robot_runtime.voice.wyoming_server import Door

if TYPE_CHECKING:
    from robot_runtime.config import Config
    from robot_runtime.voice.speaker import Synthesiser


class _Scribe:
    """Writes down what a satellite heard; the engine is loaded with the first request."""

    def __init__(self, language: str, where: str) -> None:
        """``where``: as for ``second.find``."""
        self._language = language
        self._where = where
        self._engine: second.SecondEar | None = None
        self._free: recogniser.FreeEar | None = None
        self._lock = threading.Lock()

    def __call__(self, pcm: bytes) -> str:
        """16 kHz mono PCM16 as text; raises ``HearingError`` when nothing here can hear."""
        with self._lock:
            if self._engine is None and self._free is None:
                self._engine = second.find(self._language, self._where)
                if self._engine is None:
                    self._free = recogniser.FreeEar(self._language)
            if self._engine is not None:
                return self._engine.write_down(pcm).text
            if self._free is None:
                raise HearingError("no engine is loaded")
            return self._free.write_down(pcm)


async def run(config: Config, synthesiser: Synthesiser) -> None:
    """For ever."""
    hears = config.hearing.kind != "none"
    scribe = _Scribe(config.language, config.hearing.second) if hears else None
    door = Door(config.robot_id, config.language, scribe, synthesiser)
    await door.run(config.wyoming.host, config.wyoming.port)
