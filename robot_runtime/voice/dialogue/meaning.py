"""What written words mean, given the turn that is open."""

from typing import TYPE_CHECKING

from robot_runtime.voice.dialogue.script import PERSON
from robot_runtime.voice.dialogue.understand import intent_of

if TYPE_CHECKING:
    from robot_runtime.voice.dialogue.script import Script, Turn

PLEAS = frozenset({"help", "fallen", "pain", "fire"})
DENIAL_LIMIT = 0.15


class Meaning:
    """Of one language's words by one script."""

    def __init__(self, script: Script, language: str) -> None:
        """Holds nothing of its own."""
        self._script = script
        self._language = language

    def of(self, text: str, turn: Turn | None, *, attentive: bool) -> str | None:
        """The intent that ``text`` has within ``turn``; ``attentive``: a command needs no name."""
        if not text:
            return None
        if turn is not None:
            meant = intent_of(text, (*PLEAS, *turn.on), self._script, self._language)
            if meant == "okay" and self._denied(text):
                return "no"
            if meant is not None:
                return meant
        if turn is not None and turn.slot is not None and not turn.commands:
            # Whoever dictates may use any word; only these leave the dictation.
            return intent_of(text, (PERSON, "stop"), self._script, self._language)
        meant = None
        if attentive or self.named(text):
            openers = [
                intent
                for each in self._script.dialogues.values()
                for intent in each.opens
                if intent != "wake"
            ]
            meant = intent_of(text, (*openers, "stop", "repeat"), self._script, self._language)
        return meant or ("wake" if self.named(text) else None)

    def named(self, text: str) -> bool:
        """Whether the robot's name is in it."""
        return intent_of(text, ("wake",), self._script, self._language) is not None

    def _denied(self, text: str) -> bool:
        """괜찮아 stands within 안 괜찮아: a denial that is nearly word for word wins."""
        return intent_of(text, ("no",), self._script, self._language, limit=DENIAL_LIMIT) is not None
