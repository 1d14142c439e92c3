"""Reads the file that holds all talk, and refuses one that would leave somebody without an answer."""

import string
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot_runtime.errors import DialogueError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("talk.toml")
LANGUAGES = ("ko", "en")
END = "end"
PERSON = "person"
"""The dialogue that every other can end in: a person is asked to call back."""
GLOBAL = ("person", "repeat", "stop")
"""Understood in every turn."""
REQUIRED_LINES = (
    *("repair_1", "repair_2", "welcome_back", "say_again", "nothing_to_repeat", "sent_list", "sent_none"),
    *("held_back", "nothing_held", "not_understood", "no_dictation"),
)
LISTEN_S = 15.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: what is said, what may be heard, and what follows each.

    ``on``: intent → the next turn, ``end`` or ``>dialogue``. ``slot``: what is heard in free words goes
    there, then
    ``then``. Without ``on`` and ``slot`` the robot does not listen and goes on to ``then`` when it has
    spoken.
    ``patient``: what was not understood counts only when the time is up, so that a mumble may still become an
    answer.
    ``short``: a word or two is wanted, so that no second engine is needed to write it down.
    ``commands``: what opens other dialogues is understood before free words are.
    ``send`` waits some seconds, so that the resident can hold it back, unless ``at_once``.
    """

    say: tuple[str, ...] = ()
    on: Mapping[str, str] = field(default_factory=dict)
    slot: str | None = None
    then: str = END
    silence: str | None = None
    unclear: str | None = None
    listen_s: float = LISTEN_S
    send: Mapping[str, str] | None = None
    do: str | None = None
    outcome: str | None = None
    patient: bool = False
    at_once: bool = False
    commands: bool = False
    short: bool = False

    @property
    def dictates(self) -> bool:
        """Whether it needs free words written down."""
        return self.slot is not None and not self.commands and not self.short

    @property
    def listens(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self.on) or self.slot is not None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Its turns by name; ``priority`` 0 small talk, 1 reminders and messages, 2 asked for, 9 safety."""

    name: str
    turns: Mapping[str, Turn]
    first: str
    priority: int
    opens: tuple[str, ...]
    optional: bool
    needs: tuple[str, ...]
    resumes: bool


@dataclass(frozen=True, slots=True)
class Script:
    """All lines, all that is understood, all dialogues."""

    lines: Mapping[str, Mapping[str, tuple[str, ...]]]
    understand: Mapping[str, Mapping[str, tuple[str, ...]]]
    dialogues: Mapping[str, Dialogue]

    def opened_by(self, intent: str) -> Dialogue | None:
        """The dialogue that the resident opens with this intent."""
        return next((each for each in self.dialogues.values() if intent in each.opens), None)


@cache
def shipped() -> Script:
    """The robot's own file."""
    return load(FILE)


def load(path: Path) -> Script:
    """Reads a file; raises ``DialogueError`` naming the place that is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        script = Script(
            {key: _both(f"lines.{key}", entry) for key, entry in raw["lines"].items()},
            {key: _both(f"understand.{key}", entry) for key, entry in raw["understand"].items()},
            {name: _dialogue(name, entry) for name, entry in raw["dialogue"].items()},
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise DialogueError(f"{path.name} can't be read: {error!r}") from error
    _check(script)
    return script


def _both(where: str, entry: Any) -> dict[str, tuple[str, ...]]:
    found = {}
    for language in LANGUAGES:
        given = entry.get(language)
        texts = (given,) if isinstance(given, str) else tuple(given or ())
        if not texts or not all(isinstance(each, str) and each.strip() for each in texts):
            raise DialogueError(f"[{where}] has no text in {language!r}")
        found[language] = texts
    return found


def _dialogue(name: str, entry: dict[str, Any]) -> Dialogue:
    turns = {key: _turn(f"dialogue.{name}.turn.{key}", each) for key, each in entry["turn"].items()}
    known = {"turn", "priority", "opens", "optional", "needs", "resumes", "first"}
    _no_more(f"dialogue.{name}", entry, known)
    return Dialogue(
        name,
        turns,
        entry.get("first", next(iter(turns))),
        int(entry.get("priority", 2)),
        tuple(entry.get("opens", ())),
        bool(entry.get("optional", False)),
        tuple(entry.get("needs", ())),
        bool(entry.get("resumes", True)),
    )


def _turn(where: str, entry: dict[str, Any]) -> Turn:
    fields = {"say", "on", "slot", "then", "silence", "unclear", "listen_s", "send", "do", "outcome"}
    fields |= {"patient", "at_once", "commands", "short"}
    _no_more(where, entry, fields)
    say = entry.get("say", ())
    return Turn(**{**entry, "say": (say,) if isinstance(say, str) else tuple(say)})


def _no_more(where: str, entry: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise DialogueError(f"[{where}] has unknown keys: {', '.join(unknown)}")


def _check(script: Script) -> None:
    missing = [key for key in REQUIRED_LINES if key not in script.lines]
    if missing or not {PERSON, "no_dictation", "plea", "repeat"} <= set(script.dialogues):
        raise DialogueError(f"missing: {', '.join(missing) or 'a dialogue that the engine itself opens'}")
    for dialogue in script.dialogues.values():
        where = f"dialogue.{dialogue.name}"
        if dialogue.first not in dialogue.turns:
            raise DialogueError(f"[{where}] begins with {dialogue.first!r}, which it does not have")
        for intent in dialogue.opens:
            _known_intent(script, where, intent)
        for name, turn in dialogue.turns.items():
            _check_turn(script, dialogue, f"{where}.turn.{name}", turn)


def _check_turn(script: Script, dialogue: Dialogue, where: str, turn: Turn) -> None:
    for key in turn.say:
        if key not in script.lines:
            raise DialogueError(f"[{where}] says {key!r}, which is no line")
    for intent in turn.on:
        _known_intent(script, where, intent)
    targets = [*turn.on.values(), turn.then, *filter(None, (turn.silence, turn.unclear))]
    for target in targets:
        known = target[1:] in script.dialogues if target.startswith(">") else target in {*dialogue.turns, END}
        if not known:
            raise DialogueError(f"[{where}] goes on to {target!r}, which is not there")


def _known_intent(script: Script, where: str, intent: str) -> None:
    if intent not in script.understand:
        raise DialogueError(f"[{where}] waits for {intent!r}, which nothing is understood as")


def slots_of(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
