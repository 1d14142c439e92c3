"""Whose data a request has touched: noted when a home's rows are loaded, not left to each view."""

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_init

from district_bridge.alerts.models import Alert
from district_bridge.homes.models import Home
from district_bridge.privacy import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

_current: ContextVar[set[str] | None] = ContextVar("homes_seen", default=None)


@contextmanager
def watching() -> Iterator[set[str]]:
    """The homes whose rows are loaded meanwhile, growing as they are."""
    homes: set[str] = set()
    token = _current.set(homes)
    try:
        yield homes
    finally:
        _current.reset(token)


def begin() -> set[str]:
    """Starts noting for a request; ``end`` ends it."""
    homes: set[str] = set()
    _current.set(homes)
    return homes


def end() -> None:
    """Nothing is noted any more."""
    _current.set(None)


def note(home_id: str | None) -> None:
    """Notes a home for the request that runs, if one does."""
    homes = _current.get()
    if homes is not None and home_id:
        homes.add(home_id)


def listen() -> None:
    """Notes homes and alerts as they are loaded, and personal fields as they are opened."""
    post_init.connect(_home, sender=Home, dispatch_uid="access.seen.home")
    post_init.connect(_about_home, sender=Alert, dispatch_uid="access.seen.alert")
    fields.when_opened.append(_opened)


def _home(instance: Any, **_: object) -> None:
    note(instance.__dict__.get("id"))


def _about_home(instance: Any, **_: object) -> None:
    note(instance.__dict__.get("home_id"))


def _opened(instance: Model) -> None:
    note(instance.__dict__.get("home_id"))
