"""Who may see which home. Every query for a person's screen starts here, and nowhere else.

``script/lint`` fails when a view asks for personal data in another way (``script/scoping.py``).
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from district_bridge.accounts.models import Account, Neighbourhood
from district_bridge.homes.models import Home
from district_bridge.homes.system import DRILL_HOME

if TYPE_CHECKING:
    from django.db.models import QuerySet


def neighbourhoods_of(account: Account) -> QuerySet[Neighbourhood]:
    """The neighbourhoods this person looks after: those they were given; all of them for an administrator."""
    if not account.is_active:
        return Neighbourhood.objects.none()
    if account.is_administrator:
        return Neighbourhood.objects.all()
    # Asked once for an account in hand.
    prefetch_related_objects([account], "neighbourhoods")
    return account.neighbourhoods.all()


def homes_visible_to(account: Account) -> QuerySet[Home]:
    """The homes in those neighbourhoods, and those this person has opened in an emergency just now."""
    return Home.objects.filter(is_visible_to(account))


def is_visible_to(account: Account, home: str = "") -> Q:
    """The same as a condition on what hangs on a home, named as Django names relations (``"home__"``).

    SQLite lists all homes of an inner query before it looks at anything else; a condition it asks row by row.
    """
    # The drill's home is the bridge's own affair (docs/decisions/0208): nobody lives in it.
    inside = ~Q((f"{home}pk", DRILL_HOME))
    if not (account.is_active and account.is_administrator):
        inside &= Q((f"{home}neighbourhood__in", _places(account)))
    now = timezone.now()
    if not account.is_active or account.glass_until is None or account.glass_until <= now:
        return inside
    glass = apps.get_model("access", "BreakGlass")._default_manager  # noqa: SLF001 - access stands above homes
    return inside | Q((f"{home}pk__in", glass.filter(account=account, until__gt=now).values("home_id")))


def _places(account: Account) -> list[int]:
    """The ids of those neighbourhoods.

    As numbers and not as an inner query: PostgreSQL then sees that most homes are in them, and walks along
    the queue's index instead of sorting all that is open (measured with 50,000: 1 ms for 42).
    """
    return [place.pk for place in neighbourhoods_of(account)]
