"""Wakes those who wait for news within this process: homes' streams and people's screens.

A wake-up carries no content. Whoever wakes looks into the database, so a lost wake-up costs time (the
waiter's own time-out) and never a message. Wake-ups are given after commit, from any thread.
"""

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SCREENS = "screens"


def home_topic(home: str) -> str:
    """The topic of one home's stream."""
    return f"home:{home}"


class Hub:
    """Topics and the events that wait on them; bound to the serving loop while it runs."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_stopping = False
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def bind(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Starts (or, with None, stops) giving wake-ups on ``loop``."""
        self._loop = loop
        self.is_stopping = False

    def wake(self, topic: str) -> None:
        """Wakes all who wait on ``topic``. Does nothing where nobody serves (a command line)."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._set, topic)

    def stop(self) -> None:
        """Ends all streams: the server stops."""
        self.is_stopping = True
        for topic in list(self._waiting):
            self.wake(topic)
        for topic in list(self._waiting):
            self._set(topic)

    def _set(self, topic: str) -> None:
        for event in self._waiting.get(topic, ()):
            event.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set at each wake-up; clear it before you look, so that nothing falls between."""
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]


hub = Hub()
