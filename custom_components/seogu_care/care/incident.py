"""An incident and the one state machine it lives by.

``suspected → checking → raised → acknowledged → closed``, or ``checking → closed`` when the resident answered
well. A caseworker's acknowledgement is a lease: ``acknowledged → raised`` when it lapses.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from . import policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Kind(StrEnum):
    """What an incident is about."""

    FALL = "fall"
    HELP_CALL = "help_call"
    INACTIVITY = "inactivity"
    ANOMALY = "anomaly"
    ENVIRONMENT = "environment"
    DEVICE = "device"
    NOTICE = "notice"


class State(StrEnum):
    """Where an incident stands."""

    SUSPECTED = "suspected"
    CHECKING = "checking"
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Severity(StrEnum):
    """How urgent an incident is."""

    EMERGENCY = "emergency"
    WARNING = "warning"
    NOTICE = "notice"


class Outcome(StrEnum):
    """How an incident ended."""

    ANSWERED_WELL = "answered_well"
    FALSE_ALARM = "false_alarm"
    HELPED = "helped"
    SENT_TO_HOSPITAL = "sent_to_hospital"
    RESOLVED_AT_HOME = "resolved_at_home"
    OTHER = "other"


class Unanswered(StrEnum):
    """What a question leads to that nobody answers."""

    RAISE = "raise"
    """It is asked again as often as the policy says, then raised."""
    WAIT = "wait"
    """The routine asks again or alerts, minutes later; should it fall silent itself, the core goes on."""
    END = "end"
    """Most likely nobody is at home to answer: it ends, and the routine asks again later."""


class Reporter(StrEnum):
    """Who counts an incident's steps."""

    HOME = "home"
    ROBOT = "robot"


class ImpossibleStepError(ValueError):
    """A transition that the state machine does not know."""


STEPS: Mapping[State, frozenset[State]] = {
    State.SUSPECTED: frozenset({State.CHECKING, State.RAISED, State.CLOSED}),
    State.CHECKING: frozenset({State.RAISED, State.CLOSED}),
    State.RAISED: frozenset({State.ACKNOWLEDGED, State.CLOSED}),
    State.ACKNOWLEDGED: frozenset({State.RAISED, State.CLOSED}),
    State.CLOSED: frozenset(),
}
ORDER = tuple(State)


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads, in Korean and in English."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that speaks for an incident, with its unit (empty where it has none)."""

    name: str
    value: float | str | bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One event in a resident's life that somebody must look at.

    ``id`` is the id of its first sign; ``cause`` tells apart incidents of one kind (``smoke`` from ``gas``);
    ``step`` counts transitions at ``reported_by``; ``deadline`` is when ``checking`` ends unanswered;
    ``delivered`` whether the bridge has stored that it was raised; ``tell_family_at`` when the family is told
    if the bridge has not; ``family_told`` whether they were; ``unanswered`` is what no answer leads to;
    ``resident`` is whose wearable it began with, a name that stays in the home.
    """

    id: str
    kind: Kind
    cause: str
    state: State
    severity: Severity
    opened_at: datetime
    state_at: datetime
    summary: Words
    step: int = 1
    evidence: tuple[Evidence, ...] = ()
    reported_by: Reporter = Reporter.HOME
    outcome: Outcome | None = None
    robot: str | None = None
    asked: int = 0
    deadline: datetime | None = None
    alerted: bool = False
    delivered: bool = False
    tell_family_at: datetime | None = None
    family_told: bool = False
    by: str | None = None
    unanswered: Unanswered = Unanswered.RAISE
    resident: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state is not State.CLOSED

    @property
    def is_unanswered_question(self) -> bool:
        """Whether the robot's check-in is still to be answered."""
        return self.state in {State.SUSPECTED, State.CHECKING}

    def moved(self, state: State, now: datetime) -> Incident:
        """The incident one step on, counted by the home.

        Raises ImpossibleStepError if the state machine has no such step.
        """
        if state not in STEPS[self.state]:
            raise ImpossibleStepError(f"incident {self.id}: there is no step from {self.state} to {state}")
        return replace(
            self,
            state=state,
            state_at=now,
            step=self.step + 1,
            reported_by=Reporter.HOME,
            deadline=None,
            tell_family_at=None,
        )

    def with_evidence(self, more: Iterable[Evidence]) -> Incident:
        """The incident with what is new among `more`, at most `policy.EVIDENCE_KEPT` pieces.

        A later measurement of the same thing takes the place of the earlier.
        """
        new = [piece for piece in more if piece not in self.evidence]
        measured = {piece.name for piece in new if type(piece.value) in {int, float}}
        kept = [piece for piece in self.evidence if piece.name not in measured]
        return replace(self, evidence=(*kept, *new)[: policy.EVIDENCE_KEPT])


def further_along(one: State, other: State) -> bool:
    """Whether `one` comes later in an incident's life than `other`."""
    return ORDER.index(one) > ORDER.index(other)
