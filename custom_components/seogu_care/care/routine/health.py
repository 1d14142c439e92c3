"""Sensors that can't be trusted: what they say is neither life nor death.

- `regular`: signs at even distances are a machine's (a compressor, a loose contact), not a person's.
- `alone`: one sensor, without pause for hours, while the rest of the home is quiet: a curtain in the wind.
- `stuck`: a motion or bed sensor that never ends.
- `missed`: no sign for days, though the rest of the home is busy as ever: flat battery, fallen off, moved.
- `moved`: it hangs in another room than it is said to (placing.py); a sign of life, but not of its room.
- `unavailable`: Home Assistant says so.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from .sensors import RESTED_ON, Sensor
from .thresholds import (
    ALONE_MIN,
    ALONE_PAUSE_MIN,
    ALONE_RESTING_MIN,
    ALONE_TIMES,
    LONG_SILENCE_MIN,
    MISSED_AFTER_HOURS,
    MISSED_TIMES,
    REGULAR_APART_MIN,
    REGULAR_APART_MOST_MIN,
    REGULAR_SIGNS,
    REGULAR_VARIATION,
    STUCK_ON_MIN,
    STUCK_RESTED_MIN,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Fault = Literal["regular", "alone", "stuck", "missed", "moved", "unavailable"]

_OFTEN: Final = 12  # hours with signs after which a sensor's usual pauses are known


_KEPT: Final = (
    "last",
    "last_hour",
    "on_since",
    "longest_pause",
    "longest_run",
    "woke",
    "signs",
    "ends",
    "unavailable",
    "regular",
    "alone",
)


@dataclass(slots=True)
class _Record:
    """What one sensor did."""

    sensor: Sensor
    last: float | None = None
    on_since: float | None = None
    last_hour: int = 0  # count of the home's hours with signs at its last sign
    longest_pause: int = 0  # in such hours
    longest_run: float = 0.0  # minutes in which it was the only one, and life went on
    woke: float = 1.0  # silences that it ended: how much of the home would be missed without it
    signs: int = 0  # hours in which it had any
    times: deque[float] = field(default_factory=lambda: deque(maxlen=REGULAR_SIGNS))
    ends: bool = False  # it has said at least once that something ended
    unavailable: bool = False
    regular: bool = False
    alone: bool = False

    def to_list(self) -> list[Any]:
        """JSON-ready."""
        kept = [getattr(self, name) for name in _KEPT]
        return [*kept, list(self.times)]

    def read(self, values: list[Any]) -> None:
        """Take back what `to_list` gave."""
        for name, value in zip(_KEPT, values[:-1], strict=True):
            setattr(self, name, value)
        self.times.extend(values[-1])


class Health:
    """Watches the sensors against their own habits and each other."""

    def __init__(self, sensors: Iterable[Sensor]) -> None:
        self._records = {sensor.name: _Record(sensor) for sensor in sensors}
        self._run: tuple[str, float] | None = None  # the sensor that is alone, and since when
        self._any: float | None = None
        self._hours = 0  # hours in which the home had signs

    def sign(self, at: float, name: str, silent: float) -> Fault | None:
        """Take in a sign that came after `silent` minutes; tells why it is none, if so."""
        record = self._records[name]
        if self._any is None or int(at // 60) != int(self._any // 60):
            self._hours += 1
        if record.last is not None and record.signs >= _OFTEN:
            record.longest_pause = max(record.longest_pause, self._hours - record.last_hour)
        record.signs += record.last_hour != self._hours
        record.last, record.last_hour, record.unavailable = at, self._hours, False
        record.times.append(at)
        record.regular = _is_regular(record.times)
        record.alone = self._is_alone(at, record)
        self._any = at
        if record.regular or record.alone:
            return "regular" if record.regular else "alone"
        if silent >= LONG_SILENCE_MIN:
            record.woke += 1.0
        return None

    def _is_alone(self, at: float, record: _Record) -> bool:
        """Whether this sensor has been the only one for longer than it ever was in the company of life."""
        name = record.sensor.name
        run, paused = self._run, self._any is None or at - self._any > ALONE_PAUSE_MIN
        if run is None or run[0] != name or paused:
            if run is not None and self._any is not None and run[0] != name:
                # Another sensor took over: a person was there all the while.
                before = self._records[run[0]]
                before.longest_run = max(before.longest_run, self._any - run[1])
            self._run = run = (name, at)
        resting = record.sensor.kind in RESTED_ON or record.sensor.zone == "bedroom"
        allowed = max(ALONE_RESTING_MIN if resting else ALONE_MIN, ALONE_TIMES * record.longest_run)
        return len(self._records) > 1 and at - run[1] > allowed

    def switched(self, at: float, name: str, *, active: bool) -> None:
        """Follow whether a sensor is on."""
        record = self._records[name]
        if not active:
            record.on_since, record.ends = None, True
        elif record.on_since is None:
            record.on_since = at

    def available(self, name: str, *, available: bool) -> None:
        """Home Assistant can, or can't, reach the sensor."""
        self._records[name].unavailable = not available

    def ends(self, name: str) -> bool:
        """Whether a sensor tells of ends at all; one that does not sends a pulse for each sign."""
        return self._records[name].ends

    def stuck(self, at: float, name: str) -> bool:
        """Whether a sensor has been on for longer than anybody keeps it on."""
        record = self._records[name]
        if record.on_since is None or not record.ends:
            return False
        if record.sensor.kind in RESTED_ON:
            return at - record.on_since > STUCK_RESTED_MIN
        return record.sensor.kind == "motion" and at - record.on_since > STUCK_ON_MIN

    def faults(self, at: float) -> dict[str, Fault]:
        """The sensors that can't be trusted now, and why."""
        found: dict[str, Fault] = {}
        for name, record in self._records.items():
            if (fault := self._fault(at, name, record)) is not None:
                found[name] = fault
        return found

    def _fault(self, at: float, name: str, record: _Record) -> Fault | None:
        if record.unavailable:
            return "unavailable"
        if record.regular or record.alone:
            return "regular" if record.regular else "alone"
        if self.stuck(at, name):
            return "stuck"
        # Counted in hours with signs elsewhere: a home where all is silent is not full of broken sensors.
        if record.signs >= _OFTEN:
            pause = self._hours - record.last_hour
            if pause > max(MISSED_AFTER_HOURS, MISSED_TIMES * record.longest_pause):
                return "missed"
        return None

    def coverage(self, at: float) -> float:
        """The share of the home's waking signs that the trusted sensors gave."""
        faults = self.faults(at)
        seen = sum(record.woke for name, record in self._records.items() if name not in faults)
        return seen / max(sum(record.woke for record in self._records.values()), 1.0)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "run": list(self._run) if self._run else None,
            "any": self._any,
            "hours": self._hours,
            "sensors": {name: record.to_list() for name, record in self._records.items()},
        }

    def read(self, stored: dict[str, Any]) -> None:
        """Take back what `to_dict` gave; sensors that are gone are forgotten, new ones begin."""
        self._run = (stored["run"][0], stored["run"][1]) if stored["run"] else None
        self._any, self._hours = stored["any"], stored["hours"]
        for name, values in stored["sensors"].items():
            if (record := self._records.get(name)) is None:
                continue
            record.read(values)


def _is_regular(times: deque[float]) -> bool:
    if len(times) < REGULAR_SIGNS:
        return False
    span = times[-1] - times[0]
    mean = span / (REGULAR_SIGNS - 1)
    if not REGULAR_APART_MIN <= mean <= REGULAR_APART_MOST_MIN:
        return False
    squares = 0.0
    before = times[0]
    for time in times:
        squares += (time - before - mean) ** 2
        before = time
    squares -= mean**2  # the first pair is no pair
    return bool((squares / (REGULAR_SIGNS - 1)) ** 0.5 < REGULAR_VARIATION * mean)
