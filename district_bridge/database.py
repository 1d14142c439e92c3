"""Database work of the wire, on threads of its own: a busy dashboard can't keep an emergency waiting."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# SQLite has one writer at a time (district_bridge.sqlite lets them queue): more threads would only wait.
THREADS = {"sqlite": 1, "postgresql": 8}
LANES = {"sqlite": 1, "postgresql": 2}


class WireThreads:
    """A pool whose threads keep their database connection from one request to the next."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="wire")

    async def run[T](self, work: Callable[[], T]) -> T:
        """The result of ``work``, done on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, with_connection, work)

    def close(self) -> None:
        """Waits for what runs, and ends the threads."""
        self._pool.shutdown()


def wire_threads() -> WireThreads:
    """As many threads as the database has use for."""
    return WireThreads(THREADS[connection.vendor])


def lanes() -> int:
    """How many groups of batches are stored side by side: the next is made while one waits for the disk."""
    return LANES[connection.vendor]


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything that is read within it is of one moment, and nobody waits for it; nothing may be written."""
    if connection.in_atomic_block:
        yield
        return
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgres else "BEGIN DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def with_connection[T](work: Callable[[], T]) -> T:
    """Does the work. Keeps the thread's connection for its next work, unless the last one found it broken."""
    connection.close_at = None
    connection.close_if_unusable_or_obsolete()
    return work()
