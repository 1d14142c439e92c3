"""Plays a conversation that stands in a text file against the dialogue engine.

    language ko                     first line: ko or en
    at 2026-11-25 08:00             the resident's clock; later again to move on to that moment
    start medicine name=혈압약       the robot begins (values with blanks in "quotes")
    heard 먹었어                     words, as the second engine writes them down
    intent okay                     the closed set's spotter heard this
    wait 20                         seconds pass
    slowly / aloud from here on sayings take their time / are over at once (as at the beginning)
    spoken                          the saying that is under way ends
    said …                          the robot must have said exactly this next
    sent kind key=value …           this must have left next
    did louder                      this must have been done next
    ended medicine taken            this dialogue must have come to this outcome next
    nothing                         nothing more must have come of it

All that a step brings forth must be named, in its order, before the next step.
"""

import shlex
from collections import deque
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from robot_runtime.times import Moment
from robot_runtime.voice.dialogue import Do, Engine, Result, Say, Send
from robot_runtime.voice.dialogue.script import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from robot_runtime.voice.dialogue import Act

SEOUL = timezone(timedelta(hours=9))
STEPS = {"at", "start", "heard", "intent", "wait", "slowly", "aloud", "spoken"}
EXPECTED = {"said", "sent", "did", "ended", "nothing"}


class Player:
    def __init__(self, language: str) -> None:
        self.engine = Engine(shipped(), language, SEOUL)
        self.now = Moment(1000.0, datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
        self.slow = False
        self.speaking: deque[int] = deque()

    def step(self, verb: str, rest: str) -> list[str]:
        """Does one step; what came of it, as expectations would name it."""
        return [line for line in map(self._told, self._act(verb, rest)) if line]

    def _act(self, verb: str, rest: str) -> list[Act]:
        engine = self.engine
        if verb in {"slowly", "aloud"}:
            self.slow = verb == "slowly"
            return []
        if verb == "at":
            moment = datetime.strptime(rest, "%Y-%m-%d %H:%M").replace(tzinfo=SEOUL)
            return self._wait((moment - self.now.wall).total_seconds())
        if verb == "wait":
            return self._wait(float(rest))
        if verb == "start":
            name, *pairs = shlex.split(rest)
            acts = engine.start(name, self.now, **dict(one.split("=", 1) for one in pairs))
        elif verb == "spoken":
            acts = engine.spoken(self.speaking.popleft(), self.now)
        else:
            acts = engine.heard(*((None, rest) if verb == "heard" else (rest, "")), self.now)
        return self._after(acts)

    def _wait(self, seconds: float) -> list[Act]:
        end = self.now.mono + seconds
        acts: list[Act] = []
        while (due := self.engine.deadline) is not None and due <= end:
            self.now = self.now.later(max(0.0, due - self.now.mono))
            found = self._after(self.engine.tick(self.now))
            acts += found
            if not found and self.engine.deadline == due:
                raise AssertionError(f"the engine's deadline {due} does not pass")
        self.now = self.now.later(max(0.0, end - self.now.mono))
        return acts

    def _after(self, acts: Iterable[Act]) -> list[Act]:
        """What follows when the sayings have been heard."""
        found: list[Act] = []
        queue = deque(acts)
        while queue:
            act = queue.popleft()
            found.append(act)
            if isinstance(act, Do) and act.action == "hush":
                self.speaking.clear()
            if isinstance(act, Say):
                self.speaking.append(act.number)
        if not self.slow:
            while self.speaking:
                found += self._after(self.engine.spoken(self.speaking.popleft(), self.now))
        return found

    @staticmethod
    def _told(act: Act) -> str:
        match act:
            case Say():
                return f"said {act.text}"
            case Send():
                pairs = "".join(f" {key}={shlex.quote(value)}" for key, value in act.data.items())
                return f"sent {act.kind}{pairs}"
            case Do():
                return f"did {act.action}"
            case Result():
                return f"ended {act.dialogue} {act.outcome}"


def play(text: str, *, fill: bool = False) -> list[str]:
    """Plays the file's text; raises ``AssertionError`` at the first line that is not so.

    ``fill``: instead, the lines of the file with what really came of each step, for whoever writes a new one.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    verb, _, language = lines[0].partition(" ")
    assert verb == "language", "the first line says: language ko"
    player = Player(language)
    written = [lines[0]]
    due: deque[str] = deque()
    for line in lines[1:]:
        verb, _, rest = line.partition(" ")
        if verb in STEPS:
            assert fill or not due, f"before {line!r} this happened as well: {list(due)}"
            due = deque(player.step(verb, rest))
            written += [line, *due]
        elif verb == "nothing":
            assert not due, f"nothing was expected, but: {list(due)}"
        elif not fill:
            assert verb in EXPECTED, f"{verb!r} is no word of a conversation"
            got = due.popleft() if due else "nothing"
            assert got == line, f"expected {line!r}, but: {got!r}"
    assert fill or not due, f"at the end this happened as well: {list(due)}"
    return written
