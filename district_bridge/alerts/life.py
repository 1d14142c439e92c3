"""The life of an alert at the bridge: raised → acknowledged → closed. Plain decisions, no I/O, no clock.

Software suggests, a person decides: a report from home or robot can raise an alert, make it more urgent, or
suggest that it is over. Only a person closes it. The one exception is an alert that the bridge itself raised
about a silent home and nobody took (docs/decisions/0201): it goes when its cause is gone.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class State(StrEnum):
    """Where an alert stands."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Reporter(StrEnum):
    """Who tells of an incident."""

    HOME = "home"
    ROBOT = "robot"
    BRIDGE = "bridge"


class Hearing(StrEnum):
    """What a report means for what is known."""

    OPENED = "opened"
    """A new alert."""
    NEWS = "news"
    """The alert is known; the report is newer than what this reporter said before."""
    HOME_SAYS_OVER = "home_says_over"
    """The alert is known and open; the home says it is over, and a person decides."""
    OPENED_OVER = "opened_over"
    """The first word of this incident is that it is over: a new alert all the same, for a person to see."""
    SIGN_AFTER_CLOSING = "sign_after_closing"
    """A person closed the alert; its reporter has seen a further sign that this person can't have seen."""
    OLD = "old"
    """Nothing new: an older step of the same reporter, or a first word about an alert that is closed."""


@dataclass(frozen=True)
class Standing:
    """What is known of an alert when a report comes in. Steps are -1 where the reporter said nothing yet."""

    state: State
    home_step: int
    robot_step: int


@dataclass(frozen=True)
class Report:
    """What is told: by whom, at which of its steps, and whether it says that the incident is over."""

    reporter: Reporter
    step: int
    says_over: bool


class LifeError(Exception):
    """A person asked for a step that the alert can't take."""


class AlreadyClosedError(LifeError):
    """Somebody closed the alert before."""


class HeldByAnotherError(LifeError):
    """Another person has taken the alert on."""


class NotYoursError(LifeError):
    """Only who holds the alert can do this."""


class OfferGoneError(LifeError):
    """The hand-over was answered, or the alert has left the hands of who offered it."""


class TooLateError(LifeError):
    """The step can't be taken back any more."""


class NotTogetherError(LifeError):
    """These two alerts can't be merged: they are of two homes, one and the same, or one is closed."""


def hear(known: Standing | None, report: Report) -> Hearing:
    """What a report means: duplicates and late steps are no news.

    Of a closed alert only a newer step of a reporter that was heard before is news: the home adds a second
    plea to an incident which it still believes open, because it was cut off when the person closed it.
    """
    if known is None:
        return Hearing.OPENED_OVER if report.says_over else Hearing.OPENED
    last = known.home_step if report.reporter is Reporter.HOME else known.robot_step
    if known.state is State.CLOSED:
        seen_more = 0 <= last < report.step and not report.says_over
        return Hearing.SIGN_AFTER_CLOSING if seen_more else Hearing.OLD
    if report.step <= last:
        return Hearing.OLD
    return Hearing.HOME_SAYS_OVER if report.says_over else Hearing.NEWS


def check_may_take(state: State, holder: int | None, person: int) -> None:
    """Raises when this person can't take the alert on. Taking it again renews the lease."""
    if state is State.CLOSED:
        raise AlreadyClosedError
    if state is State.ACKNOWLEDGED and holder != person:
        raise HeldByAnotherError


def check_may_close(state: State, holder: int | None, person: int) -> None:
    """Raises when this person can't close the alert: what another has taken on is the other's to close."""
    check_may_take(state, holder, person)


def lease_until(now: datetime, lease: timedelta) -> datetime:
    """When an acknowledgement given now lapses."""
    return now + lease


def has_lapsed(state: State, until: datetime | None, now: datetime) -> bool:
    """Whether an acknowledgement no longer holds."""
    return state is State.ACKNOWLEDGED and until is not None and until <= now


def check_holds(state: State, holder: int | None, person: int) -> None:
    """Raises when this person does not hold the alert: only a holder hands over or gives back."""
    if state is State.CLOSED:
        raise AlreadyClosedError
    if state is not State.ACKNOWLEDGED or holder != person:
        raise NotYoursError


@dataclass(frozen=True)
class Taken:
    """The last step of an alert that counts for taking it back: who took it, when, and what was before."""

    person: int | None
    at: datetime
    after: State
    before: State


def state_after_undo(last: Taken | None, person: int, now: datetime, window: timedelta) -> State:
    """Where the alert stands when ``person`` takes the last step back; raises ``TooLateError``.

    Taking an alert on and closing it can be taken back, by who did it, within the window, as long as nothing
    else has happened to the alert.
    """
    if last is None or last.person != person or now - last.at > window:
        raise TooLateError
    if last.after is State.RAISED or last.after is last.before:
        raise TooLateError
    return last.before


def check_may_merge(first: Side, second: Side, person: int) -> None:
    """Raises when this person can't merge these two alerts."""
    if first.alert == second.alert or first.home != second.home:
        raise NotTogetherError
    for side in (first, second):
        check_may_take(side.state, side.holder, person)


@dataclass(frozen=True)
class Side:
    """One of two alerts that shall become one."""

    alert: int
    home: str
    state: State
    holder: int | None
