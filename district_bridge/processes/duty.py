"""Duties that exactly one process has at a time: a lease row, taken over when its holder dies or freezes.

A lease and no advisory lock: a lock stays with a process that is stopped or hangs, and the server learns of a
lost machine only by time-outs of its own. See docs/decisions/0260.
"""

import os
import secrets
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models.functions import Now

from district_bridge.processes.models import Duty

if TYPE_CHECKING:
    from datetime import datetime

# How long a holder may be silent before another process takes the duty. Together with the longest silence
# limit and one round it stays below the 180 s within which a silent home is known.
LEASE_S = 8
SUPERVISION = "supervision"

# The database's clock decides, so that machines whose clocks differ agree on who is on duty.
_TAKE = """
INSERT INTO processes_duty AS duty (name, holder, until, done_at)
VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(lease)s), %(done)s)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder, until = excluded.until, done_at = GREATEST(duty.done_at, excluded.done_at)
WHERE duty.holder = excluded.holder OR duty.until <= clock_timestamp()
RETURNING done_at
"""


class Post:
    """One process's claim to one duty. On SQLite there is one process, and it is always on duty."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.holder = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.is_held = False
        self.last_done: datetime | None = None

    def take(self) -> bool:
        """Takes or renews the duty; afterwards ``last_done`` tells when anybody last did its work well."""
        if connection.vendor != "postgresql":
            self.is_held = True
            return True
        with connection.cursor() as cursor:
            values: dict[str, Any] = {
                "name": self.name,
                "holder": self.holder,
                "lease": LEASE_S,
                "done": self.last_done,
            }
            cursor.execute(_TAKE, values)
            row = cursor.fetchone()
        self.is_held = row is not None
        if row is not None:
            self.last_done = row[0]
        return self.is_held

    def leave(self) -> None:
        """Gives the duty back at once: this process ends."""
        if self.is_held and connection.vendor == "postgresql":
            Duty.objects.filter(name=self.name, holder=self.holder).update(until=Now())
        self.is_held = False
