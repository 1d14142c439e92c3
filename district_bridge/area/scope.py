"""Which outages a person may see, and whom of their own homes to call first."""

from typing import TYPE_CHECKING

from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.homes.scope import is_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from district_bridge.accounts.models import Account


def areas_visible_to(account: Account) -> QuerySet[AreaIncident]:
    """The outages that touch a home of this person."""
    mine = AreaHome.objects.filter(is_visible_to(account, "home__")).values("area")
    return AreaIncident.objects.filter(pk__in=mine).select_related("neighbourhood")


def call_list(area: AreaIncident, account: Account) -> QuerySet[AreaHome]:
    """The homes of an outage that this person may see; who is to be called first stands at the top."""
    mine = area.homes.filter(is_visible_to(account, "home__"))
    return mine.select_related("home__resident", "home__neighbourhood").order_by(
        "-rank_score", "silent_since"
    )
