"""The wire's own threads keep their database connection, and get a new one when the old one broke."""

import asyncio

import pytest
from django.db import DatabaseError, InterfaceError, connection

from district_bridge.database import WireThreads


def ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def which() -> int:
    ask()
    return id(connection.connection)


def break_off() -> None:
    """As a restart of the database server does it."""
    connection.connection.close()


def hang_up() -> None:
    connection.close()


@pytest.mark.django_db
def test_run_stands_on_the_database_it_was_asked_for(pytestconfig: pytest.Config) -> None:
    asked = pytestconfig.getoption("--database")
    assert connection.vendor == ("postgresql" if asked == "postgres" else "sqlite")
    assert ask() == 1


@pytest.mark.django_db(transaction=True)
def test_thread_keeps_its_connection_and_replaces_a_broken_one() -> None:
    async def story() -> None:
        threads = WireThreads(1)
        first = await threads.run(which)
        assert await threads.run(which) == first
        if connection.vendor == "postgresql":  # SQLite has no server that could go away
            await threads.run(break_off)
            with pytest.raises((DatabaseError, InterfaceError)):
                await threads.run(ask)
            assert await threads.run(ask) == 1
        await threads.run(hang_up)
        threads.close()

    asyncio.run(story())
