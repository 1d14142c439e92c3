"""Nobody sees anything before the second factor, nor after a long idleness, nor after a working day."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from district_bridge.accounts.sessions import ACTIVE, BEGAN, GIVEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

# How exactly activity is remembered: a write a minute, not a write a click.
ACTIVE_STEP_S = 60
# Between password and second factor nobody needs longer.
PENDING_S = 600
OPEN_TO_ALL = {"login", "logout", "language"}
OPEN = OPEN_TO_ALL | {"second-factor", "second-factor-set-up"}


class SecondFactorMiddleware(MiddlewareMixin):
    """Turns a signed-in person away who has not given the second factor, or was idle or here for too long."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Before each view."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if not request.user.is_authenticated:
            return None
        now_s = int(time.time())
        given = GIVEN in request.session or not settings.SECOND_FACTOR
        idle_s = now_s - int(request.session.get(ACTIVE, 0))
        # Django's own limit begins anew with each activity that is written down.
        is_over = now_s - int(request.session.get(BEGAN, 0)) > settings.SESSION_COOKIE_AGE
        if is_over or idle_s > (settings.IDLE_S if given else PENDING_S):
            logout(request)
            return None if name in OPEN_TO_ALL else _away(request, "login")
        if not given and name not in OPEN:
            return _away(request, "second-factor")
        if request.user.password_is_made_up and name not in OPEN | {"password"}:
            return _away(request, "password")
        # A page that renews itself does not show that somebody sits before it.
        by_itself = name == "live" or (request.method == "GET" and "HX-Request" in request.headers)
        if not by_itself and idle_s > ACTIVE_STEP_S:
            request.session[ACTIVE] = now_s
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """A part of a page is not replaced by the log-in page: the whole page goes there."""
        if response.status_code == HTTPStatus.FOUND and "HX-Request" in request.headers:
            address = response.headers.get("Location", "")
            if address.startswith(reverse("login")):
                return HttpResponse(status=204, headers={"HX-Redirect": reverse("login")})
        return response


def _away(request: HttpRequest, name: str) -> HttpResponseBase:
    """To another page, in a way that the asker understands: a page, a part of a page, or a stream."""
    request.turned_away = True  # type: ignore[attr-defined]  # ours, for the access log
    address = reverse(name)
    if request.method == "GET" and "HX-Request" not in request.headers:
        address += "?" + urlencode({"next": request.get_full_path()})
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    if request.resolver_match and request.resolver_match.url_name == "live":
        return HttpResponse(status=204)  # ends an EventSource for good
    return redirect(address)
