"""One dialogue under way: which turn it is at, and what came of it so far."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_runtime.voice.dialogue.script import Dialogue, Turn


@dataclass(slots=True)
class Frame:
    """``slots``: what it was begun with and what was heard. ``asked_for``: the resident began it."""

    dialogue: Dialogue
    turn: str
    slots: dict[str, str]
    asked_for: bool
    unclear: int = 0
    silent: int = 0
    mumbled: bool = False
    answered: bool = False
    speaking: set[int] = field(default_factory=set)
    """The numbers of its sayings that are not yet heard to their end."""
    deadline: float | None = None
    outcome: str = "done"
    told: bool = False
    """Whether its outcome has been reported."""
    words: str | None = None
    listen_s: float | None = None

    @property
    def now(self) -> Turn:
        """The turn it is at."""
        return self.dialogue.turns[self.turn]
