"""Writers of one process take turns on SQLite, in the order in which they asked."""

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from district_bridge.deployment import database_settings
from district_bridge.sqlite.base import DatabaseWrapper
from district_bridge.sqlite.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest_django

LONG_S = 30.0
STATEMENTS = {
    "insert": "INSERT INTO word VALUES ('one')",
    "update": "  update word SET said = 'two'",
    "delete": "DELETE FROM word",
}


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def waiting(turns: Turns, number: int) -> None:
    """Returns when so many stand in line."""
    while len(turns._line) < number:
        threading.Event().wait(0.001)


def test_turns_go_in_the_order_of_asking_also_to_one_who_asks_again_at_once() -> None:
    turns, said = Turns(), []

    def ask(name: str) -> None:
        assert turns.take(LONG_S)
        said.append(name)
        turns.hand_on()

    turns.take(LONG_S)
    threads = []
    for place, name in enumerate(("first", "second")):
        threads.append(in_thread(lambda name=name: ask(name)))
        waiting(turns, place + 1)
    turns.hand_on()
    ask("again")
    for thread in threads:
        thread.join(LONG_S)
    assert said == ["first", "second", "again"]


def test_who_gives_up_waiting_leaves_the_line() -> None:
    turns = Turns()
    assert turns.take(LONG_S)
    assert not turns.take(0.01)
    turns.hand_on()
    assert turns.take(0.01)


@pytest.fixture
def connect(
    tmp_path: Path, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[Callable[[], DatabaseWrapper]]:
    """Connections to one file, each as a thread of the bridge has it."""

    def made() -> DatabaseWrapper:
        address = database_settings(f"sqlite:///{tmp_path}/turns.sqlite3")
        more = {"TIME_ZONE": None, "CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0, "AUTOCOMMIT": True}
        address["OPTIONS"]["timeout"] = 0.05
        wrapper = DatabaseWrapper(address | more)
        wrapper.inc_thread_sharing()
        return wrapper

    with django_db_blocker.unblock():
        with made().cursor() as cursor:
            cursor.execute("CREATE TABLE word (said TEXT)")
        yield made


def begin(wrapper: DatabaseWrapper) -> None:
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def may_write(wrapper: DatabaseWrapper) -> bool:
    """Whether another connection gets its turn (and SQLite's own lock)."""
    try:
        begin(wrapper)
    except OperationalError:
        return False
    wrapper.rollback()
    wrapper.set_autocommit(True)
    return True


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_transaction_holds_the_turn_until_it_ends(connect: Callable[[], DatabaseWrapper], end: str) -> None:
    one, other = connect(), connect()
    begin(one)
    assert not may_write(other)
    getattr(one, end)()
    assert may_write(other)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_statement_outside_a_transaction_waits_for_its_turn(
    connect: Callable[[], DatabaseWrapper], statement: str
) -> None:
    one, other = connect(), connect()
    begin(one)
    with pytest.raises(OperationalError, match="own writers"), other.cursor() as cursor:
        cursor.execute(statement)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM word")
    one.rollback()
    with other.cursor() as cursor:
        cursor.execute(statement)
    assert may_write(one)


def test_statement_that_fails_gives_its_turn_back(connect: Callable[[], DatabaseWrapper]) -> None:
    one, other = connect(), connect()
    with pytest.raises(DatabaseError), one.cursor() as cursor:
        cursor.execute("INSERT INTO nothing VALUES (1)")
    assert may_write(other)


@pytest.mark.django_db(transaction=True)
def test_bridge_stands_on_it_where_it_stands_on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL lets writers work side by side")
    with transaction.atomic():
        assert connection._has_turn
    assert not connection._has_turn
