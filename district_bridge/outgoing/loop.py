"""The worker beside the serving loop, or in a process of its own: works until it is cancelled."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.outgoing.work import work_once

if TYPE_CHECKING:
    from district_bridge.database import WireThreads

# Short against the 60 s in which a call must be answered, long against the cost of an index look-up.
PAUSE_S = 0.25
"""Between two looks when nothing was due; and the longest pause when there is more to do."""
log = logging.getLogger(__name__)


async def work(threads: WireThreads) -> None:
    """Runs until cancelled. After work it rests as long as the work took, though never longer than a pause.

    Thirty thousand ladders that are due in one minute must not keep a call for help waiting on a machine
    that both share: measured, its slowest answer went from 0.1 to 5.5 s.
    """
    while True:
        sent, began = 0, time.monotonic()
        try:
            sent = await threads.run(lambda: work_once(timezone.now()))
        except Exception:
            log.exception("the worker stumbled; it goes on")
        await asyncio.sleep(min(time.monotonic() - began, PAUSE_S) if sent else PAUSE_S)
