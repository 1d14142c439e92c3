"""Homes that were missed and speak again."""

from typing import TYPE_CHECKING

from district_bridge.alerts import desk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Kind, State
from district_bridge.area import outages
from district_bridge.homes.models import Home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def returned(home_ids: Sequence[str], now: datetime) -> None:
    """What ends when these homes speak again; they are locked, and their rows are written, by the caller."""
    if not home_ids:
        return
    outages.returned(home_ids, now)
    missed = (
        Alert.objects.filter(
            home_id__in=home_ids, origin=Reporter.BRIDGE.value, kind=Kind.DEVICE, from_copy=False
        )
        .exclude(state=State.CLOSED)
        .values_list("home_id", flat=True)
    )
    for home in Home.objects.filter(pk__in=set(missed)):
        desk.home_returned(home, now)
