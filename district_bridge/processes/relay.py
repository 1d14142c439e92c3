"""Carries wake-ups between the bridge's processes: LISTEN and NOTIFY on one connection of its own.

NOTIFY stands outside every transaction that stores something: inside, it takes a lock that all committing
transactions wait for. Wake-ups of a few milliseconds go out together. When the connection breaks, everybody
is woken once it is back, and until then a look at the database every two seconds is the floor: a lost wake-up
costs time and nothing else. See docs/decisions/0261.
"""

import logging
import os
import secrets
import select
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connections

from district_bridge.live import SCREENS, Hub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

log = logging.getLogger(__name__)
CHANNEL = "seogu_wake"
# PostgreSQL takes payloads of less than 8,000 bytes.
PAYLOAD_BYTES = 7_900
TOGETHER_S = 0.005
FLOOR_S = 2.0
AGAIN_S = 1.0
# What the newest steps look like: their number changes also when an older number commits late.
_MARK = """
SELECT max(id), count(*) FROM alerts_transition
WHERE id > (SELECT max(id) FROM alerts_transition) - 1000
"""


def payloads(sender: str, topics: Iterable[str]) -> list[str]:
    """The topics as texts short enough to send, each beginning with who sends it."""
    made: list[str] = []
    lines, size = [sender], len(sender)
    for topic in topics:
        more = len(topic.encode()) + 1
        if size + more > PAYLOAD_BYTES:
            made.append("\n".join(lines))
            lines, size = [sender], len(sender)
        lines.append(topic)
        size += more
    if len(lines) > 1:
        made.append("\n".join(lines))
    return made


class Relay:
    """One thread and one connection. ``post`` may be called from any thread and never waits."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._me = secrets.token_hex(8)
        self._topics: set[str] = set()
        self._lock = threading.Lock()
        self._woken, self._wake = os.pipe()
        self._is_stopping = False
        self._mark: Any = None
        self._looked_at = 0.0
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begins to listen, and to send what is posted."""
        self._thread.start()

    def post(self, topic: str) -> None:
        """Tells the other processes of ``topic``, soon."""
        with self._lock:
            is_first = not self._topics
            self._topics.add(topic)
        if is_first:
            os.write(self._wake, b".")

    def stop(self) -> None:
        """Sends what is left and ends."""
        self._is_stopping = True
        os.write(self._wake, b".")
        self._thread.join(5)
        for end in (self._woken, self._wake):
            os.close(end)

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._carry()
            except (psycopg.Error, OSError) as error:
                log.warning("wake-ups from other processes are away (%s); looking every few seconds", error)
                if not self._is_stopping:
                    time.sleep(AGAIN_S)

    def _carry(self) -> None:
        with _connected() as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            # Nobody knows what was missed while there was no connection.
            self._hub.wake_all_here()
            while not self._is_stopping:
                ready, _, _ = select.select([connection.fileno(), self._woken], [], [], FLOOR_S)
                if self._woken in ready:
                    os.read(self._woken, 4096)
                    time.sleep(TOGETHER_S)
                self._send(connection)
                if time.monotonic() - self._looked_at > FLOOR_S:
                    self._look(connection)
                # Last: what arrived beside an answer is in hand now, and the socket would not tell of it.
                self._hear(connection)
            self._send(connection)

    def _send(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            topics, self._topics = self._topics, set()
        for payload in payloads(self._me, topics):
            connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])

    def _hear(self, connection: psycopg.Connection[Any]) -> None:
        heard: set[str] = set()
        for notice in connection.notifies(timeout=0):
            sender, *topics = notice.payload.split("\n")
            if sender != self._me:
                heard.update(topics)
        for topic in heard:
            self._hub.wake_here(topic)

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        self._looked_at = time.monotonic()
        mark = connection.execute(_MARK).fetchone()
        if mark != self._mark:
            self._mark = mark
            self._hub.wake_here(SCREENS)


@contextmanager
def relayed(hub: Hub) -> Iterator[None]:
    """Passes this process's wake-ups on, and hears the others', while the body runs (never on SQLite)."""
    if connections["default"].vendor != "postgresql":
        yield
        return
    relay = Relay(hub)
    hub.relay_to(relay.post)
    relay.start()
    try:
        yield
    finally:
        hub.relay_to(None)
        relay.stop()


@contextmanager
def relayed_at_end(hub: Hub) -> Iterator[None]:
    """Collects the wake-ups of a command that soon ends, and passes them on when it does."""
    topics: set[str] = set()
    hub.relay_to(topics.add)
    try:
        yield
    finally:
        hub.relay_to(None)
        connection = connections["default"]
        if topics and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for payload in payloads(secrets.token_hex(8), topics):
                    cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


@contextmanager
def _connected() -> Iterator[psycopg.Connection[Any]]:
    """A connection by Django's own settings, of which this thread alone knows."""
    wrapper = connections.create_connection("default")
    try:
        wrapper.ensure_connection()
        yield wrapper.connection
    finally:
        with suppress(psycopg.Error):
            wrapper.close()
