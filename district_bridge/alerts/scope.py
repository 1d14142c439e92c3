"""Which alerts a person may see: those of the homes they may see."""

from typing import TYPE_CHECKING

from district_bridge.alerts.models import Alert
from district_bridge.homes.scope import is_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from district_bridge.accounts.models import Account


def alerts_visible_to(account: Account) -> QuerySet[Alert]:
    """The alerts of this person's homes, with what a list shows of them in the same query."""
    found = Alert.objects.filter(is_visible_to(account, "home__"))
    return found.select_related("home__resident", "home__neighbourhood", "holder")
