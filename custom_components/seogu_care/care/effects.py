"""What the core wants done. It is stored first, then done, at least once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .incident import Incident, State


class Phrase(StrEnum):
    """What the robot knows to say."""

    CHECK_IN = "check_in"
    ALERT_RAISED = "alert_raised"
    HELP_COMING = "help_coming"
    ANSWERED_WELL = "answered_well"
    CLOSED = "closed"
    BRIDGE_UNREACHABLE = "bridge_unreachable"


class FamilyNews(StrEnum):
    """What the family is told by the home itself."""

    UNREACHABLE = "unreachable"
    THROUGH = "through"
    NO_BRIDGE = "no_bridge"


@dataclass(frozen=True, slots=True)
class Ask:
    """The robot asks and listens for `listen_s` seconds."""

    incident: Incident
    listen_s: int


@dataclass(frozen=True, slots=True)
class Say:
    """The robot says a phrase it knows."""

    phrase: Phrase
    incident: str | None
    robot: str | None = None
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class Mirror:
    """The robot gets a copy, so that it can carry on alone."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class Report:
    """The bridge must know."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class TellFamily:
    """The family must know."""

    incident: Incident
    news: FamilyNews


@dataclass(frozen=True, slots=True)
class Announce:
    """Home Assistant's automations hear of the step."""

    incident: Incident
    state: State


type Effect = Ask | Say | Mirror | Report | TellFamily | Announce
