"""When a message that could not be sent is tried again. Plain decisions, no I/O, no clock."""

from datetime import timedelta

# A channel that is down for a minute must not cost an alert; one that is down for an hour is not hammered.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
# 5, 10, 20 … 600 s: the twelfth attempt is about an hour and a quarter after the first.
ATTEMPTS = 12


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed; None: give up, and say so."""
    if attempts >= ATTEMPTS:
        return None
    doubled: timedelta = FIRST_WAIT * 2 ** max(0, attempts - 1)
    return min(doubled, LONGEST_WAIT)
