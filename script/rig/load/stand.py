"""A bridge set up to be measured: settled homes, real processes, and what each run cost them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig.load.generate import Found, Generator, Order
from rig.load.site import PROJECT, Site
from rig.load.usage import cpu_s, memory_mib

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rig.load.postgres import Postgres

PASSWORD = "bench-4821-moon"  # noqa: S105 - of a bridge that lives for minutes
USER = "bench"
SEED = 7
ENVIRONMENT = {
    "SEOGU_BRIDGE_ADMIN_PASSWORD": PASSWORD,
    "SEOGU_BRIDGE_USER_PASSWORD": PASSWORD,
    # The second factor is measured by nobody.
    "SEOGU_BRIDGE_SECOND_FACTOR": "off",
}


@dataclass(frozen=True)
class Run:
    """What the generator found, and the processor time (ms for each good answer) it cost."""

    found: Found
    server_ms: float
    database_ms: float
    worker_ms: float = 0.0
    """Processor time of the workers, who send what the alerts give rise to, then and later."""

    @property
    def cpu_ms(self) -> float:
        """Server and database together."""
        return round(self.server_ms + self.database_ms, 4)


class Stand:
    """The bridge under test."""

    def __init__(self, postgres: Postgres | None, *, homes: int, serves: int) -> None:
        self.postgres = postgres
        self.homes = homes
        self.site = Site(postgres, environment=ENVIRONMENT, program="district_bridge")
        self.site.run("settle", str(homes), str(SEED), module="rig.load.settle")
        names = [str(row[0]) for row in self.site.query("SELECT name FROM accounts_neighbourhood")]
        given = [word for name in names for word in ("--neighbourhood", name)]
        self.site.run("user", "add", USER, "--role", "duty_officer", *given)
        self.serves = [self.site.add("serve") for _ in range(serves if postgres else 1)]
        if postgres:
            self.site.add("worker")
        self.site.start()

    @property
    def ports(self) -> list[int]:
        """Where it serves."""
        return [serve.port for serve in self.serves]

    def run(self, order: Order) -> Run:
        """Runs one order and tells its cost."""
        workers = [process.pid for process in self.site.processes if process.command == "worker"]
        return measured(order, [serve.pid for serve in self.serves], self.postgres, workers)

    def memory(self) -> dict[str, float]:
        """MiB in use now."""
        return {
            "server_mib": memory_mib([serve.pid for serve in self.serves]),
            "worker_mib": memory_mib([p.pid for p in self.site.processes if p.command == "worker"]),
            "database_mib": memory_mib(self.postgres.pids) if self.postgres else 0.0,
        }

    def remove(self) -> None:
        """Ends it."""
        self.site.remove()


def measured(order: Order, server: list[int], postgres: Postgres | None, workers: Sequence[int] = ()) -> Run:
    """Runs one order against processes whose ids are known."""

    def spent() -> list[float]:
        # A server process of the database may have been born, and may have ended, while the order ran.
        database = cpu_s(postgres.pids, with_ended_children=True) if postgres else 0.0
        return [cpu_s(server), database, cpu_s(list(workers))]

    generator = Generator(order)
    before = spent()
    generator.go()
    found = generator.found()
    each = 1_000 / max(1, found.ok)
    return Run(found, *(round((now - then) * each, 4) for then, now in zip(before, spent(), strict=True)))


class Plain:
    """The plain Django view on the same database server."""

    def __init__(self, address: str, interface: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rig.load.plain", address, interface],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'script'}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was given a pipe
        self.port = int(self._process.stdout.readline().rsplit(":", 1)[1])
        self.pid = self._process.pid

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
