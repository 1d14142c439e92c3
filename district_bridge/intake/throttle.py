"""Token buckets: a home that floods the bridge with telemetry waits; an emergency never does.

What is decided on is the message's content, after its signature was checked: a stranger can neither use up a
home's tokens nor pass something off as an emergency. Plain decisions; time is a parameter.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from district_bridge.intake.reading import Batch

# A home says some three things a minute. An outbox that was cut off for a day may come at once: a batch holds
# 500 messages, most of them incidents, which are not counted.
BURST = 240.0
# Sustained: sixty times an ordinary home, and 40,000 of them would still be only as many as the bridge takes.
PER_SECOND = 3.0
REMEMBERED = 60_000


@dataclass(slots=True)
class Bucket:
    """Tokens at a moment."""

    tokens: float
    at_s: float


class Throttle:
    """One bucket a home."""

    def __init__(self, burst: float = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.refused = 0

    def wait_s(self, batch: Batch, now_s: float) -> int | None:
        """None when the batch may be stored; else the whole seconds after which it may be tried again."""
        bucket = self._bucket(batch.home_id, now_s)
        cost = min(float(max(1, len(batch.messages))), self._burst)
        if batch.has_incident:
            # It is taken whatever the home did before, and does not cost the home its telemetry.
            return None
        if bucket.tokens < cost:
            self.refused += 1
            return math.ceil((cost - bucket.tokens) / self._per_second)
        bucket.tokens -= cost
        return None

    def _bucket(self, home_id: str, now_s: float) -> Bucket:
        bucket = self._buckets.get(home_id)
        if bucket is None:
            bucket = self._buckets[home_id] = Bucket(self._burst, now_s)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(home_id)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now_s - bucket.at_s) * self._per_second)
        bucket.at_s = now_s
        return bucket
