"""``alerts``: every alert, for a person or (``--json``) for a program."""

import json
from typing import TYPE_CHECKING, Any

from district_bridge.alerts.models import Alert, Severity
from district_bridge.downlink.post import wire_time

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Prints the alerts in the order in which they came."""
    found = [_row(alert) for alert in Alert.objects.order_by("id")]
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    for row in found:
        print(f"{row['received_at']}  {row['state']:<12} {row['kind']:<11} {row['home']}  {row['incident']}")
    return 0


def _row(alert: Alert) -> dict[str, Any]:
    return {
        "incident": str(alert.incident),
        "home": alert.home_id,
        "kind": alert.kind,
        "severity": Severity(alert.severity).name.lower(),
        "state": alert.state,
        "origin": alert.origin,
        "opened_at": wire_time(alert.opened_at),
        "received_at": wire_time(alert.received_at),
        "changed_at": wire_time(alert.changed_at),
        "closed_at": wire_time(alert.closed_at) if alert.closed_at else None,
        "outcome": alert.outcome or None,
        "suggested_outcome": alert.suggested_outcome or None,
        "received": alert.reports,
    }
