"""What the core takes in: signs from robot, sensors and people, and news from the bridge.

Every sign has the ``id`` it got where it was born and the time ``at`` it was seen.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .incident import Evidence, Incident, Kind, Outcome, Severity, State, Unanswered, Words

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """An observation that matters."""

    id: str
    at: datetime
    robot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall(Sign):
    """The wearable felt a fall. ``score`` 0–1; ``resident``: whose wearable, where the robot was told."""

    certain: bool
    score: float
    evidence: tuple[Evidence, ...] = ()
    resident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCall(Sign):
    """The robot heard a plea. ``intent``: help, fallen, pain or fire."""

    intent: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cry(Sign):
    """The robot heard a cry without words; ``score`` 0–1. By itself it opens nothing."""

    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sos(Sign):
    """Somebody pressed for help. ``source``: button, wearable or home_assistant."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Sign):
    """What the resident said to a check-in. ``intent``: okay, help, unclear or none."""

    incident: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Sign):
    """An incident that the robot ran while the home was away."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport(Sign):
    """How a part of the robot is. ``state``: online, offline, battery_low, not_worn or worn."""

    part: str
    state: str
    battery: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard(Sign):
    """A sensor warns. ``hazard`` as in `words.HAZARDS`; ``source`` is the sensor's name.

    ``grave`` makes an emergency of what is a warning as a rule, ``notice`` something that can wait.
    """

    hazard: str
    source: str
    evidence: tuple[Evidence, ...] = ()
    grave: bool = False
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardOver(Sign):
    """What the sensor warned of is over."""

    hazard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSilence(Sign):
    """The learned routine finds something odd. ``kind``: inactivity or anomaly.

    ``unanswered`` tells who goes on when nobody answers: the core, or the routine that counts its questions.
    """

    kind: Kind = Kind.INACTIVITY
    evidence: tuple[Evidence, ...] = ()
    unanswered: Unanswered = Unanswered.RAISE


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceAlert(Sign):
    """The routine has asked often enough: a person must look."""

    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity(Sign):
    """Out of the ordinary beside silence. ``name``: the anomaly's kind; ``ask``: asked about first."""

    name: str
    severity: Severity
    ask: bool
    summary: Words
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Sign):
    """Life is seen again in a home that was asked about its silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Sign):
    """A person or an automation asks for an alert of `kind`, with words of their own or none."""

    kind: Kind
    summary: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrouble(Sign):
    """A part has been silent for too long. ``part``: ``robot:<id>`` or ``wearable:<id>``."""

    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWell(Sign):
    """The part is back."""

    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStep:
    """What a caseworker, or a lapsed lease, did to an incident."""

    incident: str
    state: State
    by: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """A person in the home ends an incident, or all of them (`incident` None)."""

    outcome: Outcome
    incident: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The bridge has stored that the incident was raised."""

    incident: str


type Input = Sign | BridgeStep | Resolve | Delivered
