"""The bridge's own alarms: about the bridge, on a home in which nobody lives, closed by people alone."""

import logging
from typing import TYPE_CHECKING
from uuid import uuid7

from django.db import transaction

from district_bridge.alerts import bulk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Kind, Severity, State
from district_bridge.homes.models import Home
from district_bridge.homes.system import BRIDGE_HOME, system_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

log = logging.getLogger(__name__)


def raise_alarm(korean: str, english: str, facts: Sequence[str], now: datetime) -> None:
    """Raises an alert about the bridge itself, unless such a one is open. ``facts`` name no person."""
    log.error("the bridge raises an alarm about itself: %s %s", english, "; ".join(facts))
    with transaction.atomic():
        home = Home.objects.select_for_update().get(pk=system_home(BRIDGE_HOME, now).pk)
        if Alert.objects.filter(home=home, summary_en=english).exclude(state=State.CLOSED).exists():
            return
        values = {
            "home_id": home.pk,
            "incident": uuid7(),
            "kind": Kind.DEVICE.value,
            "severity": Severity.WARNING.value,
            "state": State.RAISED.value,
            "origin": Reporter.BRIDGE.value,
            "opened_at": now,
            "received_at": now,
            "changed_at": now,
            "summary_ko": korean,
            "summary_en": english,
            "evidence": [{"name": "bridge", "value": fact[:200], "unit": ""} for fact in facts[:10]],
        }
        bulk.open_own([values], now)
