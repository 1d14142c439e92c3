"""What a person may send to whoever looks for a fault: no names, no addresses, no keys, no words spoken."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.diagnostics.util import async_redact_data

from .care import fields

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .care.incident import Incident
    from .runtime import SeoguCareConfigEntry

PRIVATE = {"name", "url", "home", "neighbourhood", "jwk", "key_id", "notify", "notes", "birth_year", "title"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
) -> dict[str, Any]:
    """The household as numbers and states."""
    data = entry.runtime_data
    ledger = data.home.ledger
    return {
        "entry": async_redact_data(
            {
                "data": {**entry.data, "robots": list(entry.data.get("robots", {}).values())},
                "options": dict(entry.options),
            },
            PRIVATE,
        ),
        "residents": len(entry.subentries),
        "bridge": None if data.bridge is None else str(data.bridge.state),
        "bridge_error": None if data.bridge is None else data.bridge.last_error,
        "robots": [
            {"online": link.online, "wearable": link.wearable_state} for link in data.robots.links.values()
        ],
        "incidents": [_incident(incident) for incident in ledger.household.incidents.values()],
        "outbox": [message["type"] for message in ledger.outbox],
        "refused": [{"type": m["type"], "reason": m["reason"]} for m in ledger.refused],
        "commands": [command.type for command in ledger.commands],
        "notices": len(ledger.notices),
        "downlink": ledger.downlink,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "kind": str(incident.kind),
        "state": str(incident.state),
        "severity": str(incident.severity),
        "step": incident.step,
        "opened_at": fields.written(incident.opened_at),
        "state_at": fields.written(incident.state_at),
        "delivered": incident.delivered,
        "outcome": None if incident.outcome is None else str(incident.outcome),
    }
