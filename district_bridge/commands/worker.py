"""``worker``: sends outgoing messages. As many as wanted beside one another; any of them may be killed."""

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import uvloop
from django.db import connection
from prometheus_client import start_http_server

from district_bridge.database import WireThreads
from district_bridge.deployment import DeploymentError
from district_bridge.health.counters import REGISTRY
from district_bridge.live import hub
from district_bridge.outgoing.loop import work
from district_bridge.processes import tables
from district_bridge.processes.relay import relayed

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Works until SIGTERM or Ctrl-C; what a dead worker had in hand another sends once its lease is over."""
    if connection.vendor != "postgresql":
        raise DeploymentError("on SQLite `seogu-bridge serve` sends by itself; workers are for PostgreSQL")
    tables.wait_until_complete()
    if arguments.metrics_port is not None:
        _show_metrics(arguments.metrics_port)
    with relayed(hub):
        asyncio.run(_work(), loop_factory=uvloop.new_event_loop)
    return 0


def _show_metrics(port: int) -> None:
    """What this process counts, for Prometheus on this machine; port 0 takes a free one."""
    try:
        server, _thread = start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as error:
        raise DeploymentError(f"can't show metrics on port {port}: {error.strerror}") from error
    print(f"seogu-bridge: metrics on http://127.0.0.1:{server.server_port}/metrics", flush=True)


async def _work() -> None:
    threads = WireThreads(1)
    working = asyncio.create_task(work(threads))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    print("seogu-bridge: worker ready  (Ctrl-C ends it)", flush=True)
    with suppress(asyncio.CancelledError):
        await working
    # What is being sent now is sent and marked before the process ends.
    threads.close()
