"""How silences end: for each place, hour and length so far, how soon the next sign comes.

The model is a table of the resident's own silences (how many ended, and how long they were watched) over
the length so far, the hour of the day and the place of the last sign. A cell with little in it leans on
the place at any hour, the place on the whole home, and the home on a general prior: the chance of a sign
falls as one over the length of the silence (a power law, as the pauses in what people do are known to have
heavy tails: Barabási, Nature 435, 2005), so that it fits homes with many sensors and with few.

A place's name may have parts (`kitchen|busy`): the longer name leans on the shorter.
"""

import base64
import binascii
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .errors import BadStateError
from .thresholds import (
    DEEP_NIGHT_FROM_MIN,
    LONG_SILENCE_MIN,
    NIGHT_TO_MIN,
    PRIOR_DAY,
    PRIOR_NIGHT,
    WEIGHT_HOUR,
    WEIGHT_LENGTH,
    WEIGHT_PLACE,
    WEIGHT_PLACE_HOUR,
)

Floats = NDArray[np.float64]

STEP_MIN: Final = 5.0
STEP_HOURS: Final = STEP_MIN / 60.0
HORIZON_MIN: Final = 26 * 60.0
STEPS: Final = int((HORIZON_MIN - LONG_SILENCE_MIN) / STEP_MIN)
# Lengths of silence that are told apart, in minutes.
EDGES: Final = np.array([10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, HORIZON_MIN])
LENGTHS: Final = len(EDGES) - 1
HOURS: Final = 24
# Neighbouring hours are alike: what is seen at one counts in part for the next.
SPREAD: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))
# Minutes of silence at each step.
ELAPSED: Final[Floats] = np.asarray(LONG_SILENCE_MIN + STEP_MIN * np.arange(STEPS), dtype=np.float64)


def _length_at(minutes: Floats) -> NDArray[np.intp]:
    """Which of the told-apart lengths each number of minutes is."""
    return np.clip(np.searchsorted(EDGES, minutes, side="right") - 1, 0, LENGTHS - 1)


def _prior_hazard() -> Floats:
    """Ends per hour over (length, hour) of somebody nothing is known of yet."""
    middle = np.sqrt(EDGES[:-1] * EDGES[1:]) / 60.0
    hours = np.arange(HOURS)
    asleep = (hours * 60 >= DEEP_NIGHT_FROM_MIN) | (hours * 60 < NIGHT_TO_MIN)
    slopes = np.where(asleep[None, :], PRIOR_NIGHT, PRIOR_DAY)
    return np.asarray(slopes / middle[:, None], dtype=np.float64)


_LENGTH: Final = _length_at(ELAPSED)
_PRIOR: Final = _prior_hazard()
# What earlier versions stored has no mark and is not deflated.
_DEFLATED: Final = "z:"


class HazardTable:
    """Counts of ended silences and hours watched, by place, length so far and hour of the day."""

    def __init__(self) -> None:
        # The whole home stands under the empty name.
        self._counts: dict[str, tuple[Floats, Floats]] = {"": _empty()}
        self._rates: dict[str, Floats] = {}

    def learn(self, place: str, wall: float, minutes: float, *, ended: bool = True) -> None:
        """Take in one silence of `minutes` that began at `wall`; `ended` is False where it was cut short."""
        steps = min(int((minutes - LONG_SILENCE_MIN) / STEP_MIN), STEPS - 1)
        if steps < 0:
            return
        hour = (((wall + ELAPSED[: steps + 1]) // 60) % HOURS).astype(np.intp)
        hours = np.full(steps + 1, STEP_HOURS)
        hours[-1] = min(minutes - ELAPSED[steps], STEP_MIN) / 60.0
        came = ended and minutes < HORIZON_MIN
        for ends, watched in self._levels(place):
            for shift, share in SPREAD:
                spread = (hour + shift) % HOURS
                np.add.at(watched, (_LENGTH[: steps + 1], spread), hours * share)
                if came:
                    ends[_LENGTH[steps], spread[-1]] += share
        self._rates.clear()

    def _levels(self, place: str) -> list[tuple[Floats, Floats]]:
        levels = [self._counts[""]]
        while place:
            levels.append(self._counts.setdefault(place, _empty()))
            place = place.rpartition("|")[0]
        return levels

    def forget(self, keep: float) -> None:
        """Let what was learned fade to a share of it, so that seasons and habits may change."""
        for tables in self._counts.values():
            for table in tables:
                np.multiply(table, keep, out=table)
        self._rates.clear()

    def rate(self, place: str) -> Floats:
        """Ends per hour over (length, hour) when the last sign was at `place`."""
        if (known := self._rates.get(place)) is not None:
            return known
        if place:
            rate = self.rate(place.rpartition("|")[0])
            if place in self._counts:
                rate = _lean(self._counts[place], rate, WEIGHT_PLACE, WEIGHT_PLACE_HOUR)
        else:
            rate = _lean(self._counts[""], _PRIOR, WEIGHT_LENGTH, WEIGHT_HOUR)
        self._rates[place] = rate
        return rate

    def ahead(self, place: str, wall: float, passed: float = 0.0) -> Floats:
        """Ends per hour in each step from 10 minutes after `wall` on, `passed` minutes into a silence."""
        hour = (((wall + ELAPSED) // 60) % HOURS).astype(np.intp)
        length = _LENGTH if passed == 0.0 else _length_at(np.asarray(ELAPSED + passed, dtype=np.float64))
        ahead: Floats = self.rate(place)[length, hour]
        return ahead

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready and exact: both tables of each place as little-endian doubles, deflated, in base64."""
        return {
            place: _DEFLATED + base64.b64encode(zlib.compress(_bytes(tables))).decode("ascii")
            for place, tables in sorted(self._counts.items())
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> HazardTable:
        """Read back; raises BadStateError when the tables are not ours."""
        table = cls()
        for place, packed in stored.items():
            try:
                deflated = packed.startswith(_DEFLATED)
                raw = base64.b64decode(packed.removeprefix(_DEFLATED), validate=True)
                both = np.frombuffer(_inflated(raw) if deflated else raw, dtype="<f8")
                ends, watched = both.astype(np.float64).reshape(2, LENGTHS, HOURS)
            except (binascii.Error, zlib.error, ValueError, TypeError, AttributeError) as wrong:
                message = f"the learned silences of {place!r} are damaged: forget the routine and learn anew"
                raise BadStateError(message) from wrong
            table._counts[place] = (ends.copy(), watched.copy())
        return table


def _bytes(tables: tuple[Floats, Floats]) -> bytes:
    return np.stack(tables).astype("<f8").tobytes()


def _inflated(deflated: bytes) -> bytes:
    """Never more than a place's two tables, whatever the file says."""
    return zlib.decompressobj().decompress(deflated, 2 * LENGTHS * HOURS * 8 + 1)


def _empty() -> tuple[Floats, Floats]:
    return np.zeros((LENGTHS, HOURS)), np.zeros((LENGTHS, HOURS))


def _lean(counts: tuple[Floats, Floats], above: Floats, trust: float, trust_hour: float) -> Floats:
    """Rates from counts, leaning on the level above: first each length as a whole, then each hour.

    Where silences of one length end sooner than those of the level above, longer ones most likely do, too:
    each length leans on the shorter one before it.
    """
    ends, watched = counts
    expected = (watched * above).sum(axis=1)
    ratio, ratios = 1.0, []
    for came, awaited in zip(ends.sum(axis=1).tolist(), expected.tolist(), strict=True):
        ratio = (came + trust * ratio) / (awaited + trust)
        ratios.append(ratio)
    by_length = above * np.array(ratios)[:, None]
    rate: Floats = (ends + trust_hour) / (watched + trust_hour / by_length)
    return rate
