"""A real bridge in a process of its own: the command line that an operator types, on a scratch folder."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import psycopg
from rig.waiting import free_port

from tests.district_bridge.home_side import HomeSide

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PASSWORD = "dunsan-4821-moon"
DEADLINE_S = 240


PEOPLE = """
from district_bridge.accounts.models import Account, Neighbourhood
n = Neighbourhood.objects.get(name="둔산1동")
for name, shown, role in (
    ("kim", "김복지", "caseworker"), ("park", "박사랑", "caseworker"), ("choi", "최당직", "duty_officer")
):
    account = Account.objects.create_user(name, password="dunsan-4821-moon", display_name=shown, role=role)
    account.neighbourhoods.add(n)
"""
CODES = """
import json
from django.utils import timezone
from district_bridge.accounts.models import Neighbourhood
from district_bridge.homes import codes
n = Neighbourhood.objects.get(name="둔산1동")
made = [codes.open_home(n, f"김순자{number}", timezone.now()) for number in range(30)]
print(json.dumps([{"code": one.code, "home": one.home} for one in made]))
"""


def wait_until[T](look: Callable[[], T | None], what: str, deadline_s: float = DEADLINE_S) -> T:
    """What ``look`` finds, as soon as it finds something true; fails loudly when it never does."""
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline_s} s: {what}")


@dataclass
class BridgeProcess:
    """One data folder, one database, and the process that serves it."""

    folder: Path
    database: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    port: int = field(default_factory=free_port)
    codes: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def init(self, **environment: str) -> str:
        words = ["init", "--neighbourhood", "둔산1동"]
        if self.database:
            words += ["--database", self.database]
        return self.run(*words, SEOGU_BRIDGE_ADMIN_PASSWORD=PASSWORD, **environment).stdout

    def run(self, *words: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "district_bridge", *words],
            cwd=ROOT,
            env=self._environment(environment),
            text=True,
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self) -> None:
        """Serves, on the same port each time."""
        with (self.folder / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "district_bridge", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment({}),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r":(\d+) ", line)
        assert found, line + self.log()
        self.port = int(found[1])
        wait_until(self._answers, "the bridge answers")

    def kill(self) -> None:
        """As a power cut does it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE_S)

    def stop(self) -> int:
        """As Ctrl-C does it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE_S)

    def log(self) -> str:
        return (self.folder / "serve.log").read_text()

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert, read from the database itself (starting a command is slow)."""
        columns = "incident, home_id, kind, state, origin, outcome, reports"
        query = f"SELECT {columns} FROM alerts_alert ORDER BY id"  # noqa: S608 - no input of anybody
        if self.database:
            with psycopg.connect(self.database) as connection:
                rows: list[Any] = connection.execute(query).fetchall()  # type: ignore[arg-type]  # built above
        else:
            with closing(sqlite3.connect(self.folder / "bridge.sqlite3")) as connection:
                rows = connection.execute(query).fetchall()
        found = [dict(zip(columns.split(", "), row, strict=True)) for row in rows]
        return [row | {"incident": str(UUID(str(row["incident"])))} for row in found]

    def copy_to(self, folder: Path, database: str | None) -> BridgeProcess:
        """Another bridge, set up as this one is (which must not be running)."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if database:
            settings = folder / "bridge.toml"
            settings.write_text(settings.read_text().replace(str(self.database), database))
        else:
            settings = folder / "bridge.toml"
            settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return BridgeProcess(folder, database, codes=list(self.codes))

    def code(self) -> str:
        """A fresh enrolment code; they are made many at a time because starting Python is slow."""
        if not self.codes:
            self.furnish(people="")
        return self.codes.pop()["code"]

    def furnish(self, people: str = PEOPLE) -> None:
        """People who work here, and homes that wait for their enrolment: what most tests begin with."""
        output = self.run("manage", "shell", "--no-imports", "--command", people + CODES).stdout
        self.codes = json.loads(output)

    def new_home(self) -> HomeSide:
        home = HomeSide(self.url)
        home.enrol(self.code())
        return home

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            return httpx.get(f"{self.url}/api/v1/info", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("SEOGU_", "DJANGO_"))
        }
        # By password alone, unless a test asks for the second factor; and no alerts but those of the test.
        own = {
            "SEOGU_BRIDGE_DATA": str(self.folder),
            "SEOGU_BRIDGE_SECOND_FACTOR": "off",
            "SEOGU_BRIDGE_DRILL_S": "0",
            # A home hears of a closing when it can't be taken back any more.
            "SEOGU_BRIDGE_UNDO_S": "1",
        }
        return kept | own | self.environment | more
