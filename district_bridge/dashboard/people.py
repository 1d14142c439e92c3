"""The signed-in person."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from django.http import HttpRequest

    from district_bridge.accounts.models import Account


def person(request: HttpRequest) -> Account:
    """Who asks. Every view here is behind the log-in, so there always is someone."""
    return cast("Account", request.user)
