"""What the robot must not forget: one SQLite file in WAL mode that is on disk before anything is sent."""

import json
import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from robot_runtime import times
from robot_runtime.sign import Sign

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

STORE_FILE = "robot.db"
REMEMBERED_IDS = 20_000
"""How many ids of commands and downlink messages are kept: months of an ordinary home."""
SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE sign (id TEXT PRIMARY KEY, type TEXT NOT NULL, at TEXT NOT NULL, data TEXT NOT NULL,
                   receipted_at TEXT, settled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE seen (id TEXT PRIMARY KEY, result TEXT, reason TEXT, number INTEGER);
CREATE TABLE care (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE outbox (id TEXT PRIMARY KEY, body TEXT NOT NULL, refused TEXT);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Every method that changes something returns after it is on disk."""

    def __init__(self, state_dir: Path) -> None:
        """Opens the store; a broken file is set aside and ``was_reset`` tells of it."""
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = state_dir / STORE_FILE
        self.was_reset = False
        try:
            self._db = _open(self._path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "unable to open" in str(error):
                raise
            aside = _set_aside(self._path)
            _LOGGER.error(  # noqa: TRY400 - the message says it all; a traceback would frighten the installer
                "The robot's store %s is broken (%s). It is kept as %s and a new one is begun; signs that "
                "were not yet delivered are only in the old file",
                self._path,
                error,
                aside.name,
            )
            self.was_reset = True
            self._db = _open(self._path)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    # Signs: kept until the home's receipt; emergencies until they are settled.

    def add_sign(self, sign: Sign) -> None:
        """Keeps a sign that is about to be sent."""
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO sign (id, type, at, data) VALUES (?, ?, ?, ?)",
                (sign.id, sign.type, times.stamp(sign.at), _dump(sign.data)),
            )

    def unreceipted(self) -> list[Sign]:
        """Signs that the home has not said to have stored, oldest first."""
        return self._signs("receipted_at IS NULL AND NOT settled")

    def unsettled(self) -> list[tuple[Sign, bool]]:
        """Emergency signs that may still be the robot's to see to, and whether the home has stored them."""
        waiting = {sign.id for sign in self.unreceipted()}
        return [(sign, sign.id not in waiting) for sign in self._signs("NOT settled") if sign.emergency]

    def receipted(self, sign_id: str) -> bool:
        """The home has stored it; says whether such a sign was waiting."""
        with self._db:
            cursor = self._db.execute(
                "UPDATE sign SET receipted_at = ? WHERE id = ? AND receipted_at IS NULL",
                (times.stamp(times.now().wall), sign_id),
            )
            self._db.execute(
                "DELETE FROM sign WHERE id = ? AND type NOT IN ('fall', 'help_call', 'sos')", (sign_id,)
            )
        return cursor.rowcount == 1

    def forget_sign(self, sign_id: str) -> None:
        """The sign is settled, or refused."""
        with self._db:
            self._db.execute("DELETE FROM sign WHERE id = ?", (sign_id,))

    def count_unreceipted(self) -> int:
        """How many signs wait for a receipt."""
        return int(self._db.execute("SELECT count(*) FROM sign WHERE receipted_at IS NULL").fetchone()[0])

    def _signs(self, where: str) -> list[Sign]:
        rows = self._db.execute(
            f"SELECT id, type, at, data FROM sign WHERE {where} ORDER BY rowid"  # noqa: S608 - constants only
        )
        return [Sign(row[0], row[1], times.parse_stamp(row[2]), json.loads(row[3])) for row in rows]

    # Ids of commands and downlink messages that were seen, with what became of a command.

    def seen(self, message_id: str) -> tuple[str, str | None] | None:
        """What became of a message with this id, or ``None`` when it is new."""
        row = self._db.execute("SELECT result, reason FROM seen WHERE id = ?", (message_id,)).fetchone()
        return None if row is None else (row[0], row[1])

    def remember(self, message_id: str, result: str, reason: str | None = None) -> None:
        """Keeps what became of a message, and forgets the oldest."""
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO seen (id, result, reason, number) "
                "VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM seen))",
                (message_id, result, reason),
            )
            self._db.execute(
                "DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?", (REMEMBERED_IDS,)
            )

    # Incidents in the robot's care, and what of them is on its way to the bridge or the home.

    def cares(self) -> list[dict[str, Any]]:
        """Incidents in care, as ``save`` was given them."""
        return [json.loads(row[0]) for row in self._db.execute("SELECT body FROM care ORDER BY rowid")]

    def save(
        self,
        cares: Iterable[tuple[str, dict[str, Any] | None]],
        outbox: Iterable[dict[str, Any]] = (),
        signs: Iterable[Sign] = (),
        settled: Iterable[str] = (),
    ) -> None:
        """Incidents (``None``: out of care), messages to bridge and home, settled signs: one transaction."""
        with self._db:
            for incident_id, body in cares:
                if body is None:
                    self._db.execute("DELETE FROM care WHERE id = ?", (incident_id,))
                else:
                    self._db.execute(
                        "INSERT INTO care (id, body) VALUES (?, ?) "
                        "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                        (incident_id, _dump(body)),
                    )
            for message in outbox:
                numbered = {**message, "seq": self._next_number()}
                self._db.execute(
                    "INSERT INTO outbox (id, body) VALUES (?, ?)", (message["id"], _dump(numbered))
                )
            for sign in signs:
                self._db.execute(
                    "INSERT OR IGNORE INTO sign (id, type, at, data) VALUES (?, ?, ?, ?)",
                    (sign.id, sign.type, times.stamp(sign.at), _dump(sign.data)),
                )
            for sign_id in settled:
                self._db.execute("DELETE FROM sign WHERE id = ?", (sign_id,))

    def _next_number(self) -> int:
        """The next message's number, so that the bridge notices one that never came; in one's transaction."""
        number = int(self.fact("numbered") or 0) + 1
        self._db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES ('numbered', ?)", (_dump(number),))
        return number

    def outbox(self, limit: int) -> list[dict[str, Any]]:
        """The oldest messages that the bridge has not receipted."""
        rows = self._db.execute(
            "SELECT body FROM outbox WHERE refused IS NULL ORDER BY rowid LIMIT ?", (limit,)
        )
        return [json.loads(row[0]) for row in rows]

    def delivered(self, message_ids: Iterable[str]) -> None:
        """The bridge has these."""
        with self._db:
            self._db.executemany("DELETE FROM outbox WHERE id = ?", [(each,) for each in message_ids])

    def set_aside(self, message_id: str, reason: str) -> None:
        """The bridge refuses this one; it is kept for a person to see."""
        with self._db:
            self._db.execute("UPDATE outbox SET refused = ? WHERE id = ?", (reason, message_id))

    def count_refused(self) -> int:
        """How many messages the bridge refused."""
        return int(self._db.execute("SELECT count(*) FROM outbox WHERE refused IS NOT NULL").fetchone()[0])

    # Single facts: the bridge link, the downlink's position.

    def fact(self, name: str) -> Any:
        """A stored value, or ``None``."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_fact(self, name: str, value: Any) -> None:
        """Stores a value."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, _dump(value)))


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    verdict = db.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        with closing(db.cursor()) as cursor:
            cursor.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"it has the version {version}, this program reads {SCHEMA_VERSION}")


def _set_aside(path: Path) -> Path:
    suffix = times.now().wall.strftime("broken-%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.{suffix}")
    path.replace(aside)
    for part in ("-wal", "-shm"):
        beside = path.with_name(path.name + part)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + part))
    return aside


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
