"""How what waits for the bridge is cut into batches."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .messages import MOST_MESSAGES, SAFE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Batches:
    """At most 500 messages and well under 1 MiB; fewer after the bridge found a batch too large."""

    limit: int = MOST_MESSAGES - 1

    def next(self, waiting: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
        """The oldest messages that go into one batch."""
        batch: list[Mapping[str, Any]] = []
        size = 0
        for message in waiting[: self.limit]:
            size += len(json.dumps(message).encode())
            if batch and size > SAFE_BYTES:
                break
            batch.append(message)
        return tuple(batch)

    def smaller(self, sent: int) -> bool:
        """Halves the next batch; False if it was a single message already."""
        if sent <= 1:
            return False
        self.limit = max(1, min(self.limit, sent) // 2)
        return True

    def went_well(self) -> None:
        """Grows back to full size."""
        self.limit = min(self.limit * 2, MOST_MESSAGES - 1)
