"""One bridge of several processes on one database, each of which can be killed with -9 and started again."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rig.load.postgres import Postgres

PROJECT = Path(__file__).resolve().parents[3]
READY_S = 120.0
COMMAND_S = 600.0


class Process:
    """A ``serve`` or ``worker`` of a site; it is ready once it has said so."""

    def __init__(self, site: Site, command: str) -> None:
        self.site = site
        self.command = command
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Starts it, without waiting. ``serve`` comes back on the port it had."""
        words = [self.command]
        if self.command == "serve":
            words += ["--port", str(self.port)]
        with (self.site.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                self.site.command(*words),
                cwd=PROJECT,
                env=self.site.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_ready(self) -> None:
        """Reads the line it says when it is ready."""
        assert self._process is not None  # noqa: S101 - begin comes first
        assert self._process.stdout is not None  # noqa: S101 - it was given a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.command} did not start:\n{self.site.log()}")
        if self.command == "serve":
            found = re.search(r":(\d+) ", line)
            self.port = int(found[1]) if found else self.port

    def start(self) -> None:
        """Starts it and waits."""
        self.begin()
        self.wait_ready()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None  # noqa: S101 - begin comes first
        return self._process.pid

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """As a power cut does it."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


class Site:
    """The data folder, the database, and the processes. SQLite when there is no PostgreSQL."""

    def __init__(
        self, postgres: Postgres | None, *, environment: Mapping[str, str] | None = None, program: str
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="seogu-site-"))
        self.postgres = postgres
        self.database = postgres.database(self.folder.name) if postgres else None
        self._program = program
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEOGU_", "DJANGO_"))}
        self.environment = {
            **kept,
            "SEOGU_BRIDGE_DATA": str(self.folder),
            "PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'script'}",
            **(environment or {}),
        }
        self.processes: list[Process] = []
        words = ["--database", self.database] if self.database else []
        self.run("init", *words, module="district_bridge")

    def command(self, *words: str, module: str | None = None) -> list[str]:
        """The command line of one of the program's commands."""
        return [sys.executable, "-m", module or self._program, *words]

    def run(self, *words: str, module: str | None = None) -> str:
        """Runs one command to its end."""
        done = subprocess.run(
            self.command(*words, module=module),
            cwd=PROJECT,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def add(self, command: str) -> Process:
        """Another process of this bridge, not yet started."""
        process = Process(self, command)
        self.processes.append(process)
        return process

    def start(self) -> None:
        """Starts all, side by side."""
        for process in self.processes:
            process.begin()
        for process in self.processes:
            process.wait_ready()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks the database itself."""
        if self.database:
            with psycopg.connect(self.database) as connection:
                return connection.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "bridge.sqlite3", timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def log(self) -> str:
        """What its processes said."""
        file = self.folder / "log"
        return file.read_text(errors="replace")[-8_000:] if file.exists() else ""

    def remove(self) -> None:
        """Kills what runs and removes the folder."""
        for process in self.processes:
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
