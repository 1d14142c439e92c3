"""The bridge's own alarms: about the bridge, on a home in which nobody lives, closed by people alone."""

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.alerts import bulk
from district_bridge.alerts.models import Alert, State
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
        evidence = [{"name": "bridge", "value": fact[:200], "unit": ""} for fact in facts[:10]]
        bulk.open_own([bulk.about_a_device(home.pk, korean, english, now, evidence=evidence)], now)
