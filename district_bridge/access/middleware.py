"""Logs what each request of a signed-in person read or did, before the answer leaves.

A view does not have to remember it: homes whose rows are loaded are noted (``access.seen``). What is logged:

- every opened page about one home or alert, and every act, with the home it is about;
- of lists, and of pages that renew themselves, the homes this person was not shown in the last ten
  minutes: a queue that renews itself a hundred times is one look at each home in it, not a hundred;
- every refusal: of a page about a home, and of a page that is not for this person.
"""

import time
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from district_bridge.access import log, seen, wall
from district_bridge.access.models import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from district_bridge.accounts.models import Account

SHOWN_AGAIN_S = 600
REMEMBERED = 200_000
SAFE = {"GET", "HEAD", "OPTIONS"}
REFUSALS = {403, 404}
# What these say about a home is said by the page they lead to.
UNLOGGED = {"live", "language", "logout", "login", "second-factor", "second-factor-set-up"}


class Shown:
    """Which home was shown to whom in a list lately, in this process. Losing it costs repeated entries."""

    def __init__(self) -> None:
        self._times: dict[tuple[int, str], float] = {}

    def news(self, account: int, homes: set[str], now_s: float) -> set[str]:
        """The homes that were not shown to this account lately."""
        if len(self._times) > REMEMBERED:
            self._times = {key: at for key, at in self._times.items() if now_s - at < SHOWN_AGAIN_S}
        return {
            home
            for home in homes
            if now_s - self._times.get((account, home), -SHOWN_AGAIN_S) >= SHOWN_AGAIN_S
        }

    def remember(self, account: int, homes: set[str], now_s: float) -> None:
        """These homes were shown, and that is in the log: an entry that failed would not be made up for."""
        self._times.update(dict.fromkeys(((account, home) for home in homes), now_s))

    def forget(self) -> None:
        """As after a start."""
        self._times.clear()


shown = Shown()


class AccessLogMiddleware(MiddlewareMixin):
    """See above."""

    def process_request(self, request: HttpRequest) -> None:
        """Starts noting."""
        request.homes_seen = seen.begin()  # type: ignore[attr-defined]  # ours

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Logs, then lets the answer go."""
        homes: set[str] = getattr(request, "homes_seen", set())
        seen.end()
        account = getattr(request, "user", None)
        if account is not None and account.is_authenticated:
            _log(request, response.status_code, account, homes)
            # Nothing of it stays in a browser that somebody else uses next.
            response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "POST" and _name(request) == "logout":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def _log(request: HttpRequest, status: int, account: Account, homes: set[str]) -> None:
    name = _name(request)
    if name in UNLOGGED or getattr(request, "turned_away", False):
        return
    one, now_s, in_list = _asked_for(request), time.monotonic(), False
    reason = getattr(request, "access_reason", "")
    if status in REFUSALS:
        if one is None and status != HTTPStatus.FORBIDDEN:
            return
        kind, homes = Kind.REFUSED, set() if one is None else {one}
    elif getattr(request, "is_download", False):
        kind = Kind.DOWNLOAD
    elif request.method not in SAFE:
        kind = Kind.ACT
    else:
        kind = Kind.READ
        in_list = one is None or bool(request.headers.get("HX-Request"))
        if in_list:
            homes = shown.news(account.pk, homes, now_s)
        if not homes:
            return
    log.write(
        at=timezone.now(),
        account=account,
        origin=origin(request),
        kind=kind,
        action=name,
        homes=homes,
        reason=reason,
    )
    if in_list:
        shown.remember(account.pk, homes, now_s)


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or "?"


def _asked_for(request: HttpRequest) -> str | None:
    """What the address names: a home, or an alert (``alert 17``)."""
    given = request.resolver_match.kwargs if request.resolver_match else {}
    if "home_id" in given:
        return str(given["home_id"])[:40].replace(",", " ")
    for word, value in given.items():
        if word.endswith("_id"):
            return f"{word.removesuffix('_id')} {str(value)[:40].replace(',', ' ')}"
    return None


def origin(request: HttpRequest) -> str:
    """Where the request came from (uvicorn has put in what a trusted proxy told)."""
    return str(request.META.get("REMOTE_ADDR", ""))


class WallMiddleware(MiddlewareMixin):
    """Puts the second wall around each view of a person who does not see everything (``access.wall``)."""

    def process_view(self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any) -> None:
        """Before the view; a stream that asks the database for nothing needs no wall."""
        account = request.user
        if account.is_authenticated and not iscoroutinefunction(view) and wall.applies_to(account):
            request.is_walled = True  # type: ignore[attr-defined]  # ours
            wall.close_in(account)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """After it; a connection that can't be freed is closed."""
        if getattr(request, "is_walled", False):
            try:
                wall.lift()
            except DatabaseError:
                if not connection.in_atomic_block:
                    connection.close()
        return response
