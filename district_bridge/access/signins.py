"""Signing in and out, in the access log."""

from typing import TYPE_CHECKING

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone

from district_bridge.access import log
from district_bridge.access.middleware import origin
from district_bridge.access.models import Kind
from district_bridge.accounts.models import Account
from district_bridge.accounts.signals import second_factor_refused, second_factor_taken

if TYPE_CHECKING:
    from django.http import HttpRequest


def listen() -> None:
    """Listens to Django's signals and ours."""
    user_logged_in.connect(_password_right, dispatch_uid="access.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="access.signed_out")
    user_login_failed.connect(_password_wrong, dispatch_uid="access.refused")
    second_factor_taken.connect(_factor_right, dispatch_uid="access.factor")
    second_factor_refused.connect(_factor_wrong, dispatch_uid="access.factor_refused")


def _password_right(request: HttpRequest | None, user: Account, **_: object) -> None:
    _write(request, user, "password")


def _signed_out(request: HttpRequest | None, user: Account | None, **_: object) -> None:
    if user is not None:
        _write(request, user, "sign_out")


def _password_wrong(credentials: dict[str, str], request: HttpRequest | None = None, **_: object) -> None:
    """A name that nobody has is not kept: it may be a password typed into the wrong field."""
    named = Account.objects.filter(username=credentials.get("username", "")).first()
    _write(request, named, "password_wrong")


def _factor_right(account: Account, request: HttpRequest, **_: object) -> None:
    _write(request, account, "second_factor")


def _factor_wrong(account: Account, request: HttpRequest, **_: object) -> None:
    _write(request, account, "second_factor_wrong")


def _write(request: HttpRequest | None, account: Account | None, action: str) -> None:
    log.write(
        at=timezone.now(),
        account=account,
        origin=origin(request) if request is not None else "",
        kind=Kind.SIGN_IN,
        action=action,
    )
