"""The worker beside the serving loop, or in a process of its own: works until it is cancelled."""

import asyncio
import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.outgoing.work import work_once

if TYPE_CHECKING:
    from district_bridge.database import WireThreads

# Short against the 60 s in which a call must be answered, long against the cost of an index look-up.
PAUSE_S = 0.25
log = logging.getLogger(__name__)


async def work(threads: WireThreads) -> None:
    """Runs until cancelled; when there was work, the next look follows at once."""
    while True:
        sent = 0
        try:
            sent = await threads.run(lambda: work_once(timezone.now()))
        except Exception:
            log.exception("the worker stumbled; it goes on")
        await asyncio.sleep(0 if sent else PAUSE_S)
