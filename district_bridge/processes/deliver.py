"""The worker's loop: outgoing messages are leased, sent and marked, for as long as the process runs."""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.live import OUTGOING, hub

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from district_bridge.database import WireThreads

log = logging.getLogger(__name__)
# How long to wait for a wake-up before looking all the same: what falls due later wakes nobody.
IDLE_S = 1.0


async def deliver(threads: WireThreads, work_once: Callable[[datetime], int]) -> None:
    """Works until cancelled; a turn that fails is logged and the next one comes all the same."""
    with hub.listen(OUTGOING) as news:
        while not hub.is_stopping:
            news.clear()
            sent = 0
            try:
                sent = await threads.run(lambda: work_once(timezone.now()))
            except Exception:
                log.exception("sending outgoing messages failed; the next turn follows")
            if not sent:
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await news.wait()
