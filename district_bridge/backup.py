"""A backup as a folder: the database as it was at one moment, every key file, and checksums of all of them.

Works without Django: a restore has to run before there is anything that Django could be set up on.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from district_bridge import deployment
from district_bridge.deployment import Deployment, DeploymentError

MANIFEST = "manifest.json"
SETTINGS = "bridge.toml"
SQLITE, DUMP = "bridge.sqlite3", "bridge.dump"
# Pages copied before the bridge gets a turn to write: a backup never holds up an alert for long.
PAGES_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Taken:
    """A finished backup."""

    folder: Path
    files: int
    size: int


def take(bridge: Deployment, into: Path) -> Taken:
    """Copies everything into a new folder under ``into``; it has its name only once it is whole."""
    name = f"seogu-bridge-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    finished, unfinished = into / name, into / f".{name}.unfinished"
    if finished.exists():
        raise DeploymentError(f"{finished} is there already; nothing was overwritten")
    if _is_within(into, bridge.folder):
        raise DeploymentError("a backup inside the data folder would be lost with it; choose another place")
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        for file in _key_files(bridge):
            copy = unfinished / file.relative_to(bridge.folder)
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(file, copy)
        _dump(bridge.database, unfinished)
        sums = {str(file.relative_to(unfinished)): _digest(file) for file in _files(unfinished)}
        manifest = {"made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "version": version("seogu-care")}
        text = json.dumps({**manifest, "sha256": sums}, indent=1)
        (unfinished / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _to_disk(unfinished)
        unfinished.rename(finished)
    except OSError as error:
        raise DeploymentError(f"the backup could not be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    files = _files(finished)
    return Taken(finished, len(files), sum(file.stat().st_size for file in files))


def check(backup: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is as it was; raises when one is missing or changed."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        sums: dict[str, str] = manifest["sha256"]
        wrong = [
            name
            for name, digest in sums.items()
            if not _is_within(backup / name, backup) or _digest(backup / name) != digest
        ]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DeploymentError(f"{backup} is no whole backup: {error}") from error
    if wrong:
        raise DeploymentError(f"{backup}: changed since it was made: {', '.join(wrong)}")
    if SQLITE not in sums and DUMP not in sums:
        raise DeploymentError(f"{backup} holds no database")
    return manifest


def put_back(backup: Path, folder: Path, database: str | None) -> None:
    """Lays the files into an empty folder and the data into an empty database; overwrites nothing.

    ``database`` (a URL) is for a dump of PostgreSQL that shall go elsewhere than where it came from.
    """
    sums = check(backup)["sha256"]
    if folder.exists() and any(folder.iterdir()):
        raise DeploymentError(f"{folder} is not empty; restore into a new folder, nothing was overwritten")
    came_from = tomllib.loads((backup / SETTINGS).read_text(encoding="utf-8")).get("database", "")
    if SQLITE in sums:
        if database:
            raise DeploymentError(
                "this backup is a SQLite database; it goes into the folder, leave --database out"
            )
        address = f"sqlite:///{folder / SQLITE}"
    else:
        address = database or str(came_from)
        _refuse_full(address)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in sums:
        if name == DUMP:
            continue
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(backup / name, copy)
    if DUMP in sums:
        _run(
            "pg_restore",
            address,
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            str(backup / DUMP),
        )
    elif not _is_sound(folder / SQLITE):
        raise DeploymentError(f"{folder / SQLITE} is damaged")
    deployment.prepare(folder, database=address, url=None, name=None)


def _dump(address: str, into: Path) -> None:
    if urlsplit(address).scheme == "sqlite":
        source = Path(unquote(urlsplit(address).path))
        if not source.exists():
            raise DeploymentError(f"there is no database {source}")
        with (
            closing(sqlite3.connect(source, timeout=60)) as running,
            closing(sqlite3.connect(into / SQLITE)) as copy,
        ):
            running.backup(copy, pages=PAGES_AT_A_TIME, sleep=0.005)
        if not _is_sound(into / SQLITE):
            raise DeploymentError("the copy of the database is damaged; the disk may be failing")
    else:
        _run("pg_dump", address, "--format=custom", f"--file={into / DUMP}")


def _is_sound(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as copy:
        found: str = copy.execute("PRAGMA integrity_check").fetchone()[0]
    return found == "ok"


def _run(program: str, address: str, *words: str) -> None:
    """One of PostgreSQL's programs; the password goes where no list of processes shows it."""
    parts = urlsplit(address)
    user, _, _ = parts.netloc.rpartition("@")
    password = unquote(user.partition(":")[2])
    shown = parts._replace(netloc=parts.netloc.replace(user, user.partition(":")[0], 1)).geturl()
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [_program(program), f"--dbname={shown}", *words]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise DeploymentError(f"{program} failed: {done.stderr.strip()[-1_000:]}")


def _program(name: str) -> str:
    """The newest one installed: an older ``pg_dump`` refuses a newer server."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise DeploymentError(f"{name} is not installed (Debian: apt install postgresql-client)")
    return found


def _refuse_full(address: str) -> None:
    import psycopg  # noqa: PLC0415 - SQLite needs none

    try:
        with psycopg.connect(address) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchone()
    except psycopg.Error as error:
        raise DeploymentError(f"can't reach the database: {error}") from error
    if row is not None and row[0]:
        raise DeploymentError("the database is not empty; make a new one (createdb), nothing was overwritten")


def _key_files(bridge: Deployment) -> list[Path]:
    """Everything in the data folder that is not the database: a key that is left out can't be had again."""
    database = bridge.folder / SQLITE
    return [
        file
        for file in _files(bridge.folder)
        if not file.name.startswith(database.name) and file.suffix not in {".log", ".new", ".sock"}
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _is_within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve())


def _to_disk(folder: Path) -> None:
    for path in [*_files(folder), folder]:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
