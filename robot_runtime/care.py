"""An incident in the robot's care: its own, or one of the home's that it keeps in case the home dies."""

from dataclasses import dataclass
from typing import Any

from robot_runtime import incident
from robot_runtime.incident import ASKING_STATES, Incident

STATE_ORDER = ("suspected", "checking", "raised", "acknowledged", "closed")


@dataclass(frozen=True, slots=True)
class Care:
    """An incident and how far it has travelled.

    ``delivered``: the bridge has it. ``handed``: the step last handed to the home (-1: none). ``queued``:
    whether it stands in, or went through, the robot's own outbox. ``answer``: what the resident answered.
    """

    incident: Incident
    delivered: bool = False
    handed: int = -1
    queued: bool = False
    answer: str | None = None

    @property
    def open_check(self) -> bool:
        """Whether the resident still has to be asked, or has been and nobody acted on it."""
        return self.incident.state in ASKING_STATES

    @property
    def owed_to_bridge(self) -> bool:
        """Whether the bridge should hear of it from the robot."""
        return self.incident.state == "raised" and not self.delivered and not self.queued

    @property
    def owed_to_home(self) -> bool:
        """Whether the robot moved it on and the home does not know yet."""
        return self.incident.reported_by == "robot" and self.handed < self.incident.step

    def to_store(self) -> dict[str, Any]:
        """For the store."""
        return {
            "incident": self.incident.to_wire(),
            "delivered": self.delivered,
            "handed": self.handed,
            "queued": self.queued,
            "answer": self.answer,
        }


def from_store(raw: dict[str, Any]) -> Care:
    """As ``to_store`` wrote it."""
    return Care(
        incident.from_wire(raw["incident"]), raw["delivered"], raw["handed"], raw["queued"], raw["answer"]
    )


def further(new: Incident, known: Incident) -> bool:
    """Whether ``new`` replaces ``known``: by step from the same reporter, else by how far it has come."""
    if new.reported_by == known.reported_by:
        return new.step >= known.step
    return STATE_ORDER.index(new.state) >= STATE_ORDER.index(known.state)
