"""An incident as it travels (see docs/protocol.md), and the signs that open one."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from robot_runtime import times
from robot_runtime.errors import MessageError

if TYPE_CHECKING:
    from datetime import datetime

KINDS = frozenset({"fall", "help_call", "inactivity", "anomaly", "environment", "device", "notice"})
STATES = frozenset({"suspected", "checking", "raised", "acknowledged", "closed"})
SEVERITIES = frozenset({"emergency", "warning", "notice"})
OUTCOMES = frozenset(
    {"answered_well", "false_alarm", "helped", "sent_to_hospital", "resolved_at_home", "other"}
)
ASKING_STATES = frozenset({"suspected", "checking"})

SUMMARIES: dict[str, tuple[str, str]] = {
    "fall_suspected": (
        "넘어짐이 감지되어 안부를 묻고 있습니다.",
        "A fall was noticed; the resident is being asked.",
    ),
    "fall_unanswered": (
        "넘어짐이 감지되었고 안부 물음에 괜찮다는 답이 없습니다.",
        "A fall was noticed and the check-in was not answered well.",
    ),
    "fall_certain": (
        "심하게 넘어진 뒤 움직임이 없습니다.",
        "A hard fall was followed by no movement.",
    ),
    "help": ("도와 달라는 외침을 들었습니다.", "A call for help was heard."),
    "fallen": ("넘어졌다는 말을 들었습니다.", "The resident said that they fell."),
    "pain": ("아프다는 말을 들었습니다.", "The resident said that they are in pain."),
    "fire": ("불이 났다는 외침을 들었습니다.", "The resident called out that there is a fire."),
    "sos": ("긴급 버튼이 눌렸습니다.", "The SOS button was pressed."),
    "unanswered": ("안부 물음에 괜찮다는 답이 없습니다.", "A check-in was not answered well."),
    "answered_well": ("안부 물음에 괜찮다고 답했습니다.", "The resident answered that they are well."),
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident at one step. Transitions make a new one with the next ``step``."""

    id: str
    kind: str
    state: str
    severity: str
    opened_at: datetime
    state_at: datetime
    step: int
    summary: tuple[str, str]
    evidence: tuple[dict[str, Any], ...]
    reported_by: str
    outcome: str | None = None

    def moved(
        self, state: str, wall: datetime, summary: str | None = None, outcome: str | None = None
    ) -> Incident:
        """The incident one step on, told by the robot."""
        return replace(
            self,
            state=state,
            state_at=wall,
            step=self.step + 1,
            summary=SUMMARIES[summary] if summary else self.summary,
            reported_by="robot",
            outcome=outcome,
        )

    def to_wire(self) -> dict[str, Any]:
        """As it stands in a message."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "severity": self.severity,
            "opened_at": times.stamp(self.opened_at),
            "state_at": times.stamp(self.state_at),
            "step": self.step,
            "summary": {"ko": self.summary[0], "en": self.summary[1]},
            "evidence": list(self.evidence),
            "reported_by": self.reported_by,
            "outcome": self.outcome,
        }


def from_wire(raw: Any) -> Incident:
    """Reads an incident; raises ``MessageError`` saying which field is wrong."""
    if not isinstance(raw, dict):
        raise MessageError("incident must be an object")
    return Incident(
        id=_text(raw, "id"),
        kind=_one_of(raw, "kind", KINDS),
        state=_one_of(raw, "state", STATES),
        severity=_one_of(raw, "severity", SEVERITIES),
        opened_at=_time(raw, "opened_at"),
        state_at=_time(raw, "state_at"),
        step=_step(raw),
        summary=_summary(raw.get("summary")),
        evidence=_evidence(raw.get("evidence")),
        reported_by=_one_of(raw, "reported_by", frozenset({"home", "robot"})),
        outcome=None if raw.get("outcome") is None else _one_of(raw, "outcome", OUTCOMES),
    )


def checked_outcome(state: str, outcome: Any) -> str | None:
    """Checks what the bridge says of an incident; raises ``MessageError``."""
    if state not in STATES or not (outcome is None or (isinstance(outcome, str) and outcome in OUTCOMES)):
        raise MessageError(f"state {state!r:.60} with outcome {outcome!r:.60} is not known")
    return None if outcome is None else str(outcome)


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value or len(value) > 200:  # noqa: PLR2004 - no field of the wire is longer
        raise MessageError(f"incident.{key} must be text of 1 to 200 characters")
    return value


def _one_of(raw: dict[str, Any], key: str, allowed: frozenset[str]) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or value not in allowed:
        raise MessageError(f"incident.{key} is {value!r:.60}; it may be {', '.join(sorted(allowed))}")
    return value


def _time(raw: dict[str, Any], key: str) -> datetime:
    try:
        return times.parse_stamp(raw.get(key))
    except ValueError as error:
        raise MessageError(f"incident.{key}: {error}") from error


def _step(raw: dict[str, Any]) -> int:
    step = raw.get("step")
    if isinstance(step, bool) or not isinstance(step, int) or step < 0:
        raise MessageError("incident.step must be a whole number from 0")
    return step


def _summary(raw: Any) -> tuple[str, str]:
    if not isinstance(raw, dict) or not isinstance(raw.get("ko"), str) or not isinstance(raw.get("en"), str):
        raise MessageError('incident.summary must be {"ko": text, "en": text}')
    return raw["ko"], raw["en"]


def _evidence(raw: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise MessageError("incident.evidence must be a list of objects")
    return tuple(raw)
