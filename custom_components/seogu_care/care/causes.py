"""Which incident a sign belongs to: the same cause joins, another cause opens its own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import policy, words
from .incident import Evidence, Incident, Kind, Severity, State, Unanswered, Words
from .signs import (
    Answer,
    DeviceTrouble,
    Fall,
    Hazard,
    HelpCall,
    Oddity,
    OddSilence,
    Request,
    Sign,
    SilenceAlert,
    Sos,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

PERSON = "person"
FIRE = "fire"
WARNINGS = frozenset({"moisture", "heat", "cold", "door_open", "stove", "heat_outside", "cold_outside"})
ASKED_FIRST = frozenset({"stove"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sign means: of which kind and cause it speaks, and whether the robot asks first."""

    kind: Kind
    cause: str
    severity: Severity
    ask_first: bool
    summary: Words
    evidence: tuple[Evidence, ...] = ()
    unanswered: Unanswered = Unanswered.RAISE


def read(sign: Sign) -> Reading | None:
    """The meaning of a sign that may open an incident; None for all others."""
    readers: dict[type[Sign], Callable[[Any], Reading]] = {
        Fall: _fall,
        HelpCall: _plea,
        Sos: _sos,
        OddSilence: _silence,
        SilenceAlert: _silence_alert,
        Oddity: _oddity,
        Hazard: _hazard,
        Request: _request,
        DeviceTrouble: _trouble,
    }
    reader = readers.get(type(sign))
    return None if reader is None else reader(sign)


def joinable(incidents: dict[str, Incident], cause: str, now: datetime) -> Incident | None:
    """The open incident that a sign of `cause` belongs to: the latest that nobody has long since taken on."""
    for incident in reversed(incidents.values()):
        if incident.cause != cause or not incident.is_open:
            continue
        long_ago = now - incident.state_at > policy.SAME_CAUSE_AFTER_ACKNOWLEDGEMENT
        if incident.state is State.ACKNOWLEDGED and long_ago:
            continue
        return incident
    return None


def cause_of(kind: Kind) -> str:
    """The cause that incidents of a kind share when nothing more is known."""
    if kind in {Kind.FALL, Kind.HELP_CALL, Kind.INACTIVITY, Kind.ANOMALY}:
        return PERSON
    return str(kind)


def late_plea(answer: Answer) -> Reading:
    """An answer that asks for help after its check-in has ended is a plea of its own."""
    evidence = (Evidence("answer", answer.intent),)
    return Reading(Kind.HELP_CALL, PERSON, Severity.EMERGENCY, False, words.HELP_CALLS["help"], evidence)


def _fall(sign: Fall) -> Reading:
    summary = words.FALL_CERTAIN if sign.certain else words.FALL_SUSPECTED
    evidence = (*sign.evidence, Evidence("fall_score", sign.score))
    return Reading(Kind.FALL, PERSON, Severity.EMERGENCY, not sign.certain, summary, evidence)


def _sos(sign: Sos) -> Reading:
    evidence = (Evidence("sos", sign.source),)
    return Reading(Kind.HELP_CALL, PERSON, Severity.EMERGENCY, False, words.SOS, evidence)


def _silence(sign: OddSilence) -> Reading:
    summary = words.SILENCE_SUSPECTED
    return Reading(sign.kind, PERSON, Severity.EMERGENCY, True, summary, sign.evidence, sign.unanswered)


def _silence_alert(sign: SilenceAlert) -> Reading:
    summary = words.SILENCE_UNANSWERED
    return Reading(Kind.INACTIVITY, PERSON, Severity.EMERGENCY, False, summary, sign.evidence)


def _oddity(sign: Oddity) -> Reading:
    """A cause of its own: a notice about meals must not take in a fall as further evidence."""
    evidence = (Evidence("anomaly", sign.name), *sign.evidence)
    return Reading(Kind.ANOMALY, f"anomaly:{sign.name}", sign.severity, sign.ask, sign.summary, evidence)


def _trouble(sign: DeviceTrouble) -> Reading:
    summary = words.WEARABLE_SILENT if sign.part.startswith("wearable:") else words.ROBOT_SILENT
    return Reading(Kind.DEVICE, sign.part, Severity.WARNING, False, summary)


def _plea(sign: HelpCall) -> Reading:
    summary = words.HELP_CALLS[sign.intent]
    evidence = (Evidence("plea", sign.intent), Evidence("plea_score", sign.score))
    cause = FIRE if sign.intent == "fire" else PERSON
    return Reading(Kind.HELP_CALL, cause, Severity.EMERGENCY, False, summary, evidence)


def _hazard(sign: Hazard) -> Reading:
    warning = sign.hazard in WARNINGS and not sign.grave
    severity = Severity.WARNING if warning else Severity.EMERGENCY
    if sign.notice:
        severity = Severity.NOTICE
    cause = FIRE if sign.hazard == "smoke" else sign.hazard
    evidence = (Evidence(sign.hazard, True), *sign.evidence)
    ask_first = sign.hazard in ASKED_FIRST
    return Reading(Kind.ENVIRONMENT, cause, severity, ask_first, words.HAZARDS[sign.hazard], evidence)


def _request(sign: Request) -> Reading:
    severity = {Kind.DEVICE: Severity.WARNING, Kind.NOTICE: Severity.NOTICE}.get(
        sign.kind, Severity.EMERGENCY
    )
    return Reading(sign.kind, cause_of(sign.kind), severity, False, sign.summary or words.ACTION)
