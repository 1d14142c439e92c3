"""What is said and what is heard, put together: check-ins and pleas."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from robot_runtime import phrases, times
from robot_runtime.voice.ears import ECHO_TAIL_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.events import EventLog
    from robot_runtime.voice.listener import Heard
    from robot_runtime.voice.speaker import Speaker

PLEAS = frozenset({"help", "fallen", "pain", "fire"})
ANSWERS = {"okay": "okay", "no": "help", **dict.fromkeys(PLEAS, "help")}
"""How an intent answers "괜찮으세요?": only okay is okay; a no or a plea is help."""
SAME_PLEA_S = 15.0
"""Who calls again within so long is calling about the same; the sign is already on its way."""
LAST_WORD_S = 4.0
"""Who speaks when the time is up may finish, and the recogniser needs a moment."""


class Hearing(Protocol):
    """What the conversation needs of the ears."""

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking."""

    def shut(self) -> None:
        """The robot begins to speak."""

    def open(self) -> None:
        """The robot has spoken."""


class Conversation:
    """One question at a time; everything said goes through here."""

    def __init__(
        self, language: str, speaker: Speaker, log: EventLog, on_plea: Callable[[str, float], None]
    ) -> None:
        """``on_plea(intent, score)`` is called for a plea that is not an answer."""
        self._language = language
        self._speaker = speaker
        self._log = log
        self._on_plea = on_plea
        self._one_at_a_time = asyncio.Lock()
        self._answer: asyncio.Future[str] | None = None
        self._mumbled = False
        self._running: dict[str, asyncio.Task[str]] = {}
        self._last_plea: tuple[str, float] | None = None
        self.ears: Hearing | None = None

    async def say(self, phrase: str, *, urgent: bool = True) -> bool:
        """Says one of the known phrases."""
        return await self._say(phrases.words(phrase, self._language), phrase, urgent=urgent)

    async def say_text(self, text: str, *, urgent: bool = False) -> bool:
        """Says something that came from outside; its words stay out of the log."""
        return await self._say(text, None, urgent=urgent)

    async def _say(self, text: str, phrase: str | None, *, urgent: bool) -> bool:
        said = await self._speaker.say(text, urgent=urgent)
        self._log.add("spoken" if said else "not_spoken", phrase=phrase)
        return said

    async def ask(self, incident: str, phrase: str, listen_s: float) -> str:
        """Asks and returns ``okay``, ``help``, ``unclear`` or ``none``; joins a question that is open."""
        running = self._running.get(incident)
        if running is None:
            running = asyncio.create_task(self._ask(incident, phrase, listen_s))
            self._running[incident] = running
            running.add_done_callback(lambda _: self._running.pop(incident, None))
        return await asyncio.shield(running)

    async def _ask(self, incident: str, phrase: str, listen_s: float) -> str:
        async with self._one_at_a_time:
            self._answer = asyncio.get_running_loop().create_future()
            self._mumbled = False
            try:
                await self.say(phrase)
                await asyncio.sleep(ECHO_TAIL_S)
                self._log.add("asked", incident=incident, phrase=phrase, listen_s=listen_s)
                intent = await self._listen(self._answer, listen_s)
            finally:
                self._answer = None
            self._log.add("answer", incident=incident, intent=intent)
            return intent

    async def _listen(self, answer: asyncio.Future[str], listen_s: float) -> str:
        await asyncio.wait({answer}, timeout=listen_s)
        deadline = times.now().mono + LAST_WORD_S
        while not answer.done() and self._still_talking() and times.now().mono < deadline:
            await asyncio.wait({answer}, timeout=0.1)
        if answer.done():
            return answer.result()
        return "unclear" if self._mumbled else "none"

    def _still_talking(self) -> bool:
        return self.ears is not None and self.ears.in_speech

    def heard(self, heard: Heard) -> None:
        """From the ears."""
        asked = self._answer is not None
        if heard.intent is not None:
            self._log.add("heard", intent=heard.intent, score=heard.score, answering=asked)
        if self._answer is not None and not self._answer.done():
            answer = ANSWERS.get(heard.intent or "")
            if answer is None:
                self._mumbled = True
            else:
                self._answer.set_result(answer)
        elif heard.intent in PLEAS:
            self._plea(heard.intent, heard.score)

    def _plea(self, intent: str, score: float) -> None:
        now = times.now().mono
        known = self._last_plea
        if known is not None and known[0] == intent and now - known[1] < SAME_PLEA_S:
            return
        self._last_plea = (intent, now)
        self._on_plea(intent, score)
