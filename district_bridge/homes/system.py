"""Two homes in which nobody lives: one fires the drill, the other is where the bridge's own alarms stand."""

from typing import TYPE_CHECKING

from district_bridge.accounts.models import Neighbourhood
from district_bridge.homes.models import Home, Resident

if TYPE_CHECKING:
    from datetime import datetime

DRILL_HOME = "h-drill"
BRIDGE_HOME = "h-bridge"
# Only administrators see this neighbourhood, unless somebody is given it.
NEIGHBOURHOOD = "브리지 점검"
NAMES = {DRILL_HOME: "훈련용 집", BRIDGE_HOME: "브리지"}


def system_home(home_id: str, now: datetime) -> Home:
    """One of the two, made when it is first needed."""
    found = Home.objects.filter(pk=home_id).first()
    if found is not None:
        return found
    neighbourhood, _ = Neighbourhood.objects.get_or_create(name=NEIGHBOURHOOD)
    home, _ = Home.objects.get_or_create(
        pk=home_id, defaults={"neighbourhood": neighbourhood, "created_at": now}
    )
    if not Resident.objects.filter(home=home).exists():
        Resident.objects.create(home=home, name=NAMES[home_id])
    return home
