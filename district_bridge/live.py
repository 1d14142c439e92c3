"""Wakes those who wait for news: homes' streams and people's screens.

A wake-up carries no content. Whoever wakes looks into the database, so a lost wake-up costs time (the
waiter's own time-out) and never a message. Wake-ups are given after commit, from any thread. Within the
process they are events; ``district_bridge.processes.relay`` carries them to the bridge's other processes.
"""

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCREENS = "screens"


def home_topic(home: str) -> str:
    """The topic of one home's stream."""
    return f"home:{home}"


class Hub:
    """Topics and the events that wait on them; bound to the serving loop while it runs."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pass_on: Callable[[str], None] | None = None
        self.is_stopping = False
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def bind(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Starts (or, with None, stops) giving wake-ups on ``loop``."""
        self._loop = loop
        self.is_stopping = False

    def relay_to(self, pass_on: Callable[[str], None] | None) -> None:
        """Tells also ``pass_on`` of each wake-up from now on: it reaches the other processes."""
        self._pass_on = pass_on

    def wake(self, topic: str) -> None:
        """Wakes all who wait on ``topic``, here and in the bridge's other processes."""
        self.wake_here(topic)
        if self._pass_on is not None:
            self._pass_on(topic)

    def wake_all_here(self) -> None:
        """Wakes everybody in this process: it can't be known what was missed."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._set_all)

    def wake_here(self, topic: str) -> None:
        """Wakes all who wait on ``topic`` in this process. Does nothing where nobody waits (a command)."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._set, topic)

    def stop(self) -> None:
        """Ends all streams: the server stops."""
        self.is_stopping = True
        self.wake_all_here()
        self._set_all()

    def _set_all(self) -> None:
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
