"""The district's bridge: `seogu-bridge init`, an enrolment code, `seogu-bridge serve`."""

import json
import os
import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from rig.authenticator import Authenticator
from rig.program import Program
from rig.waiting import free_port, wait_for

NEIGHBOURHOOD = "둔산1동"
START_S = 300.0
# A district hears of a silent home within 180 s; a demonstration does not keep people waiting for it.
TIMING = {
    "SEOGU_BRIDGE_HEARTBEAT_S": "2",
    "SEOGU_BRIDGE_SILENCE_LIMIT_S": "12",
    # The stories count every alert there is.
    "SEOGU_BRIDGE_DRILL_S": "0",
    "SEOGU_BRIDGE_UNDO_S": "1",
}


class Bridge:
    """The bridge in a data folder of its own, on a free loopback port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.user = "admin"
        self.password = secrets.token_urlsafe(12)
        self.factor = Authenticator()
        self._command = str(Path(sys.executable).parent / "seogu-bridge")
        self._env = {
            **TIMING,
            "SEOGU_BRIDGE_ADMIN_PASSWORD": self.password,
            "SEOGU_BRIDGE_ADMIN_TOTP_SECRET": self.factor.secret,
        }
        folder.mkdir(parents=True)
        self._run("init", "--neighbourhood", NEIGHBOURHOOD, "--admin", self.user)
        self.program = Program(
            "bridge",
            [self._command, "serve", "--data", str(folder), "--host", "127.0.0.1", "--port", str(self.port)],
            folder / "log",
            env=self._env,
        )

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.program.start()
        wait_for("the bridge answers", self.answers, START_S)

    def answers(self) -> bool:
        """Whether it answers on its port."""
        try:
            return httpx.get(f"{self.url}/api/v1/info", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def enrolment_code(self, resident: str) -> str:
        """A fresh single-use code for a resident's home."""
        out = self._run("enrol-code", "--neighbourhood", NEIGHBOURHOOD, "--resident", resident, "--json")
        code: str = json.loads(out)["code"]
        return code

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert the bridge's database holds, read from the database itself.

        It is asked many times while the system is busy, and starting a command costs a second or two of it.
        """
        with closing(sqlite3.connect(self.folder / "bridge.sqlite3", timeout=20)) as database:
            rows = database.execute("SELECT incident, kind, state FROM alerts_alert ORDER BY id").fetchall()
        return [
            {"incident": str(UUID(incident)), "kind": kind, "state": state} for incident, kind, state in rows
        ]

    def shell(self, script: str) -> None:
        """Runs a few lines of Python in the bridge's own program."""
        self._run("manage", "shell", "--no-imports", "--command", script)

    def audit(self) -> str:
        """The bridge's own sum: received = open + closed + merged. Raises when it differs."""
        return self._run("audit")

    def _run(self, action: str, *arguments: str) -> str:
        command = [self._command, action, "--data", str(self.folder), *arguments]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **self._env}
        )
        return done.stdout
