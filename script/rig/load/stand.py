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
        server = [process.pid for process in self.site.processes]
        return measured(order, server, self.postgres.pids if self.postgres else [])

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


def measured(order: Order, server: list[int], database: list[int]) -> Run:
    """Runs one order against processes whose ids are known."""
    generator = Generator(order)
    before = cpu_s(server), cpu_s(database, with_ended_children=True)
    generator.go()
    found = generator.found()
    after = cpu_s(server), cpu_s(database, with_ended_children=True)
    each = 1_000 / max(1, found.ok)
    return Run(found, round((after[0] - before[0]) * each, 4), round((after[1] - before[1]) * each, 4))


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
