"""The household: what is open, what has been seen, and what an input or the clock makes of it.

Nothing here knows Home Assistant, files or networks. `take` and `tick` return the new household and what
has to be done; the caller stores the first before it does the second.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from . import policy, words
from .causes import Reading, joinable, late_plea, read
from .effects import Effect, Phrase, Say
from .incident import Evidence, Incident, Kind, Outcome, Severity, State, Unanswered, Words
from .signs import (
    Answer,
    BridgeStep,
    Delivered,
    DeviceWell,
    Fall,
    HandOver,
    HazardOver,
    Input,
    Moved,
    OddSilence,
    Resolve,
    Sign,
    SilenceAlert,
)
from .takeover import take_over
from .turn import Setting, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Household:
    """One home's incidents by id (oldest first), the signs it has seen, and whether the resident is out."""

    incidents: Mapping[str, Incident] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    early: Mapping[str, BridgeStep] = field(default_factory=dict)
    away: bool = False

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that somebody still has to do something about."""
        return tuple(incident for incident in self.incidents.values() if incident.is_open)

    def next_deadline(self) -> datetime | None:
        """When `tick` has something to do, if ever."""
        times = [
            time
            for incident in self.open
            for time in (incident.deadline, incident.tell_family_at)
            if time is not None
        ]
        return min(times, default=None)

    def take(self, news: Input, now: datetime, setting: Setting) -> tuple[Household, tuple[Effect, ...]]:
        """Works in one input. A sign seen before changes nothing."""
        if isinstance(news, Sign) and news.id in self.seen:
            return self, ()
        turn = Turn(now, setting, dict(self.incidents), [])
        early = dict(self.early)
        if isinstance(news, Sign):
            _sign(turn, early, news, away=self.away)
        else:
            _news(turn, early, news)
        seen = (*self.seen, news.id)[-policy.SEEN_KEPT :] if isinstance(news, Sign) else self.seen
        return self._after(turn, seen, early)

    def tick(self, now: datetime, setting: Setting) -> tuple[Household, tuple[Effect, ...]]:
        """What has become due by `now`, however long ago it was: a restart may have lain in between."""
        turn = Turn(now, setting, dict(self.incidents), [])
        for incident in self.open:
            if incident.state is State.SUSPECTED:
                turn.ask(incident)
            elif incident.state is State.CHECKING and (incident.deadline is None or incident.deadline <= now):
                _go_on_unanswered(turn, incident)
            elif incident.tell_family_at is not None and incident.tell_family_at <= now:
                turn.tell_family(incident)
        return self._after(turn, self.seen, dict(self.early))

    def with_away(self, *, away: bool) -> Household:
        """The household with the resident out or at home."""
        return replace(self, away=away)

    def _after(
        self, turn: Turn, seen: tuple[str, ...], early: dict[str, BridgeStep]
    ) -> tuple[Household, tuple[Effect, ...]]:
        closed = [key for key, incident in turn.incidents.items() if not incident.is_open]
        for key in closed[: -policy.CLOSED_KEPT]:
            del turn.incidents[key]
        kept = dict(list(early.items())[-policy.EARLY_STEPS_KEPT :])
        return replace(self, incidents=turn.incidents, seen=seen, early=kept), tuple(turn.effects)


def _news(turn: Turn, early: dict[str, BridgeStep], news: BridgeStep | Resolve | Delivered) -> None:
    match news:
        case BridgeStep():
            _bridge_step(turn, early, news)
        case Resolve():
            _resolve(turn, news)
        case Delivered():
            if incident := turn.incidents.get(news.incident):
                turn.deliver(incident)


def _sign(turn: Turn, early: dict[str, BridgeStep], sign: Sign, *, away: bool) -> None:
    match sign:
        case Answer():
            _answer(turn, sign)
        case HandOver():
            take_over(turn, sign)
            if step := early.pop(sign.incident.id, None):
                _bridge_step(turn, early, step)
        case DeviceWell():
            _device_well(turn, sign)
        case HazardOver():
            _hazard_over(turn, sign)
        case Moved():
            _moved(turn)
        case OddSilence() | SilenceAlert() if away:
            pass
        case _:
            if (reading := read(sign)) is not None:
                _notice(turn, sign, reading)


def _notice(turn: Turn, sign: Sign, reading: Reading) -> None:
    """A sign joins the open incident of its cause, or opens one."""
    incident = joinable(turn.incidents, reading.cause, turn.now)
    if incident is not None:
        if incident.is_unanswered_question and not reading.ask_first:
            turn.raise_(incident.with_evidence(reading.evidence), reading.summary)
        elif _asked_again(incident, reading):
            more = incident.with_evidence(reading.evidence)
            turn.ask(turn.put(replace(more, unanswered=reading.unanswered)))
        else:
            turn.add(incident, reading.evidence)
        return
    first = Incident(
        id=sign.id,
        kind=reading.kind,
        cause=reading.cause,
        state=State.SUSPECTED if reading.ask_first else State.RAISED,
        severity=reading.severity,
        opened_at=sign.at,
        state_at=turn.now,
        summary=reading.summary,
        robot=sign.robot,
        unanswered=reading.unanswered,
        resident=sign.resident if isinstance(sign, Fall) else None,
    ).with_evidence(reading.evidence)
    opened = turn.open(first)
    if reading.ask_first:
        turn.ask(opened)


def _asked_again(incident: Incident, reading: Reading) -> bool:
    """Whether this is the routine's next question about the same silence."""
    return (
        incident.is_unanswered_question
        and incident.kind is reading.kind
        and reading.unanswered is not Unanswered.RAISE
    )


def _answer(turn: Turn, answer: Answer) -> None:
    incident = turn.incidents.get(answer.incident)
    if incident is None or not incident.is_open:
        if answer.intent == "help":
            _notice(turn, answer, late_plea(answer))
        return
    if not incident.is_unanswered_question:
        turn.add(incident, (Evidence("answer", answer.intent),))
    elif answer.intent == "okay":
        turn.close(incident, Outcome.ANSWERED_WELL, tell_bridge=False)
    elif answer.intent == "help":
        turn.raise_(incident, words.after_check_in(incident.kind, incident.summary, "help"))
    elif answer.intent == "none" or incident.asked >= policy.ASKS.get(incident.kind, 1):
        _go_on_unanswered(turn, incident, answer.intent)
    else:
        turn.ask(incident)


def _go_on_unanswered(turn: Turn, incident: Incident, intent: str = "none") -> None:
    """Nobody answered, or nothing that could be understood."""
    if incident.unanswered is Unanswered.WAIT:
        turn.wait_for_routine(incident)
    elif incident.unanswered is Unanswered.END:
        turn.close(incident, Outcome.OTHER, tell_bridge=False, quiet=True)
    else:
        _ask_again_or_raise(turn, incident, words.after_check_in(incident.kind, incident.summary, intent))


def _ask_again_or_raise(turn: Turn, incident: Incident, summary: Words) -> None:
    if incident.asked < policy.ASKS.get(incident.kind, 1):
        turn.ask(incident)
    else:
        turn.raise_(incident, summary)


def _bridge_step(turn: Turn, early: dict[str, BridgeStep], step: BridgeStep) -> None:
    incident = turn.incidents.get(step.incident)
    if incident is None:
        early[step.incident] = step
        if step.state is State.ACKNOWLEDGED:
            turn.effects.append(Say(Phrase.HELP_COMING, step.incident))
        return
    if not incident.is_open:
        # Closed here, and yet somebody is on the way: the bridge took it up again because of a later sign.
        if step.state is State.ACKNOWLEDGED:
            turn.effects.append(Say(Phrase.HELP_COMING, incident.id, incident.robot))
        return
    if step.state is State.ACKNOWLEDGED:
        turn.acknowledge(incident, step.by)
    elif step.state is State.RAISED and incident.state is State.ACKNOWLEDGED:
        turn.lapse(incident)
    elif step.state is State.CLOSED:
        turn.close(incident, step.outcome or Outcome.OTHER, tell_bridge=False, by=step.by)


def _resolve(turn: Turn, resolve: Resolve) -> None:
    for incident in list(turn.incidents.values()):
        if incident.is_open and resolve.incident in {None, incident.id}:
            turn.close(incident, resolve.outcome, tell_bridge=True, by=resolve.by)


def _hazard_over(turn: Turn, over: HazardOver) -> None:
    """A question or a notice ends with what it was about; an alert stays a person's to close, and is told."""
    for incident in list(turn.incidents.values()):
        if not incident.is_open or incident.cause != over.hazard:
            continue
        if incident.is_unanswered_question:
            turn.close(incident, Outcome.RESOLVED_AT_HOME, tell_bridge=False)
        elif incident.severity is Severity.NOTICE:
            turn.close(incident, Outcome.RESOLVED_AT_HOME, tell_bridge=True)
        else:
            turn.add(incident, (Evidence(f"{over.hazard}_over", True),), is_new_sign=False)


def _moved(turn: Turn) -> None:
    """A silence that was asked about is over."""
    for incident in list(turn.incidents.values()):
        if incident.is_unanswered_question and incident.kind is Kind.INACTIVITY:
            turn.close(incident, Outcome.RESOLVED_AT_HOME, tell_bridge=False, quiet=True)


def _device_well(turn: Turn, well: DeviceWell) -> None:
    for incident in list(turn.incidents.values()):
        if incident.is_open and incident.cause == well.part:
            turn.close(incident, Outcome.RESOLVED_AT_HOME, tell_bridge=True)
