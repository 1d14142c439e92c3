"""What a session remembers: when it began, when the person was last active and gave the second factor."""

import time
from typing import TYPE_CHECKING

from django.contrib.auth.signals import user_logged_in

if TYPE_CHECKING:
    from django.http import HttpRequest

# All in seconds since 1970.
GIVEN, ACTIVE, BEGAN = "second_factor", "active_at", "began_at"
# Which authenticator that waits to be confirmed was shown here (``second_factor.mark``).
SHOWN = "factor_shown"


def listen() -> None:
    """From the right password on, time counts."""
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")


def _signed_in(request: HttpRequest, **_: object) -> None:
    request.session[ACTIVE] = request.session[BEGAN] = int(time.time())
    request.session.pop(GIVEN, None)
