"""What left the home today, told to whoever asks; and what has not left yet, so that it can be stopped."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from robot_runtime import times
from robot_runtime.voice.dialogue.acts import Send
from robot_runtime.voice.reading import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from robot_runtime.times import Moment
    from robot_runtime.voice.dialogue.script import Script

HOLD_S = 20.0
"""So long a message that is no emergency waits, for the resident may say "보내지 마"."""
MOST_TOLD = 5
"""More would be a lecture; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Held:
    send: Send
    due: float
    wall: datetime
    """``due`` on the wall clock, which goes on over a restart."""


class Trust:
    """The day's ledger and what is held."""

    def __init__(self) -> None:
        """Nothing sent yet."""
        self._sent: list[tuple[datetime, str]] = []
        self._held: list[_Held] = []
        self.changes = 0
        """Counts what a restart must not forget."""

    def send(self, kind: str, data: dict[str, str], now: Moment, *, at_once: bool) -> list[Send]:
        """Sends now, or holds for some seconds."""
        message = Send(kind, data)
        if at_once:
            self.note(kind, now)
            return [message]
        held = replace(message, id=times.new_id())
        self._held.append(_Held(held, now.mono + HOLD_S, now.wall + timedelta(seconds=HOLD_S)))
        self.changes += 1
        return []

    def due(self, now: Moment) -> list[Send]:
        """What has been held long enough."""
        ready = [each.send for each in self._held if each.due <= now.mono]
        self._held = [each for each in self._held if each.due > now.mono]
        for each in ready:
            self.note(each.kind, now)
        return ready

    @property
    def deadline(self) -> float | None:
        """When the next is due."""
        return min((each.due for each in self._held), default=None)

    def hold_back(self) -> bool:
        """Drops all that is held; whether there was any."""
        held, self._held = self._held, []
        self.changes += 1
        return bool(held)

    def note(self, kind: str, now: Moment) -> None:
        """Something left the home (alerts, too: they are told, though they can't be stopped)."""
        self._sent = [each for each in self._sent if (now.wall - each[0]).days < 1]
        self._sent.append((now.wall, kind))
        self.changes += 1

    def told(self, script: Script, language: str, now: Moment, zone: tzinfo | None) -> tuple[str, str]:
        """The line to say, and today's messages in words."""
        today = now.wall.astimezone(zone).date()
        mine = [each for each in self._sent if each[0].astimezone(zone).date() == today]
        if not mine:
            return "sent_none", ""
        items = []
        for wall, kind in mine[-MOST_TOLD:]:
            key = f"sent_{kind}" if f"sent_{kind}" in script.lines else "sent_other"
            items.append(f"{clock(wall.astimezone(zone).time(), language)}, {script.lines[key][language][0]}")
        return "sent_list", ". ".join(items)

    def to_store(self) -> dict[str, Any]:
        """What a restart must not forget."""
        return {
            "sent": [[times.stamp(wall), kind] for wall, kind in self._sent],
            "held": [
                [each.send.kind, each.send.data, each.send.id, times.stamp(each.wall)] for each in self._held
            ],
        }

    def restore(self, raw: Any, now: Moment) -> None:
        """As ``to_store`` wrote it: what was held is due when it was due. Anything else is left out."""
        if not isinstance(raw, dict):
            return
        pairs: Sequence[Any] = raw.get("sent") or ()
        self._sent = [(times.parse_stamp(wall), str(kind)) for wall, kind in pairs]
        self._held = []
        for kind, data, *more in raw.get("held") or ():
            letter_id, due = more or (times.new_id(), times.stamp(now.wall))
            wall = times.parse_stamp(due)
            # A clock that was set back meanwhile must not hold it for hours.
            left = min(HOLD_S, max(0.0, (wall - now.wall).total_seconds()))
            self._held.append(_Held(Send(str(kind), dict(data), str(letter_id)), now.mono + left, wall))
