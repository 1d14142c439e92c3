"""What the robot must not forget."""

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from robot_runtime import sign, store
from robot_runtime.store import Store

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_signs_outlive_the_program_and_leave_with_their_receipt(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    plea = sign.new("help_call", {"intent": "help", "score": 1.0}, AT)
    news = sign.new("device", {"part": "wearable", "state": "online", "battery": None}, AT)
    kept.add_sign(plea)
    kept.add_sign(news)
    kept.close()
    again = Store(tmp_path)
    assert again.unreceipted() == [plea, news]
    assert again.receipted(news.id)
    assert again.receipted(plea.id)
    assert not again.receipted(plea.id)
    assert again.unreceipted() == []
    assert again.unsettled() == [(plea, True)]
    again.forget_sign(plea.id)
    assert again.unsettled() == []
    again.close()


def test_database_is_synchronous_and_write_ahead(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    assert kept._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert kept._db.execute("PRAGMA synchronous").fetchone() == (2,)
    kept.close()


def test_state_change_and_its_messages_are_one_transaction(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    plea = sign.new("help_call", {"intent": "help", "score": 1.0}, AT)
    kept.add_sign(plea)
    kept.save([("i-1", {"x": 1})], [{"id": "m-1"}], [], [plea.id])
    try:
        kept.save([("i-1", None)], [{"id": "m-2"}, {"id": "m-1"}], [], [])
    except sqlite3.IntegrityError:
        pass
    else:
        raise AssertionError("the same message twice")
    assert kept.cares() == [{"x": 1}]
    assert kept.outbox(10) == [{"id": "m-1", "seq": 1}]
    assert kept.unsettled() == []
    kept.set_aside("m-1", "no")
    assert (kept.outbox(10), kept.count_refused()) == ([], 1)
    kept.close()


def test_messages_to_the_bridge_are_numbered_without_a_gap_and_through_a_restart(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.save([], [{"id": "m-1"}, {"id": "m-2"}])
    with pytest.raises(sqlite3.IntegrityError):
        kept.save([], [{"id": "m-3"}, {"id": "m-1"}])
    kept.delivered(["m-1", "m-2"])
    kept.close()
    kept = Store(tmp_path)
    kept.save([], [{"id": "m-3"}])
    assert kept.outbox(10) == [{"id": "m-3", "seq": 3}]
    kept.close()


def test_seen_ids_are_remembered_and_the_oldest_forgotten(tmp_path: Path, monkeypatch: object) -> None:
    kept = Store(tmp_path)
    kept.remember("c-1", "refused", "why")
    assert kept.seen("c-1") == ("refused", "why")
    assert kept.seen("c-2") is None
    original, store.REMEMBERED_IDS = store.REMEMBERED_IDS, 3
    try:
        for number in range(5):
            kept.remember(f"d-{number}", "done")
    finally:
        store.REMEMBERED_IDS = original
    assert kept.seen("c-1") is None
    assert kept.seen("d-4") == ("done", None)
    kept.close()


def test_garbage_and_half_a_file_are_set_aside(tmp_path: Path) -> None:
    for number, garbage in enumerate((b"garbage" * 1000, b"SQLite format 3\x00" + b"\x01" * 4000)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "robot.db").write_bytes(garbage)
        kept = Store(folder)
        assert kept.was_reset
        assert kept.unreceipted() == []
        kept.close()
        aside = list(folder.glob("robot.db.broken-*"))
        assert [file.read_bytes() for file in aside] == [garbage]


def test_page_that_rotted_inside_is_noticed(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    for _ in range(300):
        kept.add_sign(sign.new("help_call", {"intent": "help", "score": 1.0}, AT))
    kept.close()
    file = tmp_path / "robot.db"
    content = bytearray(file.read_bytes())
    content[8192:16384] = b"\xa5" * 8192
    file.write_bytes(content)
    assert Store(tmp_path).was_reset
