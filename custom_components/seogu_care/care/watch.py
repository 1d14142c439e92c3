"""Silence is a sign: when a part was last heard, and since when it has been silent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Watch:
    """One part that must be heard from time to time.

    ``silent_after`` and ``trouble_after`` count from the last sign (or from the start of watching);
    ``trouble`` is whether the long silence has been reported.
    """

    heard_at: datetime
    silent_after: timedelta
    trouble_after: timedelta
    online: bool = False
    trouble: bool = False

    def heard(self, now: datetime) -> Watch:
        """The part gave a sign."""
        return Watch(now, self.silent_after, self.trouble_after, online=True)

    def lost(self) -> Watch:
        """The part's link is known to be gone (its last will came)."""
        return Watch(self.heard_at, self.silent_after, self.trouble_after, online=False, trouble=self.trouble)

    def next_deadline(self) -> datetime | None:
        """When silence becomes a fact, or trouble; None when both have been said."""
        if self.online:
            return self.heard_at + self.silent_after
        if not self.trouble:
            return self.heard_at + self.trouble_after
        return None

    def tick(self, now: datetime) -> Watch:
        """What the clock makes of the silence."""
        online = self.online and now < self.heard_at + self.silent_after
        trouble = self.trouble or (not online and now >= self.heard_at + self.trouble_after)
        return Watch(self.heard_at, self.silent_after, self.trouble_after, online=online, trouble=trouble)
