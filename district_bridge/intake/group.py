"""Group commit: batches that arrive together are stored in one transaction and answered after it.

While one group is being committed the next one gathers, so a busy bridge makes large groups by itself and an
idle one makes nobody wait.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.intake import store

if TYPE_CHECKING:
    from district_bridge.database import WireThreads
    from district_bridge.intake.reading import Batch
    from district_bridge.intake.store import Receipt

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Size:
    """When a group is closed: at so many messages, or when its first one has waited so long."""

    messages: int
    wait_s: float


# An emergency waits at most 5 ms for company; 64 messages are some milliseconds of one transaction.
EMERGENCIES = Size(64, 0.005)
# A heartbeat's answer is in nobody's way: up to 256 homes are one UPDATE, ten times a second at most when few
# speak. At 40,000 homes of 30 s that is some 130 homes each time.
HEARTBEATS = Size(256, 0.1)


class GroupCommit:
    """Gathers batches and stores them, ``lanes`` groups at a time."""

    def __init__(self, threads: WireThreads, size: Size, lanes: int, name: str) -> None:
        self._threads = threads
        self._size = size
        self._waiting: list[tuple[Batch, asyncio.Future[Receipt]]] = []
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._messages = 0
        self._was_alone = True
        self._lanes = [
            asyncio.create_task(self._work(), name=f"{name} group {lane}") for lane in range(lanes)
        ]

    async def store(self, batch: Batch) -> Receipt:
        """The receipt, after commit; raises the problem that the batch has, or what the database said."""
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, answer))
        self._messages += len(batch.messages) or 1
        self._arrived.set()
        if self._messages >= self._size.messages:
            self._full.set()
        return await answer

    async def close(self) -> None:
        """Ends the lanes; who still waits is told to try again."""
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        for _, answer in self._waiting:
            answer.cancel()

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            try:
                await self._gather()
                group = self._take()
                if group:
                    await self._commit(group)
            except Exception:
                # A lane that ends would leave every home without an answer.
                log.exception("a group could not be stored; the next one follows")

    async def _gather(self) -> None:
        """Waits for company, unless the last group had none: then nobody else is likely to come."""
        if self._was_alone and self._size.messages <= EMERGENCIES.messages:
            return
        if self._messages < self._size.messages:
            try:
                async with asyncio.timeout(self._size.wait_s):
                    await self._full.wait()
            except TimeoutError:
                return

    def _take(self) -> list[tuple[Batch, asyncio.Future[Receipt]]]:
        """The oldest batches that fit into a group; at least one.

        A lane leaves the others their share, down to half a group: one waits for the disk, the next is made.
        """
        fair = max(self._size.messages // 2, -(-self._messages // len(self._lanes)))
        most = min(self._size.messages, fair)
        group: list[tuple[Batch, asyncio.Future[Receipt]]] = []
        messages = 0
        while self._waiting and (not group or messages + len(self._waiting[0][0].messages) <= most):
            batch, answer = self._waiting.pop(0)
            messages += len(batch.messages)
            self._messages -= len(batch.messages) or 1
            group.append((batch, answer))
        if not self._waiting:
            self._arrived.clear()
        if self._messages < self._size.messages:
            self._full.clear()
        self._was_alone = len(group) == 1
        return group

    async def _commit(self, group: list[tuple[Batch, asyncio.Future[Receipt]]]) -> None:
        batches = [batch for batch, _ in group]
        try:
            answers = await self._threads.run(lambda: store.store(batches, timezone.now()))
        except asyncio.CancelledError:
            for _, waiting in group:
                waiting.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - each of the group is told, and its caller logs it
            answers = [error] * len(group)
        for (_, waiting), answer in zip(group, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
