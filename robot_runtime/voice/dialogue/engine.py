"""The dialogue engine: which turn it is, what was understood, and what follows.

The edge tells it what was ``heard``, when a saying was ``spoken``, and that time has passed (``tick``); it
answers
with acts. One dialogue has the word at a time. A more urgent one interrupts, and what it interrupted is taken
up
again; a less urgent one waits its turn. A plea never waits for the engine: the edge sends it off first.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

from robot_runtime.errors import DialogueError
from robot_runtime.voice.dialogue.acts import Act, Do, Plea, Result, Say
from robot_runtime.voice.dialogue.frame import Frame
from robot_runtime.voice.dialogue.lines import Lines
from robot_runtime.voice.dialogue.meaning import PLEAS, Meaning
from robot_runtime.voice.dialogue.script import END, PERSON
from robot_runtime.voice.dialogue.trust import Trust
from robot_runtime.voice.dialogue.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from robot_runtime.times import Moment
    from robot_runtime.voice.dialogue.script import Dialogue, Script

ATTENTIVE_S = 8.0
"""So long after its name, or after an answer, a command needs no name."""
TIRED_AFTER = 2
"""Small talk not answered so often in a row is left off until the resident speaks to the robot again."""
SAFETY = 9
ANSWERED_BY_A_PLEA = frozenset({"check_in", "plea_unsure"})
"""A plea in these is an answer about a sign that is on its way already."""
REPAIRS = 2
"""So often the robot asks to hear it again; then a person."""
SPEECH_LIMIT_S = 60.0
"""A saying whose end is never told (a broken loudspeaker) is taken as said after this."""


class Engine:
    """One resident's talk with the robot."""

    def __init__(self, script: Script, language: str, zone: tzinfo | None = None) -> None:
        """``zone``: the resident's clock; without it the machine's."""
        self._script = script
        self._language = language
        self._zone = zone
        self._meaning = Meaning(script, language)
        self.lines = Lines(script, language, zone)
        self._stack: list[Frame] = []
        self._waiting: deque[Frame] = deque()
        self.trust = Trust()
        self.can_write = True
        """Whether something writes down free speech; without it dictation goes to a person."""
        self._number = 0
        self._unanswered = 0
        self._attentive_until = float("-inf")
        self._last: tuple[str, ...] = ()
        self._acts: list[Act] = []

    # What the edge asks.

    @property
    def talking(self) -> bool:
        """Whether a dialogue is open."""
        return bool(self._stack)

    @property
    def dialogue(self) -> str | None:
        """The name of the one that has the word."""
        return self._stack[-1].dialogue.name if self._stack else None

    @property
    def in_safety(self) -> bool:
        """Whether a check-in or a plea is being talked about; what can wait does."""
        return any(frame.dialogue.priority >= SAFETY for frame in self._stack)

    @property
    def listening_to(self) -> tuple[str, Mapping[str, str]] | None:
        """The dialogue that waits for an answer now, and its slots."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.speaking or not frame.now.listens:
            return None
        return frame.dialogue.name, frame.slots

    @property
    def wants_words(self) -> bool:
        """Whether the turn takes down what is said, to its end, and listens now."""
        frame = self._stack[-1] if self._stack else None
        return frame is not None and frame.now.dictates and not frame.speaking

    def attentive(self, now: Moment) -> bool:
        """Whether a command is taken without the robot's name."""
        return bool(self._stack) or now.mono < self._attentive_until or self.trust.deadline is not None

    @property
    def deadline(self) -> float | None:
        """When ``tick`` has something to do (monotonic seconds)."""
        own = self._stack[-1].deadline if self._stack else None
        found = [each for each in (self.trust.deadline, own) if each is not None]
        return min(found, default=None)

    @property
    def changes(self) -> int:
        """Counts what a restart must not forget."""
        return self.trust.changes + self.lines.wordings.changes

    def to_store(self) -> dict[str, Any]:
        """What a restart must not forget: what was sent, is held, and was said today."""
        return {**self.trust.to_store(), "said": self.lines.wordings.to_store()}

    def restore(self, raw: Any, now: Moment) -> None:
        """As ``to_store`` wrote it; anything else is left out."""
        self.trust.restore(raw, now)
        if isinstance(raw, dict):
            self.lines.wordings.restore(raw.get("said"))

    # What happens.

    def start(self, name: str, now: Moment, /, **slots: str) -> list[Act]:
        """As ``begin``."""
        return self.begin(name, now, slots)

    def begin(
        self,
        name: str,
        now: Moment,
        slots: Mapping[str, str],
        *,
        words: str | None = None,
        listen_s: float | None = None,
    ) -> list[Act]:
        """The robot begins a dialogue; small talk that nobody wants is left off.

        ``words`` and ``listen_s`` stand in for those of the first turn.
        """
        dialogue = self._script.dialogues.get(name)
        if dialogue is None:
            raise DialogueError(f"there is no dialogue {name!r}")
        missing = [each for each in dialogue.needs if not slots.get(each)]
        if missing:
            raise DialogueError(f"the dialogue {name!r} needs {', '.join(missing)}")
        if dialogue.optional and (self._unanswered >= TIRED_AFTER or self.lines.used_up(dialogue, now)):
            return []
        frame = Frame(dialogue, dialogue.first, dict(slots), asked_for=False, words=words, listen_s=listen_s)
        return self._run(lambda: self._admit(frame, now))

    def heard(self, intent: str | None, text: str, now: Moment) -> list[Act]:
        """Speech that ended: its intent where the closed set had one, else its words."""
        return self._run(lambda: self._hear(intent, text, now))

    def spoken(self, number: int, now: Moment) -> list[Act]:
        """The saying with this number was heard to its end, or could not be."""
        return self._run(lambda: self._spoke(number, now))

    def tick(self, now: Moment) -> list[Act]:
        """Time has passed."""
        return self._run(lambda: self._tick(now))

    def _run(self, step: Callable[[], None]) -> list[Act]:
        step()
        acts, self._acts = self._acts, []
        return acts

    # Turns.

    def _open(self, dialogue: Dialogue, now: Moment, slots: Mapping[str, str], *, asked_for: bool) -> None:
        self._admit(Frame(dialogue, dialogue.first, dict(slots), asked_for), now)

    def _admit(self, frame: Frame, now: Moment) -> None:
        """Now, or when what is as urgent has ended."""
        if (
            self._stack
            and frame.dialogue.priority <= self._stack[-1].dialogue.priority
            and not frame.asked_for
        ):
            self._waiting.append(frame)
            return
        if self._stack:
            self._leave_for_a_while()
        self._stack.append(frame)
        self._enter(frame, frame.turn, now)

    def _leave_for_a_while(self) -> None:
        frame = self._stack[-1]
        if frame.speaking:
            self._acts.append(Do("hush"))
        frame.speaking, frame.deadline = set(), None
        if not frame.dialogue.resumes:
            self._stack.pop()
            self._finish(frame, "interrupted")

    def _enter(self, frame: Frame, name: str, now: Moment, before: tuple[str, ...] = ()) -> None:
        frame.turn, frame.deadline, frame.mumbled = name, None, False
        turn = frame.now
        if turn.outcome is not None:
            frame.outcome = turn.outcome
            if frame.dialogue.priority >= SAFETY and name != frame.dialogue.first:
                # What was answered goes out before it is talked of: words take seconds, and may be cut short.
                self._tell(frame, turn.outcome)
        if turn.dictates and not self.can_write:
            self._go(frame, ">no_dictation", now)
            return
        if turn.send is not None:
            filled = {key: plain(text, frame.slots) for key, text in turn.send.items()}
            self._acts += self.trust.send(filled.pop("kind"), filled, now, at_once=turn.at_once)
        said = self._inner(turn.do, now) if turn.do else ()
        self._speak(frame, (*before, *turn.say), now, more=said)

    def _speak(
        self, frame: Frame, keys: tuple[str, ...], now: Moment, more: tuple[tuple[str, str], ...] = ()
    ) -> None:
        urgent = frame.dialogue.priority >= SAFETY
        own = frame.words if frame.turn == frame.dialogue.first else None
        sayings = [*((key, own or self.lines.say(key, frame.slots, now)) for key in keys), *more]
        for key, text in sayings:
            self._number += 1
            frame.speaking.add(self._number)
            self._acts.append(Say(text, key, urgent, self._number))
        if sayings:
            self._last = tuple(text for _, text in sayings)
            frame.deadline = now.mono + SPEECH_LIMIT_S
        else:
            self._follow(frame, now)

    def _spoke(self, number: int, now: Moment) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is None or number not in frame.speaking:
            return
        frame.speaking.discard(number)
        if not frame.speaking:
            self._follow(frame, now)

    def _follow(self, frame: Frame, now: Moment) -> None:
        """All was said: listen, or go on."""
        if frame.now.listens:
            own = frame.listen_s if frame.turn == frame.dialogue.first else None
            frame.deadline = now.mono + (own or frame.now.listen_s)
        else:
            self._go(frame, frame.now.then, now)

    def _go(self, frame: Frame, target: str, now: Moment) -> None:
        if target == END:
            self._end(frame, now)
        elif target.startswith(">"):
            self._stack.pop()
            self._finish(frame, target[1:])
            self._open(self._script.dialogues[target[1:]], now, frame.slots, asked_for=True)
        else:
            self._enter(frame, target, now)

    def _end(self, frame: Frame, now: Moment, outcome: str | None = None) -> None:
        self._stack.remove(frame)
        self._finish(frame, outcome or frame.outcome)
        if frame.answered or frame.asked_for:
            self._attentive_until = now.mono + ATTENTIVE_S
        back = self._stack[-1] if self._stack else None
        after = max(self._waiting, key=lambda each: each.dialogue.priority, default=None)
        if after is not None and (back is None or after.dialogue.priority > back.dialogue.priority):
            self._waiting.remove(after)
            self._stack.append(after)
            self._enter(after, after.turn, now)
        elif back is not None:
            self._enter(back, back.turn, now, before=("welcome_back",))

    def _tell(self, frame: Frame, outcome: str) -> None:
        if not frame.told:
            frame.told = True
            self._acts.append(Result(frame.dialogue.name, outcome, frame.slots))

    def _finish(self, frame: Frame, outcome: str) -> None:
        self._tell(frame, outcome)
        if frame.answered or frame.asked_for:
            self._unanswered = 0
        elif any(turn.listens for turn in frame.dialogue.turns.values()):
            self._unanswered += 1

    # Hearing.

    def _hear(self, intent: str | None, text: str, now: Moment) -> None:
        frame = self._stack[-1] if self._stack else None
        meant = intent if intent is not None else self._means(text, frame, now)
        if intent is None and meant in PLEAS and self.dialogue not in ANSWERED_BY_A_PLEA:
            self._acts.append(Plea(str(meant)))
        if frame is not None and meant in frame.now.on:
            self._answered(frame, now)
            self._go(frame, frame.now.on[str(meant)], now)
        elif meant in PLEAS:
            self._unanswered = 0
            if not any(each.dialogue.name == "plea" for each in self._stack):
                self._open(self._script.dialogues["plea"], now, {"intent": meant or ""}, asked_for=False)
        elif meant == "stop":
            self._stop(frame, now)
        elif meant == "repeat" and (frame is not None or self.attentive(now)):
            self._repeat(frame, now)
        elif frame is not None:
            self._in_a_turn(frame, meant, text, now)
        elif meant is not None:
            opened = self._script.opened_by(meant)
            if opened is not None and (meant == "wake" or self.attentive(now) or self._meaning.named(text)):
                self._open(opened, now, {}, asked_for=True)

    def _in_a_turn(self, frame: Frame, meant: str | None, text: str, now: Moment) -> None:
        opened = self._script.opened_by(meant) if meant else None
        if opened is not None and meant == PERSON and frame.dialogue.priority < SAFETY:
            self._answered(frame, now)
            self._go(frame, f">{PERSON}", now)
        elif opened is not None and meant != "wake" and frame.dialogue.priority < SAFETY:
            self._open(opened, now, {}, asked_for=True)
        elif frame.now.slot is not None and text.strip() and not frame.speaking:
            self._answered(frame, now)
            frame.slots[frame.now.slot] = text.strip()
            self._go(frame, frame.now.then, now)
        elif not frame.speaking:
            self._unclear(frame, now)

    def _answered(self, frame: Frame, now: Moment) -> None:
        if frame.speaking:
            self._acts.append(Do("hush"))
            frame.speaking = set()
        frame.answered, frame.unclear, frame.silent = True, 0, 0
        self._unanswered = 0
        self._attentive_until = now.mono + ATTENTIVE_S

    def _unclear(self, frame: Frame, now: Moment) -> None:
        if frame.now.patient:
            frame.mumbled = True
            return
        if frame.now.unclear is not None:
            self._go(frame, frame.now.unclear, now)
            return
        frame.unclear += 1
        if frame.unclear > REPAIRS:
            self._go(frame, f">{PERSON}", now)
        else:
            self._speak(frame, (f"repair_{frame.unclear}",), now)

    def _stop(self, frame: Frame | None, now: Moment) -> None:
        self._acts.append(Do("hush"))
        if frame is None:
            return
        if frame.dialogue.priority < SAFETY:
            frame.answered = True
            self._end(frame, now, "stopped")
        elif not frame.speaking:
            self._unclear(frame, now)

    def _repeat(self, frame: Frame | None, now: Moment) -> None:
        texts = self._last
        if frame is not None:
            self._answered(frame, now)
            self._speak(frame, (), now, more=tuple(("say_again", text) for text in texts))
        else:
            one = self._script.dialogues["repeat"]
            made = Frame(one, one.first, {}, asked_for=True)
            self._stack.append(made)
            again = tuple(("say_again", text) for text in texts)
            self._speak(made, () if again else ("nothing_to_repeat",), now, more=again)

    def _means(self, text: str, frame: Frame | None, now: Moment) -> str | None:
        turn = None if frame is None else frame.now
        return self._meaning.of(text, turn, attentive=self.attentive(now))

    # Time.

    def _tick(self, now: Moment) -> None:
        self._acts += self.trust.due(now)
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.deadline is None or now.mono < frame.deadline:
            return
        frame.deadline = None
        if frame.speaking:
            frame.speaking = set()
            self._follow(frame, now)
        elif frame.mumbled and frame.now.unclear is not None:
            self._go(frame, frame.now.unclear, now)
        elif frame.now.silence is not None:
            frame.outcome = "none" if frame.now.silence == END else frame.outcome
            self._go(frame, frame.now.silence, now)
        elif frame.silent == 0 and frame.asked_for:
            frame.silent += 1
            self._enter(frame, frame.turn, now)
        else:
            self._end(frame, now, "none")

    def _inner(self, action: str, now: Moment) -> tuple[tuple[str, str], ...]:
        """What the engine itself can do; all else is the edge's."""
        if action == "tell_sent":
            told = self.trust.told(self._script, self._language, now, self._zone)
        elif action == "hold_back":
            told = "held_back" if self.trust.hold_back() else "nothing_held", ""
        else:
            self._acts.append(Do(action))
            return ()
        key, items = told
        return ((key, self.lines.plain(key, items)),)
