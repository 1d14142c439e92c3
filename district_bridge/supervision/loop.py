"""The supervisor: one round a second, for as long as the bridge serves. Of many processes one is on duty."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.homes import trust
from district_bridge.privacy.housekeeping import housekeeping
from district_bridge.supervision import silence, watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from district_bridge.database import WireThreads
    from district_bridge.processes.duty import Post

log = logging.getLogger(__name__)
ROUND_S = 1.0
# A pause between two rounds that is longer than this means that the bridge itself was deaf: it was stopped,
# its machine slept, or its database was away.
DEAF_AFTER = timedelta(seconds=20)
# What need not be looked at every second, and how often it is.
OUTAGES_EVERY = timedelta(seconds=3)
FORGET_EVERY = timedelta(minutes=1)


class Supervisor:
    """Knows when the last good round was, and so whether the bridge was deaf."""

    def __init__(self) -> None:
        self.last: datetime | None = None
        self._done: dict[str, datetime] = {}

    def round(self, now: datetime) -> None:
        """Looks once for silence and lapsed leases. After deafness, homes get a whole limit first."""
        if self.last is None or now - self.last > DEAF_AFTER:
            watched = watch.grant_grace(now)
            log.info("supervision starts or resumes: %d homes watched", watched)
        silent = watch.raise_silent_homes(now)
        lapsed = watch.lapse_leases(now)
        if silent or lapsed:
            log.info("homes fell silent: %d, leases lapsed: %d", silent, lapsed)
        self._now_and_then("outages", OUTAGES_EVERY, now, silence.end_outages)
        self._now_and_then("tokens", FORGET_EVERY, now, trust.forget_tokens)
        self.last = now
        housekeeping.tick(now)

    def _now_and_then(
        self, name: str, every: timedelta, now: datetime, work: Callable[[datetime], object]
    ) -> None:
        """What fails here fails no round: a bridge that takes itself for deaf gives grace for ever."""
        last = self._done.get(name)
        if last is not None and now - last < every:
            return
        try:
            work(now)
        except Exception:
            log.exception("%s failed; it is tried again in the next round", name)
        else:
            self._done[name] = now


def turn(supervisor: Supervisor, post: Post, now: datetime) -> None:
    """One round, if this process is on duty. Whether the bridge was deaf is judged by whoever was before."""
    if post.take():
        supervisor.last = post.last_done
        supervisor.round(now)
        post.last_done = supervisor.last


async def supervise(threads: WireThreads, post: Post) -> None:
    """Runs rounds until cancelled; a round that fails is logged and the next one comes all the same."""
    supervisor = Supervisor()
    while True:
        try:
            await threads.run(lambda: turn(supervisor, post, timezone.now()))
        except Exception:
            log.exception("a round of supervision failed; the next one follows")
        await asyncio.sleep(ROUND_S)
