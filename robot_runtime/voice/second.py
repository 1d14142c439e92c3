"""The second engine behind one door: it listens once more to a suspected plea, and writes down open speech.

The robot does its safety work without one. With one it misses less and errs less: a Whisper model says how
well
a phrase fits the sound even where its own transcript is off.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from robot_runtime.errors import HearingError
from robot_runtime.voice import models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, in the engine's words; ``confidence``: mean log-probability of its tokens."""

    text: str
    confidence: float


class SecondEar(Protocol):
    """An engine that hears a whole stretch of speech."""

    def write_down(self, pcm: bytes) -> Transcript:
        """16 kHz mono PCM16 as text; raises ``HearingError`` when it can't."""

    def fit(
        self, pcm: bytes, choose: Callable[[str], Sequence[str]]
    ) -> tuple[Transcript, list[float] | None]:
        """Its own words, and the mean log-probability of each phrase that ``choose`` names for them.

        ``None`` where it can't tell.
        """


def find(
    language: str, where: str = "auto", on_failure: Callable[[str], object] = lambda _: None
) -> SecondEar | None:
    """The engine at ``where``, or ``None``, said in the log with what is missing.

    ``where``: ``auto`` (a model that is installed), ``none``, ``tcp://host:port`` of a Wyoming server, or a
    folder. ``on_failure`` is told of one that is there, or was asked for, and does not work.
    """
    if where == "none":
        return None
    if where.startswith("tcp://"):
        from robot_runtime.voice.wyoming_ear import WyomingEar  # noqa: PLC0415 - only where it is asked for

        return WyomingEar(where, language)
    try:
        from robot_runtime.voice.whisper import Whisper  # noqa: PLC0415 - an extra that may be left out
    except ImportError:
        if where != "auto":
            on_failure("the package faster-whisper is missing, which the configured second engine needs")
        _LOGGER.info("No second engine (package faster-whisper): nothing longer is written down")
        return None
    try:
        found = models.whisper_folder() if where == "auto" else Path(where)
        if found is not None:
            return Whisper(found, language)
    except (HearingError, OSError) as error:
        _LOGGER.warning("%s; the robot goes on without its second engine", error)
        on_failure(str(error))
        return None
    _LOGGER.info("No Whisper model: 'seogu-robot fetch-model' fetches one; nothing longer is written down")
    return None
