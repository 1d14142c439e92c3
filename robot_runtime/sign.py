"""Signs: observations that matter, born on the robot with their own id."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robot_runtime import times
from robot_runtime.incident import SUMMARIES, Incident

if TYPE_CHECKING:
    from datetime import datetime

EMERGENCY_TYPES = frozenset({"fall", "help_call", "sos"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign as it is stored and sent."""

    id: str
    type: str
    at: datetime
    data: dict[str, Any]

    @property
    def emergency(self) -> bool:
        """Whether the robot must see to it itself when the home does not."""
        return self.type in EMERGENCY_TYPES

    @property
    def asks_first(self) -> bool:
        """Whether the resident is asked before anyone is called."""
        return self.type == "fall" and self.data.get("certainty") != "certain"

    def to_wire(self) -> dict[str, Any]:
        """As it travels."""
        return {"v": 1, "id": self.id, "type": self.type, "at": times.stamp(self.at), "data": self.data}


def new(kind: str, data: dict[str, Any], wall: datetime) -> Sign:
    """A sign born now."""
    return Sign(times.new_id(), kind, wall, data)


def opens(sign: Sign) -> Incident:
    """The incident that an emergency sign opens when the robot is alone; it has the sign's id."""
    if sign.type == "fall":
        kind = "fall"
        summary = "fall_suspected" if sign.asks_first else "fall_certain"
        evidence = tuple(sign.data.get("evidence", ()))
    elif sign.type == "help_call":
        kind, summary = "help_call", str(sign.data["intent"])
        evidence = ({"name": "score", "value": sign.data["score"], "unit": ""},)
    else:
        kind, summary, evidence = "help_call", "sos", ()
    return Incident(
        id=sign.id,
        kind=kind,
        state="suspected",
        severity="emergency",
        opened_at=sign.at,
        state_at=sign.at,
        step=0,
        summary=SUMMARIES[summary],
        evidence=evidence,
        reported_by="robot",
    )
