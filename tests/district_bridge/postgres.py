"""A PostgreSQL server of one's own for a test run: scratch folder, free port, an ordinary user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from rig.waiting import free_port


def binaries() -> Path:
    """Where the newest installed server is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.exit("no PostgreSQL server is installed (Debian: apt install postgresql)", 2)
    return Path(on_path).parent


class PostgresServer:
    """Started when made; gone with its folder after ``stop``."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="seogu-postgres-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            # The server refuses to run as root.
            user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
            os.chown(self._folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
            group = pwd.getpwnam(user).pw_gid
            self._as = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        self.port = free_port()
        data = self._folder / "data"
        self._run(
            "initdb", "-D", data, "-U", "bridge", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        options = (
            f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories= -c max_connections=200"
            " -c shared_buffers=32MB -c fsync=off"
        )
        self._run("pg_ctl", "-D", data, "-o", options, "-l", self._folder / "log", "-w", "start")

    def database(self, name: str, template: str | None = None) -> str:
        """Makes a database (a copy of the one at the address ``template``) and tells its address."""
        source = template.rpartition("/")[2] if template else "template1"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')  # type: ignore[call-overload]  # a name of our own
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql://bridge@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *words: str | Path) -> None:
        command = [*self._as, str(binaries() / program), *map(str, words)]
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout.decode(errors='replace')}")
