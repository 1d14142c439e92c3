"""Looks for what the homes' streams may have missed: one look for all of them, not one a stream.

A stream is woken when something is posted for its home. Should a wake-up be lost (it was posted by a command,
or by a process that died before it told anybody), this look finds it. A stream that hears nothing sends its
keep-alive and asks the database nothing; 40,000 of them would otherwise ask some 5,000 times a second.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils import timezone

from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes.models import HomeKey
from district_bridge.live import home_topic, hub

if TYPE_CHECKING:
    from district_bridge.database import WireThreads

EVERY_S = 5.0
# Numbers are given before they are committed: what is this much older may only now have become visible.
LOOK_BACK = 500
REVOKED_WITHIN = timedelta(seconds=60)
log = logging.getLogger(__name__)


class Postmaster:
    """Remembers what it has seen, and tells what is new since."""

    def __init__(self) -> None:
        self._seen: set[int] | None = None
        self._revoked: set[str] = set()

    def look(self, now: datetime) -> set[str]:
        """The homes that have new messages, or a key that was revoked a moment ago."""
        newest = DownlinkMessage.objects.aggregate(newest=Max("id"))["newest"] or 0
        since = newest - LOOK_BACK if self._seen is None else min(min(self._seen, default=newest), newest)
        recent = dict(DownlinkMessage.objects.filter(pk__gt=since - 1).values_list("pk", "home_id"))
        known = set(recent) if self._seen is None else self._seen
        homes = {home for pk, home in recent.items() if pk not in known}
        self._seen = {pk for pk in recent if pk > newest - LOOK_BACK}
        revoked = dict(
            HomeKey.objects.filter(revoked_at__gt=now - REVOKED_WITHIN).values_list("kid", "home_id")
        )
        homes |= {home for kid, home in revoked.items() if kid not in self._revoked}
        self._revoked = set(revoked)
        return homes


async def deliver(threads: WireThreads) -> None:
    """Wakes the streams of homes that have news, until cancelled."""
    postmaster = Postmaster()
    while True:
        try:
            for home in await threads.run(lambda: postmaster.look(timezone.now())):
                hub.wake_here(home_topic(home))
        except Exception:
            log.exception("the postmaster could not look; it looks again")
        await asyncio.sleep(EVERY_S)
