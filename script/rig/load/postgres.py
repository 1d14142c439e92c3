"""A PostgreSQL server of one's own whose every process can be killed with -9 at once."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from rig.waiting import free_port, wait_for

START_S = 60.0


class NoServerError(Exception):
    """PostgreSQL's server is not installed here."""


def binaries() -> Path:
    """Where the newest installed server's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoServerError("no PostgreSQL server is installed (Debian: apt install postgresql)")
    return Path(on_path).parent


class Postgres:
    """Writes really reach the disk here (fsync on), as they must where receipts are promises."""

    def __init__(self, *settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="seogu-postgres-"))
        self.port = free_port()
        self._as: list[str] = []
        if os.geteuid() == 0:
            # The server refuses to run as root.
            user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
            group = pwd.getpwnam(user).pw_gid
            os.chown(self.folder, pwd.getpwnam(user).pw_uid, group)
            self._as = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        self._settings = [word for setting in settings for word in ("-c", setting)]
        self._process: subprocess.Popen[bytes] | None = None
        initdb = [*self._as, str(binaries() / "initdb"), "-D", str(self.folder / "data")]
        options = ["-U", "bridge", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*initdb, *options], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Starts it and waits until it takes connections."""
        command = [*self._as, str(binaries() / "postgres"), "-D", str(self.folder / "data")]
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-c", "unix_socket_directories="]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options, *self._settings], cwd="/", stdout=log, stderr=log
            )
        wait_for("PostgreSQL takes connections", self._answers, START_S)

    @property
    def pids(self) -> list[int]:
        """The server and all its children."""
        return [] if self._process is None else _family(self._process.pid)

    def kill(self) -> None:
        """As a power cut does it: every process of the server at once."""
        if self._process is None:
            return
        family = self.pids
        # The server first, so that it can't tell the others to end in order.
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        while any(_is_there(pid) for pid in family):
            time.sleep(0.005)
        self._process = None

    def stop(self) -> None:
        """Ends it and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, name: str, template: str | None = None) -> str:
        """Makes a database (a copy of the one at the address ``template``) and tells its address."""
        source = template.rpartition("/")[2] if template else "template1"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"'.encode())
        return self.address(name)

    def address(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://bridge@127.0.0.1:{self.port}/{name}"

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            said = (self.folder / "log").read_text(errors="replace")[-2_000:]
            raise NoServerError(f"PostgreSQL ended as it started: {said}")
        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _family(pid: int) -> list[int]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found = [pid]
    for known in found:
        found.extend(parents.get(known, []))
    return found


def _is_there(pid: int) -> bool:
    """Whether the process still runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
