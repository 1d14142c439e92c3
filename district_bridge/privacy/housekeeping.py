"""What the serving bridge does beside: chains the access log, asks for new keys, destroys what is over."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.access import chain
from district_bridge.downlink import rotation
from district_bridge.privacy import retention
from district_bridge.privacy.models import Daily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from district_bridge.privacy.models import Destruction

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
LOOK_EVERY = timedelta(minutes=1)
KEYS_EVERY = timedelta(minutes=10)
RETENTION = "retention"


class Housekeeping:
    """One process's share. ``tick`` is called about once a second and never does much at a time."""

    def __init__(self) -> None:
        self._steps: Iterator[Destruction | None] | None = None
        self._look_at: datetime | None = None
        self._keys_at: datetime | None = None

    def tick(self, now: datetime) -> None:
        """Chains what waits; goes on destroying if today's turn is this process's. Never fails its caller."""
        try:
            self._tick(now)
        except Exception:
            log.exception("housekeeping failed; it is tried again in the next round")

    def _tick(self, now: datetime) -> None:
        chain.extend()
        if self._keys_at is None or now >= self._keys_at:
            self._keys_at = now + KEYS_EVERY
            rotation.ask_those_due(now)
        if self._look_at is None or now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            if self._steps is None and _claim(RETENTION, now):
                self._steps = retention.steps(now)
        if self._steps is not None and next(self._steps, _END) is _END:
            self._steps = None


_END = object()


def _claim(name: str, now: datetime) -> bool:
    """Whether this process begins what is done once a day; of several only one does."""
    known = Daily.objects.filter(pk=name).first()
    if known is not None and known.begun_at > now - DAY:
        return False
    with transaction.atomic():
        if known is None:
            made = Daily.objects.get_or_create(pk=name, defaults={"begun_at": now})
            return made[1]
        return Daily.objects.filter(pk=name, begun_at=known.begun_at).update(begun_at=now) == 1


housekeeping = Housekeeping()
