"""The incident as it travels (docs/protocol.md, *The incident on the wire*) and as it is stored."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import fields
from .causes import cause_of
from .household import Household
from .incident import Evidence, Incident, Kind, Outcome, Reporter, Severity, State, Unanswered, Words
from .signs import BridgeStep

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 1e15
"""Numbers beyond this are no measurement, and not every JSON reader takes them."""


def incident_to_wire(incident: Incident) -> dict[str, Any]:
    """What robot and bridge get to see."""
    return {
        "id": incident.id,
        "kind": str(incident.kind),
        "state": str(incident.state),
        "severity": str(incident.severity),
        "opened_at": fields.written(incident.opened_at),
        "state_at": fields.written(incident.state_at),
        "step": incident.step,
        "summary": {"ko": incident.summary.ko, "en": incident.summary.en},
        "evidence": [{"name": e.name, "value": e.value, "unit": e.unit} for e in incident.evidence],
        "reported_by": str(incident.reported_by),
        "outcome": None if incident.outcome is None else str(incident.outcome),
    }


def incident_from_wire(value: Any) -> Incident:
    """Reads an incident. Raises `fields.MalformedError`."""
    data = fields.mapping(value, "incident")
    summary = fields.mapping(data.get("summary"), "summary")
    kind = fields.choice(data, "kind", Kind)
    return Incident(
        id=fields.text(data, "id", 64),
        kind=kind,
        cause=cause_of(kind),
        state=fields.choice(data, "state", State),
        severity=fields.choice(data, "severity", Severity),
        opened_at=fields.time(data, "opened_at"),
        state_at=fields.time(data, "state_at"),
        step=fields.whole(data, "step", 1, 1_000_000),
        summary=Words(ko=fields.text(summary, "ko", 500), en=fields.text(summary, "en", 500)),
        evidence=evidence_from_wire(data.get("evidence")),
        reported_by=fields.choice(data, "reported_by", Reporter),
        outcome=None if data.get("outcome") is None else fields.choice(data, "outcome", Outcome),
    )


def evidence_from_wire(value: Any) -> tuple[Evidence, ...]:
    """Reads a list of evidence. Raises `fields.MalformedError`."""
    if not isinstance(value, list):
        raise fields.MalformedError("evidence must be a list")
    pieces = []
    for item in value[:100]:
        data = fields.mapping(item, "evidence")
        amount = _amount(data)
        unit = fields.text(data, "unit", 20) if data.get("unit") else ""
        pieces.append(Evidence(fields.text(data, "name", 60), amount, unit))
    return tuple(pieces)


def _amount(data: Mapping[str, Any]) -> float | str | bool:
    value = data.get("value")
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return fields.text(data, "value") if value else ""
    if isinstance(value, int | float) and abs(value) <= MOST:
        return value
    raise fields.MalformedError("evidence.value must be a number, a yes or no, or a short text")


def household_to_document(household: Household) -> dict[str, Any]:
    """The household as JSON, complete: what comes back by `household_from_document` is equal."""
    return {
        "incidents": [_incident_to_document(incident) for incident in household.incidents.values()],
        "seen": list(household.seen),
        "early": [
            {
                "incident": step.incident,
                "state": str(step.state),
                "by": step.by,
                "outcome": None if step.outcome is None else str(step.outcome),
            }
            for step in household.early.values()
        ],
        "away": household.away,
    }


def household_from_document(data: Mapping[str, Any]) -> Household:
    """Reads what `household_to_document` wrote. Raises `fields.MalformedError`."""
    incidents = [_incident_from_document(item) for item in data.get("incidents", [])]
    early = [
        BridgeStep(
            incident=fields.text(item, "incident"),
            state=fields.choice(item, "state", State),
            by=fields.optional_text(item, "by"),
            outcome=None if item.get("outcome") is None else fields.choice(item, "outcome", Outcome),
        )
        for item in data.get("early", [])
    ]
    return Household(
        incidents={incident.id: incident for incident in incidents},
        seen=tuple(str(sign) for sign in data.get("seen", [])),
        early={step.incident: step for step in early},
        away=bool(data.get("away", False)),
    )


def _incident_to_document(incident: Incident) -> dict[str, Any]:
    return {
        **incident_to_wire(incident),
        "opened_at": incident.opened_at.isoformat(),
        "state_at": incident.state_at.isoformat(),
        "cause": incident.cause,
        "robot": incident.robot,
        "asked": incident.asked,
        "deadline": None if incident.deadline is None else incident.deadline.isoformat(),
        "alerted": incident.alerted,
        "delivered": incident.delivered,
        "tell_family_at": None if incident.tell_family_at is None else incident.tell_family_at.isoformat(),
        "family_told": incident.family_told,
        "by": incident.by,
        "unanswered": str(incident.unanswered),
        "resident": incident.resident,
    }


def _incident_from_document(value: Any) -> Incident:
    data = fields.mapping(value, "incident")
    return replace(
        incident_from_wire(data),
        cause=fields.text(data, "cause"),
        robot=fields.optional_text(data, "robot"),
        asked=fields.whole(data, "asked", 0, 1000),
        deadline=fields.optional_time(data, "deadline"),
        alerted=bool(data.get("alerted")),
        delivered=bool(data.get("delivered")),
        tell_family_at=fields.optional_time(data, "tell_family_at"),
        family_told=bool(data.get("family_told")),
        by=fields.optional_text(data, "by"),
        unanswered=(
            fields.choice(data, "unanswered", Unanswered) if "unanswered" in data else Unanswered.RAISE
        ),
        resident=fields.optional_text(data, "resident"),
    )
