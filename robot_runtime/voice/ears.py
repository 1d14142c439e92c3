"""The thread that listens, so that the robot's event loop never waits for the recogniser."""

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError
from robot_runtime.voice.cry import CryWatch
from robot_runtime.voice.overtalk import Overtalk

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.voice.listener import Heard, Listener
    from robot_runtime.voice.sound_in import SoundSource

_LOGGER = logging.getLogger(__name__)

ECHO_TAIL_S = 0.4
"""So long after its own voice the robot stays deaf: the loudspeaker's buffer and the room's echo."""
RESTART_S = 3.0
HURRY_S = 1.5
"""So far behind, the listener leaves off what it can (the goal: never more than 2 s)."""
CAUGHT_UP_S = 60.0
"""So long without a loss the trouble is over."""


class Ears:
    """Hands what was heard to the event loop. Deaf while the robot itself speaks."""

    def __init__(
        self,
        make_listener: Callable[[], Listener],
        source: SoundSource,
        on_heard: Callable[[Heard], None],
        on_failure: Callable[[str | None], None],
        saying: Callable[[], str] | None = None,
        on_trouble: Callable[[str, str | None], None] = lambda *_: None,
        on_cry: Callable[[float], None] = lambda _: None,
    ) -> None:
        """``on_heard`` and ``on_failure(reason or None)`` run in the event loop.

        ``saying``: what the robot says just now. With it, who talks over the robot is heard (``Overtalk``).
        ``on_trouble(part, reason or None)``: ``second_engine``, ``sound_lost`` or ``overdriven``.
        ``on_cry(score)``: a cry without words.
        """
        self._on_cry = on_cry
        self._on_trouble = on_trouble
        self._troubles: dict[str, str | None] = {}
        self._lost_seen = 0
        self._lost_at = float("-inf")
        self._saying = saying
        self._make_listener = make_listener
        self._source = source
        self._on_heard = on_heard
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._shut_at = float("inf")
        self._open_at = 0.0
        self._listener: Listener | None = None
        self._writes_down = self._at_length = False
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking just now."""
        listener = self._listener
        return listener is not None and listener.in_speech

    @property
    def writes_long_speech(self) -> bool:
        """Whether a second engine writes down what is said."""
        listener = self._listener
        return listener is not None and listener.has_second_ear

    def write_down(self, *, on: bool, at_length: bool = False) -> None:
        """Whether free words are wanted: then they are written down, as well as the engine can.

        ``at_length``: whole, however long it takes, and not every few seconds.
        """
        self._writes_down, self._at_length = on, at_length
        if self._listener is not None:
            self._listener.writes_down, self._listener.at_length = on, at_length

    def start(self) -> None:
        """Begins to listen; the model takes some seconds to load."""
        self._thread.start()

    async def stop(self) -> None:
        """Ends the thread within a block of sound, or leaves it to the program's end."""
        self._ended.set()
        await asyncio.to_thread(self._thread.join, 2.0)

    def shut(self) -> None:
        """The robot begins to speak."""
        self._shut_at = time.monotonic()
        self._open_at = float("inf")

    def open(self) -> None:
        """The robot has spoken."""
        self._open_at = time.monotonic() + ECHO_TAIL_S

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except HearingError as error:
                self._fail(str(error))
            except Exception as error:
                _LOGGER.exception("The recogniser failed and is started anew")
                self._fail(f"the recogniser failed: {error!r}")
            self._listener = None
            self._ended.wait(RESTART_S)

    def _listen(self) -> None:
        listener = self._listener = self._make_listener()
        listener.writes_down, listener.at_length = self._writes_down, self._at_length
        overtalk = Overtalk(listener.another()) if self._saying is not None else None
        cries, first = CryWatch(), True
        for sound in self._source.blocks():
            if self._ended.is_set():
                return
            if first:
                first = False
                self._call(self._on_failure, None)
            now = time.monotonic()
            listener.behind_s = now - sound.captured_at
            listener.hurried = listener.behind_s > HURRY_S
            self._look_for_trouble(listener, now)
            # Judged by when it was captured: a recogniser that lags must not hear the robot's own question.
            own_voice = self._shut_at <= sound.captured_at < self._open_at
            found = listener.feed(bytes(len(sound.pcm)) if own_voice else sound.pcm)
            if overtalk is not None:
                found += overtalk.feed(sound.pcm, self._said_now()) if own_voice else overtalk.end()
            for heard in found:
                self._call(self._on_heard, heard)
            if not own_voice and (cry := cries.feed(sound.pcm)) is not None:
                self._call(self._on_cry, cry)

    def _look_for_trouble(self, listener: Listener, now: float) -> None:
        if self._source.lost != self._lost_seen:
            self._lost_seen, self._lost_at = self._source.lost, now
        lost = (
            "sound was lost: the recogniser was too far behind" if now - self._lost_at < CAUGHT_UP_S else None
        )
        loud = "the microphone is set too high: loud speech is cut off" if listener.overdriven else None
        failures = {"second_engine": listener.second_failure, "sound_lost": lost, "overdriven": loud}
        for part, failure in failures.items():
            if self._troubles.get(part) != failure:
                self._troubles[part] = failure
                self._call(self._on_trouble, part, failure)

    def _said_now(self) -> str:
        return self._saying() if self._saying is not None else ""

    def _fail(self, reason: str) -> None:
        self._call(self._on_failure, reason)

    def _call(self, function: Callable[..., None], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)
