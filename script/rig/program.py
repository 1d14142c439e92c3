"""A child process with a log file that can be killed and started again, and never outlives the rig."""

import contextlib
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STOP_S = 20.0
# The kernel ends a child when the thread that started it ends; this one lives as long as the rig.
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="starter")


class Program:
    """One of the system's processes. ``start`` after ``kill`` runs the same command line again."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._command = list(command)
        self._env = {**os.environ, **(env or {})}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; its output is appended to the log file."""
        self._process = _STARTER.submit(self._spawn).result()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill -9, the whole process group, without any warning."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Asks it to end, and kills it when it does not."""
        self._signal(signal.SIGTERM)

    def tail(self, lines: int = 20) -> str:
        """The log's last lines, for a message when something went wrong."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_S)
        self._process = None

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as out:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self._command],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self._env,
                start_new_session=True,
            )
