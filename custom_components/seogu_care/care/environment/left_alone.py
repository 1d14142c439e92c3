"""What was left: the front door open, the stove on with nobody near."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .criteria import DOOR_REMIND_MIN, DOOR_TELL_MIN, DOOR_TELL_NIGHT_MIN, STOVE_ALONE_MIN, STOVE_ASK_MIN
from .indoors import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from .indoors import Hazard


@dataclass(slots=True)
class _Left:
    since: datetime
    reminded: bool = False
    told: bool = False


class LeftAlone:
    """Follows doors and stoves. A sensor that can't be reached is no open door and no shut one."""

    def __init__(self) -> None:
        self._doors: dict[str, _Left] = {}
        self._stoves: dict[str, tuple[str, _Left]] = {}  # room, and since when nobody was near
        self._near: dict[str, datetime] = {}  # the last sign in each room

    def door(self, t: datetime, name: str, *, is_open: bool) -> list[Finding]:
        """An exterior door was opened or shut."""
        if is_open:
            self._doors.setdefault(name, _Left(t))
            return []
        left = self._doors.pop(name, None)
        others = any(each.told for each in self._doors.values())
        return [Finding("door_open", "over", source=name)] if left and left.told and not others else []

    def stove(self, t: datetime, name: str, room: str, *, on: bool) -> list[Finding]:
        """A stove was switched on or off."""
        if on:
            self._stoves.setdefault(name, (room, _Left(t)))
            return []
        _, left = self._stoves.pop(name, (room, None))
        return [Finding("stove", "over", source=name)] if left and left.told else []

    def sign(self, t: datetime, room: str) -> list[Finding]:
        """Somebody is in a room."""
        self._near[room] = t
        over = []
        for name, (where, left) in list(self._stoves.items()):
            if where == room:
                if left.told:
                    over.append(Finding("stove", "over", source=name))
                self._stoves[name] = (where, _Left(t))
        return over

    def tick(self, t: datetime, *, night: bool, out: bool) -> list[Finding]:
        """What has been left for too long. Nobody can be reminded who is thought to be out."""
        found: list[Finding] = []
        door_tell = DOOR_TELL_NIGHT_MIN if night or out else DOOR_TELL_MIN
        for name, left in self._doors.items():
            found += _due(t, "door_open", name, left, None if out else DOOR_REMIND_MIN, door_tell)
        for name, (_, left) in self._stoves.items():
            remind = None if out else STOVE_ALONE_MIN
            found += _due(t, "stove", name, left, remind, STOVE_ASK_MIN, grave=out)
        return found


def _due(
    t: datetime,
    hazard: Hazard,
    name: str,
    left: _Left,
    remind: float | None,
    tell: float,
    *,
    grave: bool = False,
) -> list[Finding]:
    minutes = (t - left.since).total_seconds() / 60.0
    if minutes >= tell and not left.told:
        left.told = True
        return [Finding(hazard, "tell", grave, minutes, name)]
    if remind is not None and minutes >= remind and not left.reminded and not left.told:
        left.reminded = True
        return [Finding(hazard, "remind", value=minutes, source=name)]
    return []
