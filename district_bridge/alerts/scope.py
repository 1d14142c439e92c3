"""Which alerts a person may see: those of the homes they may see."""

from typing import TYPE_CHECKING

from district_bridge.alerts.models import Alert
from district_bridge.homes.scope import homes_visible_to
from district_bridge.homes.system import DRILL_HOME

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from district_bridge.accounts.models import Account


def alerts_visible_to(account: Account) -> QuerySet[Alert]:
    """The alerts of this person's homes, with what a list shows of them in the same query."""
    if account.is_active and account.is_administrator:
        # The same alerts, without listing every home there is at the cost of a tenth of a second.
        found = Alert.objects.exclude(home_id=DRILL_HOME)
    else:
        found = Alert.objects.filter(home__in=homes_visible_to(account))
    return found.select_related("home__resident", "home__neighbourhood", "holder")
