"""Which rung of the ladder is due for an alert. Plain decisions, no I/O, no clock.

The ladder is climbed by the time in which an alert waited with nobody's hand on it. Taking it on stops that
time, a lapsed lease lets it run on from where it stood, a new sign after closing starts it anew.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

SHORTEST_AGAIN = timedelta(seconds=30)


class Step(StrEnum):
    """Whom a rung tells."""

    ROBOT = "robot"
    FAMILY = "family"
    CASEWORKER = "caseworker"
    DUTY_OFFICER = "duty_officer"
    EMERGENCY_SERVICES = "119"


STAFFED = frozenset({Step.CASEWORKER, Step.DUTY_OFFICER, Step.EMERGENCY_SERVICES})
"""Rungs behind which a person of the district stands; 119 is called by the duty officer."""


class LadderError(ValueError):
    """A ladder on which an alert could be lost; the message says what is wrong."""


@dataclass(frozen=True)
class Rung:
    """Whom to tell, and after how long a wait."""

    step: Step
    after: timedelta


@dataclass(frozen=True)
class Ladder:
    """Rungs from the first to the last, which is told again and again until somebody takes the alert on."""

    rungs: tuple[Rung, ...]
    again: timedelta

    def __post_init__(self) -> None:
        steps = [rung.step for rung in self.rungs]
        waits = [rung.after for rung in self.rungs]
        if not STAFFED.intersection(steps):
            raise LadderError("a ladder needs a person of the district on it")
        if steps[-1] not in STAFFED:
            raise LadderError(
                "the last rung must be a person of the district: it is told until somebody acts"
            )
        if len(set(steps)) != len(steps):
            raise LadderError("each step stands on a ladder once")
        if waits != sorted(waits) or waits[0] < timedelta(0):
            raise LadderError("a later rung can't be due before an earlier one")
        if self.again < SHORTEST_AGAIN:
            raise LadderError(f"the last rung is told again after {SHORTEST_AGAIN.seconds} s or more")


@dataclass(frozen=True)
class Moment:
    """A step of the alert's life: whether it waited for somebody from then on, and whether it began anew."""

    at: datetime
    waits: bool
    anew: bool = False


@dataclass(frozen=True)
class Call:
    """A rung that must be told now; ``turn`` counts how often the last rung was told before."""

    place: int
    turn: int
    rung: Rung


def waited(moments: Iterable[Moment], now: datetime) -> timedelta:
    """How long the alert has waited with nobody's hand on it, since it was raised or reopened."""
    total = timedelta(0)
    waits_since: datetime | None = None
    for moment in moments:
        if moment.anew:
            total, waits_since = timedelta(0), None
        elif waits_since is not None:
            total += max(timedelta(0), moment.at - waits_since)
        waits_since = moment.at if moment.waits else None
    if waits_since is not None:
        total += max(timedelta(0), now - waits_since)
    return total


def due(ladder: Ladder, wait: timedelta, told: Collection[tuple[int, int]]) -> list[Call]:
    """The calls that are due after this wait and have no receipt (``told``: place and turn) yet.

    After a pause of the bridge itself every rung that was missed is told, but the last one only once.
    """
    last = len(ladder.rungs) - 1
    calls = []
    for place, rung in enumerate(ladder.rungs):
        if rung.after > wait:
            continue
        turn = (wait - rung.after) // ladder.again if place == last else 0
        if (place, turn) not in told:
            calls.append(Call(place, turn, rung))
    return calls


def until_next(ladder: Ladder, wait: timedelta) -> timedelta:
    """How long until the next rung is due; there always is one."""
    for rung in ladder.rungs:
        if rung.after > wait:
            return rung.after - wait
    beyond = wait - ladder.rungs[-1].after
    return ladder.again - beyond % ladder.again


def standing(ladder: Ladder, wait: timedelta) -> Step:
    """The rung of a person that the alert has reached: who answers for it. Before the first one, that one."""
    staffed = [rung for rung in ladder.rungs if rung.step in STAFFED]
    reached = [rung for rung in staffed if rung.after <= wait]
    return (reached[-1] if reached else staffed[0]).step
