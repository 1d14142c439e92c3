"""What this process counts as it goes. Names and labels hold no personal data."""

import time
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector

if TYPE_CHECKING:
    from collections.abc import Sized

    from district_bridge.api.http import Send

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
BATCH_SECONDS = Histogram(
    "seogu_batch_seconds",
    "From a batch's request to its answer, which is given after the commit",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
BATCHES = Counter("seogu_batches", "Batches answered, by HTTP status", ["status"], registry=REGISTRY)
MESSAGES = Counter(
    "seogu_messages", "Messages in batches, by what became of them", ["result"], registry=REGISTRY
)
_BY_RESULT = {result: MESSAGES.labels(result) for result in ("stored", "duplicate", "refused")}
_BY_STATUS: dict[int, Counter] = {}


class Receipt(Protocol):
    """What the intake says of a batch."""

    @property
    def stored(self) -> Sized:
        """New messages."""

    @property
    def duplicate(self) -> Sized:
        """Messages that were stored before."""

    @property
    def refused(self) -> Sized:
        """Messages that were set aside."""


def receipted(receipt: Receipt) -> None:
    """Counts a batch's messages."""
    for result, messages in (
        ("stored", receipt.stored),
        ("duplicate", receipt.duplicate),
        ("refused", receipt.refused),
    ):
        if messages:
            _BY_RESULT[result].inc(len(messages))


def timed(send: Send) -> Send:
    """``send`` for one batch request that begins now; its answer is counted and timed when it starts."""
    began = time.perf_counter()

    async def counting(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            BATCH_SECONDS.observe(time.perf_counter() - began)
            _answered(int(str(message["status"]))).inc()
        await send(message)

    return counting  # type: ignore[return-value]  # an ASGI message is a mapping like any other


def _answered(status: int) -> Counter:
    found = _BY_STATUS.get(status)
    if found is None:
        found = _BY_STATUS[status] = BATCHES.labels(str(status))
    return found
