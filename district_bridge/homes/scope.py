"""Who may see which home. Every query for a person's screen starts here, and nowhere else."""

from typing import TYPE_CHECKING

from district_bridge.accounts.models import Account, Neighbourhood
from district_bridge.homes.models import Home

if TYPE_CHECKING:
    from django.db.models import QuerySet


def neighbourhoods_of(account: Account) -> QuerySet[Neighbourhood]:
    """The neighbourhoods this person looks after: those they were given; all of them for an administrator."""
    if not account.is_active:
        return Neighbourhood.objects.none()
    if account.is_administrator:
        return Neighbourhood.objects.all()
    return account.neighbourhoods.all()


def homes_visible_to(account: Account) -> QuerySet[Home]:
    """The homes in those neighbourhoods."""
    return Home.objects.filter(neighbourhood__in=neighbourhoods_of(account))
