"""What a session remembers: when the person was last active, and when they gave the second factor."""

import time
from typing import TYPE_CHECKING

from django.contrib.auth.signals import user_logged_in

if TYPE_CHECKING:
    from django.http import HttpRequest

# Both in seconds since 1970.
GIVEN, ACTIVE = "second_factor", "active_at"


def listen() -> None:
    """From the right password on, time counts."""
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")


def _signed_in(request: HttpRequest, **_: object) -> None:
    request.session[ACTIVE] = int(time.time())
    request.session.pop(GIVEN, None)
