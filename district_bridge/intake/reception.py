"""Where batches come in: verified on the spot, throttled when they may wait, stored in groups."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from district_bridge.database import WireThreads, lanes
from district_bridge.intake import reading
from district_bridge.intake.group import EMERGENCIES, HEARTBEATS, GroupCommit
from district_bridge.intake.keyring import Keyring
from district_bridge.intake.throttle import Throttle
from district_bridge.wire import tokens
from district_bridge.wire.problems import TooManyError

if TYPE_CHECKING:
    from district_bridge.intake.reading import Batch
    from district_bridge.intake.store import Receipt

log = logging.getLogger(__name__)


class Reception:
    """Made once for each serving process, on its loop.

    Heartbeats have threads and groups of their own, so that however many homes live, an emergency waits for
    none of them.
    """

    def __init__(self, threads: WireThreads) -> None:
        self._own_threads = [WireThreads(lanes()), WireThreads(1)]
        self._keyring = Keyring(threads)
        self._emergencies = GroupCommit(self._own_threads[0], EMERGENCIES, lanes(), "emergencies")
        self._heartbeats = GroupCommit(self._own_threads[1], HEARTBEATS, 1, "heartbeats")
        self.throttle = Throttle()
        self._reading = asyncio.create_task(self._read_keys(), name="keys")

    async def _read_keys(self) -> None:
        try:
            await self._keyring.read_all()
        except Exception:
            log.exception("the homes' keys could not be read ahead; each is looked up when it speaks")

    async def take(self, compact: str) -> tuple[Batch, Receipt]:
        """The batch and its receipt, after commit; raises the problem."""
        token = tokens.read(compact, reading.TYP)
        key = await self._keyring.key(token.kid)
        batch = reading.read(token, key, time.time())
        wait_s = self.throttle.wait_s(batch, time.monotonic())
        if wait_s is not None:
            raise TooManyError(
                "this home sends more than it may; emergencies are taken", retry_after_s=wait_s
            )
        group = self._heartbeats if batch.is_heartbeat else self._emergencies
        return batch, await group.store(batch)

    async def close(self) -> None:
        """Ends the groups and their threads."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        for group in (self._emergencies, self._heartbeats):
            await group.close()
        for threads in self._own_threads:
            threads.close()
