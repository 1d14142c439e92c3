"""Access to a home outside one's neighbourhoods in an emergency: at once, for an hour, and seen.

Nobody has to allow it beforehand: at night there may be nobody who could. Every administrator is told over
every way by which they are reached, and sees it on every page until one of them has noted it.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.access.models import BreakGlass
from district_bridge.accounts.models import Account, Role
from district_bridge.channels import reach
from district_bridge.homes.models import Home
from district_bridge.homes.search import named

if TYPE_CHECKING:
    from django.db.models import QuerySet

LASTS = timedelta(hours=1)
REASON_AT_LEAST = 10


class NotFoundError(Exception):
    """No home, or more than one, is what the person described."""


def find(described: str, neighbourhood_id: int) -> Home:
    """The one home with this id, or of the resident with this whole name, in a neighbourhood.

    A search outside one's neighbourhoods must not become a telephone book: it needs the name as it is
    written, it gives one home or none, and every attempt is in the access log with its reason.
    """
    text = described.strip()
    in_place = Home.objects.filter(neighbourhood=neighbourhood_id)
    found = list(in_place.filter(pk=text)) or list(in_place.filter(named(text))[:2])
    if len(found) != 1:
        raise NotFoundError(text)
    return found[0]


@transaction.atomic
def open_home(account: Account, home: Home, reason: str, now: datetime) -> BreakGlass:
    """Opens the home to this person for an hour."""
    made = BreakGlass.objects.create(
        account=account, home=home, reason=reason.strip(), opened_at=now, until=now + LASTS
    )
    account.glass_until = max(filter(None, (account.glass_until, made.until)))
    account.save(update_fields=["glass_until"])
    for administrator in Account.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=account.pk):
        reach.tell_of_glass(made.pk, administrator, now)
    return made


def open_now(account: Account, now: datetime) -> QuerySet[BreakGlass]:
    """What this person has open."""
    return BreakGlass.objects.filter(account=account, until__gt=now).select_related("home__resident")


def to_note() -> QuerySet[BreakGlass]:
    """What no administrator has noted yet."""
    return BreakGlass.objects.filter(noted_at=None)


def noted(glass_id: int, by: Account, now: datetime) -> bool:
    """An administrator has seen it; never one's own."""
    waiting = to_note().filter(pk=glass_id).exclude(account=by)
    return waiting.update(noted_at=now, noted_by=by) == 1
