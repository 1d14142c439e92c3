"""The load generator: a process of its own that signs first, says ``ready``, and sends when it is told to.

Reads one JSON line (see ``Order``), writes one JSON line (see ``Found``):  ``python -m rig.load.generate``.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from district_bridge.simulation.home import SimulatedHome, incident, simulated_home
from rig.load.raw import Tally, as_fast_as_answered, at_a_rate, request

PROJECT = Path(__file__).resolve().parents[3]
SENT_S = 600.0


@dataclass(frozen=True)
class Order:
    """What to send: ``alert``, ``heartbeat`` or ``plain``; ``rate`` None means as fast as it is answered."""

    kind: str
    ports: list[int]
    connections: int
    requests: int
    seconds: float
    first_home: int
    homes: int
    seed: int
    rate: float | None = None
    every: bool = False
    """Whether each request's times are reported, too."""


@dataclass(frozen=True)
class Found:
    """What was measured. Latencies in ms; times in s of the machine's monotonic clock."""

    ok: int
    other: dict[str, int]
    broken: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    times: list[tuple[str, float, float]]


class Generator:
    """Starts the process and speaks with it."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rig.load.generate"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'script'}", "PATH": "/usr/bin:/bin"},
        )
        self._say(json.dumps(asdict(order)))
        if self._hear() != "ready":
            raise RuntimeError("the load generator did not get ready")

    def go(self) -> None:
        """Sends from now on."""
        self._say("go")

    def found(self) -> Found:
        """Waits for the end."""
        values: dict[str, Any] = json.loads(self._hear())
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        values["times"] = [tuple(one) for one in values["times"]]
        return Found(**values)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was given a pipe
        print(line, file=self._process.stdin, flush=True)

    def _hear(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it was given a pipe
        return self._process.stdout.readline().strip()


def main() -> int:
    """One order."""
    order = Order(**json.loads(sys.stdin.readline()))
    names, raws = _made(order)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    tally = asyncio.run(_send(order, raws), loop_factory=uvloop.new_event_loop)
    print(json.dumps(asdict(_figures(order, tally, names, began))), flush=True)
    return 0


def _made(order: Order) -> tuple[list[str], list[bytes]]:
    """Every request, signed ahead of time, with the incident it tells of."""
    now = datetime.now(UTC)
    if order.kind == "plain":
        return [""] * order.requests, [request("/ping", b"x" * 900, "text/plain")] * order.requests
    homes = [simulated_home(order.first_home + number, order.seed) for number in range(order.homes)]
    names, raws = [], []
    for number in range(order.requests):
        home = homes[number % len(homes)]
        name, message = _message(order.kind, home, now)
        names.append(name)
        raws.append(request("/api/v1/batch", home.batch([message], now)))
    return names, raws


def _message(kind: str, home: SimulatedHome, now: datetime) -> tuple[str, dict[str, Any]]:
    if kind == "heartbeat":
        return "", home.heartbeat(now)
    told = incident("help_call", now)
    return str(told["id"]), home.incident(told, now)


async def _send(order: Order, raws: list[bytes]) -> Tally:
    async with asyncio.timeout(SENT_S):
        if order.rate is None:
            return await as_fast_as_answered(order.ports, order.connections, raws, order.seconds)
        return await at_a_rate(order.ports, order.connections, raws, order.rate)


def _figures(order: Order, tally: Tally, names: list[str], began: float) -> Found:
    waits = tally.latencies_ms() or [0.0]
    seconds = max((done for _, done, _ in tally.answered), default=began) - began
    good = len(tally.answered)
    other = {str(status): count for status, count in tally.statuses.items() if status != 200}
    times = [(names[number], due, done) for due, done, number in tally.answered] if order.every else []
    return Found(
        ok=good,
        other=other,
        broken=tally.broken,
        seconds=round(seconds, 3),
        rate=round(good / seconds, 1) if seconds else 0.0,
        p50_ms=round(waits[len(waits) // 2], 2),
        p99_ms=round(waits[int(len(waits) * 0.99)], 2),
        max_ms=round(waits[-1], 2),
        times=times,
    )


if __name__ == "__main__":
    sys.exit(main())
