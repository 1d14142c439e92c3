"""The home takes over an incident that the robot opened or carried on while it was alone."""

from dataclasses import replace
from typing import TYPE_CHECKING

from .causes import FIRE, cause_of
from .effects import Announce, Mirror, Report
from .incident import Evidence, Incident, Outcome, Severity, State
from .policy import FAMILY_TOLD_AFTER

if TYPE_CHECKING:
    from .signs import HandOver
    from .turn import Turn


def take_over(turn: Turn, sign: HandOver) -> None:
    """Whichever of home and robot has come further with the incident is right, but nobody un-raises it."""
    theirs = sign.incident
    mine = turn.incidents.get(theirs.id)
    if mine is None or _reopened(mine, theirs):
        _adopt(turn, replace(theirs, robot=sign.robot, cause=mine.cause if mine else _cause(theirs)))
    elif mine.is_unanswered_question and theirs.state in {State.RAISED, State.ACKNOWLEDGED}:
        merged = replace(
            theirs, robot=sign.robot, cause=mine.cause, step=max(theirs.step, mine.step + 1)
        ).with_evidence(mine.evidence)
        _adopt(turn, merged)
    elif mine.is_unanswered_question and theirs.state is State.CLOSED:
        turn.close(mine, theirs.outcome or Outcome.ANSWERED_WELL, tell_bridge=False)
    elif mine.is_open and theirs.state is State.CLOSED:
        turn.add(mine, (Evidence("robot_closed", str(theirs.outcome)),), is_new_sign=False)
    elif mine.is_open:
        turn.add(mine, theirs.evidence, is_new_sign=False)


def _adopt(turn: Turn, theirs: Incident) -> None:
    """Takes the robot's incident as it is; step and reporter stay, so that the bridge sees one."""
    if theirs.state in {State.SUSPECTED, State.CHECKING}:
        turn.put(theirs)
        turn.effects.append(Announce(theirs, theirs.state))
        turn.ask(theirs)
        return
    if theirs.state is State.CLOSED:
        alerted = theirs.outcome is not Outcome.ANSWERED_WELL
        theirs = turn.put(replace(theirs, alerted=alerted, delivered=True))
        turn.effects.append(Announce(theirs, State.CLOSED))
        if alerted:
            turn.effects.append(Report(theirs))
        return
    tell_at = None
    if theirs.severity is Severity.EMERGENCY and turn.setting.bridge:
        tell_at = turn.now + FAMILY_TOLD_AFTER
    raised = turn.put(
        replace(theirs, state=State.RAISED, alerted=True, delivered=False, tell_family_at=tell_at)
    )
    turn.effects += [Announce(raised, State.RAISED), Report(raised), Mirror(raised)]


def _reopened(mine: Incident, theirs: Incident) -> bool:
    return (
        mine.outcome is Outcome.ANSWERED_WELL
        and theirs.state in {State.RAISED, State.ACKNOWLEDGED}
        and theirs.state_at > mine.state_at
    )


def _cause(theirs: Incident) -> str:
    for piece in theirs.evidence:
        if piece.name == "plea" and piece.value == "fire":
            return FIRE
    return cause_of(theirs.kind)
