"""What is said and what is heard, put together: pleas first, then the dialogue engine."""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from robot_runtime import phrases, times
from robot_runtime.errors import DialogueError
from robot_runtime.voice import reading
from robot_runtime.voice.dialogue import Do, Engine, Plea, Result, Say, Send
from robot_runtime.voice.dialogue.engine import ANSWERED_BY_A_PLEA
from robot_runtime.voice.dialogue.meaning import PLEAS
from robot_runtime.voice.dialogue.script import shipped
from robot_runtime.voice.dialogue.understand import best_phrase
from robot_runtime.voice.ears import ECHO_TAIL_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from robot_runtime.events import EventLog
    from robot_runtime.voice.dialogue import Act
    from robot_runtime.voice.listener import Heard
    from robot_runtime.voice.speaker import Speaker

_LOGGER = logging.getLogger(__name__)

SAME_PLEA_S = 15.0
"""Who calls again within so long is calling about the same; the sign is already on its way."""
UNSURE_BELOW = 0.55
"""A plea whose score is lower is sent like any other, and asked back afterwards (docs/decisions/0320)."""
WRITTEN_SCORE = 0.6
"""Of a plea that only the written words show."""
SECOND_THOUGHTS = {"withdrawn": "okay", "stands": "help"}
"""How the answer to "방금 도와 달라고 하셨어요?" is told; anything else is no answer."""
LAST_WORD_S = 8.0
"""Who speaks when the time is up may finish, and the recogniser needs a moment."""
LAST_WORDS_S = 40.0
"""The same where a message is taken down, which may be long."""
TALK = "talk"
"""Marks what the engine says, so that it alone is silenced by an answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a question: ``outcome`` ``answered``, ``none`` or what took its place; the words.

    ``sentence``: which of the possible answers it was, empty where it was none of them.
    """

    outcome: str
    text: str = ""
    sentence: str = ""


class Hearing(Protocol):
    """What the conversation needs of the ears."""

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking."""

    def shut(self) -> None:
        """The robot begins to speak."""

    def open(self) -> None:
        """The robot has spoken."""

    def write_down(self, *, on: bool, at_length: bool = False) -> None:
        """Whether free words are wanted, and all of them at once."""


class Conversation:
    """Everything said goes through here, and everything heard comes in here."""

    def __init__(
        self, language: str, speaker: Speaker, log: EventLog, on_plea: Callable[[str, float], str | None]
    ) -> None:
        """``on_plea(intent, score)`` sends a plea that is not an answer; it returns the sign's id.

        Needs a running loop.
        """
        self._language = language
        self._speaker = speaker
        self._log = log
        self._on_plea = on_plea
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, asyncio.Future[str]] = {}
        self._questions: dict[str, asyncio.Future[Answered]] = {}
        self._calm = asyncio.Event()
        self._calm.set()
        self._stored = 0
        self._last_plea: tuple[str, float] | None = None
        self._asked: str | None = None
        self._overtime: float | None = None
        self.engine = Engine(shipped(), language)
        self.ears: Hearing | None = None
        self.on_send: Callable[[Send], None] = lambda _: None
        self.on_trust: Callable[[], None] = lambda: None
        """What left the home, is held back a while, or was said today has changed: a restart must know it."""
        self.on_do: Callable[[str], None] = lambda _: None
        self.on_second_thought: Callable[[str, str], None] = lambda *_: None
        """Told the sign and ``okay``, ``help`` or ``none`` when an unsure plea was asked back."""

    def resume(self) -> None:
        """Takes up what a restart left: what is held back is sent when it is due."""
        self._watch()

    async def say(self, phrase: str, *, urgent: bool = True) -> bool:
        """Says one of the known phrases."""
        return await self._say(phrases.words(phrase, self._language), phrase, urgent=urgent)

    async def say_text(self, text: str, *, urgent: bool = False) -> bool:
        """Says something that came from outside; its words stay out of the log."""
        return await self._say(reading.aloud(text, self._language), None, urgent=urgent)

    async def calm(self) -> None:
        """Returns when no check-in and no plea is being talked about: what can wait must not drown it."""
        await self._calm.wait()

    async def question(
        self, number: str, text: str, answers: Mapping[str, Sequence[str]], listen_s: float
    ) -> Answered:
        """Asks what is no check-in; raises ``DialogueError`` while something else is being talked about.

        ``answers``: sentences by their id.
        """
        if self.engine.talking or self.ears is None:
            raise DialogueError("busy" if self.engine.talking else "the robot has no ears")
        waiting = self._questions[number] = self._loop.create_future()
        self._do(
            self.engine.begin("question", times.now(), {"text": text, "question": number}, listen_s=listen_s)
        )
        try:
            found = await waiting
        finally:
            self._questions.pop(number, None)
        fitting = best_phrase(found.text, answers, self._language) if found.text else None
        return found if fitting is None else Answered(found.outcome, found.text, fitting[1])

    async def _say(self, text: str, phrase: str | None, *, urgent: bool, tag: str = "") -> bool:
        said = await self._speaker.say(text, urgent=urgent, tag=tag)
        self._log.add("spoken" if said else "not_spoken", phrase=phrase)
        return said

    async def ask(self, incident: str, phrase: str, listen_s: float) -> str:
        """Asks and returns ``okay``, ``help``, ``unclear`` or ``none``; joins a question that is open."""
        running = self._running.get(incident)
        if running is None:
            running = self._running[incident] = self._loop.create_future()
            words = phrases.words(phrase, self._language)
            self._do(
                self.engine.begin(
                    "check_in",
                    times.now(),
                    {"incident": incident, "phrase": phrase},
                    words=words,
                    listen_s=listen_s,
                )
            )
        return await asyncio.shield(running)

    def talk(self, dialogue: str, slots: dict[str, str]) -> None:
        """The home wants this talked about; raises ``DialogueError`` when it can't be."""
        if dialogue == "check_in":
            raise DialogueError("a check-in belongs to an incident; it is asked with the command ask")
        self._do(self.engine.begin(dialogue, times.now(), slots))

    def heard(self, heard: Heard) -> None:
        """From the ears."""
        asked = self._asked is not None
        if heard.intent is not None:
            self._log.add("heard", intent=heard.intent, score=heard.score, answering=asked)
        if heard.intent in PLEAS and not self._checking_in:
            sent = self._plea(heard.intent, heard.score)
            if sent is None and not self.engine.talking:
                return  # It was told a moment ago that help is being called.
            if sent and heard.score < UNSURE_BELOW and not self.engine.in_safety:
                slots = {"intent": heard.intent, "incident": sent}
                self._do(self.engine.begin("plea_unsure", times.now(), slots))
                return
        if heard.intent == "wake":
            self._speaker.hush(TALK)  # Who calls the robot by its name wants to say something now.
        # The name may come with a command behind it: the words say.
        intent = None if heard.intent == "wake" else heard.intent
        self._do(self.engine.heard(intent, heard.text, times.now()))

    @property
    def _checking_in(self) -> bool:
        return self.engine.dialogue in ANSWERED_BY_A_PLEA

    def _plea(self, intent: str, score: float) -> str | None:
        """Sends the sign off, and returns its id; ``None`` when it is about the same as the last."""
        now = times.now().mono
        known = self._last_plea
        if known is not None and known[0] == intent and now - known[1] < SAME_PLEA_S:
            return None
        self._last_plea = (intent, now)
        return self._on_plea(intent, score) or ""

    # The engine's acts.

    def _do(self, acts: Sequence[Act]) -> None:
        sayings = [act for act in acts if isinstance(act, Say)]
        for act in acts:
            match act:
                case Send():
                    self._log.add("sent", kind=act.kind)
                    self.on_send(act)
                case Do(action="hush"):
                    self._speaker.hush(TALK)
                case Do():
                    self.on_do(act.action)
                case Plea():
                    self._log.add("heard", intent=act.intent, score=WRITTEN_SCORE, answering=False)
                    self._plea(act.intent, WRITTEN_SCORE)
                case Result():
                    self._result(act)
        if sayings:
            task = self._loop.create_task(self._speak(sayings))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._watch()

    async def _speak(self, sayings: Sequence[Say]) -> None:
        for each in sayings:
            await self._say(each.text, each.key, urgent=each.urgent, tag=TALK)
            await asyncio.sleep(ECHO_TAIL_S)
            self._do(self.engine.spoken(each.number, times.now()))

    def _result(self, result: Result) -> None:
        incident = result.slots.get("incident")
        if result.dialogue == "check_in" and incident is not None:
            self._log.add("answer", incident=incident, intent=result.outcome)
            waiting = self._running.pop(incident, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(result.outcome)
            return
        asked = self._questions.get(result.slots.get("question", ""))
        if result.dialogue == "question" and asked is not None and not asked.done():
            asked.set_result(Answered(result.outcome, result.slots.get("words", "")))
        if result.dialogue == "plea_unsure" and incident is not None:
            self._log.add("answer", incident=incident, intent=result.outcome)
            self.on_second_thought(incident, SECOND_THOUGHTS.get(result.outcome, "none"))
        else:
            self._log.add("talked", dialogue=result.dialogue, outcome=result.outcome)

    def _watch(self) -> None:
        """Notes what is listened for, and wakes up when the engine's time is up."""
        if self.engine.changes != self._stored:
            self._stored = self.engine.changes
            self.on_trust()
        (self._calm.clear if self.engine.in_safety else self._calm.set)()
        listening = self.engine.listening_to
        incident = listening[1].get("incident") if listening and listening[0] == "check_in" else None
        if incident != self._asked:
            self._asked = incident
            if listening and incident is not None:
                self._log.add("asked", incident=incident, phrase=listening[1].get("phrase"))
        if self.ears is not None:
            self.ears.write_down(on=self.engine.attentive(times.now()), at_length=self.engine.wants_words)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.engine.deadline
        if deadline is not None:
            self._timer = self._loop.call_later(max(0.0, deadline - times.now().mono), self._time_is_up)

    def _time_is_up(self) -> None:
        now = times.now()
        awaited = self._asked is not None or self.engine.wants_words
        if awaited and self.ears is not None and self.ears.in_speech:
            more = LAST_WORDS_S if self.engine.wants_words else LAST_WORD_S
            self._overtime = now.mono + more if self._overtime is None else self._overtime
            if now.mono < self._overtime:
                self._timer = self._loop.call_later(0.1, self._time_is_up)
                return
        self._overtime = None
        self._do(self.engine.tick(now))
