"""Broken frames in the log: the first at once, a flood of them counted, so that it drowns nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

EVERY_S = 60.0


class Complaints:
    """One line a minute at most."""

    def __init__(self, logger: logging.Logger, who: str) -> None:
        self._logger = logger
        self._who = who
        self._said_at = float("-inf")
        self._more = 0

    def add(self, words: str, now_s: float) -> None:
        """Writes the line, or counts it for the next one."""
        if now_s - self._said_at < EVERY_S:
            self._more += 1
            return
        more = f" ({self._more} more since the last line)" if self._more else ""
        self._said_at, self._more = now_s, 0
        self._logger.warning("%s: %s%s", self._who, words, more)
