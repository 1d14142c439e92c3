"""When the core was called: the home's own time, whatever becomes of its clock, and when nobody watched."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .clock import Clock, Moment
from .thresholds import BLIND_CALL_MIN

if TYPE_CHECKING:
    from datetime import datetime

# A home that ticks does so every minute; one that only reads history does not tick.
_TICKING_MIN: Final = 2.0


class Calls:
    """Turns the times of calls into moments that a clock set back does not disturb."""

    def __init__(self) -> None:
        self._clock = Clock()
        self._set_back = 0.0  # minutes by which the clock was set back
        self._last: float | None = None
        self._last_tick: float | None = None

    def moment(self, t: datetime, *, tick: bool = False) -> tuple[Moment, float]:
        """The moment of a call, and for how many minutes before it nobody watched (0 as a rule)."""
        moment = self._clock.moment(t)
        at = moment.at + self._set_back
        last, last_tick = self._last, self._last_tick
        if tick and last_tick is not None and at < last_tick - 1.0:
            self._set_back += last_tick - at
            at = last_tick
        unwatched = 0.0
        ticking = last is not None and last_tick is not None and last - last_tick <= _TICKING_MIN
        if last is not None and ticking and at - last > BLIND_CALL_MIN:
            unwatched = at - last
        self._last = at if last is None else max(last, at)
        if tick:
            self._last_tick = at
        return replace(moment, at=at), unwatched

    @property
    def last(self) -> float | None:
        """The latest call's absolute minute."""
        return self._last

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "aware": self._clock.aware,
            "set_back": self._set_back,
            "last": self._last,
            "last_tick": self._last_tick,
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave."""
        self._clock.aware = stored["aware"]
        self._set_back, self._last, self._last_tick = stored["set_back"], stored["last"], stored["last_tick"]
