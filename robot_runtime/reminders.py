"""What can wait for a decent hour, said once: charge the watch, put it on."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

FROM, UNTIL = time(9), time(21)
"""Nobody is spoken to outside these hours for a thing that can wait."""


@dataclass(slots=True)
class Reminders:
    """Phrases that wait to be said; each at most once a day."""

    _waiting: dict[str, None] = field(default_factory=dict)
    _said: dict[str, date] = field(default_factory=dict)

    def want(self, phrase: str) -> None:
        """Say this when the hour is right."""
        self._waiting[phrase] = None

    def settle(self, phrase: str) -> None:
        """It is no longer so."""
        self._waiting.pop(phrase, None)

    def due(self, local: datetime) -> list[str]:
        """What to say now, at this local time; it counts as said."""
        if not FROM <= local.time() < UNTIL:
            return []
        ready = [phrase for phrase in self._waiting if self._said.get(phrase) != local.date()]
        self._waiting.clear()
        self._said |= dict.fromkeys(ready, local.date())
        return ready
