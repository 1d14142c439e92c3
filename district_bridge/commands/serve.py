"""``serve``: migrates, then answers until it is told to stop. On PostgreSQL as many as wanted."""

import asyncio
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from django.conf import settings

from district_bridge.deployment import DeploymentError
from district_bridge.live import hub
from district_bridge.processes import tables

if TYPE_CHECKING:
    import argparse
    from types import FrameType

# How long open requests may take to end after Ctrl-C. Streams end at once.
GRACE_S = 5
# Python's own 5 ms suit programs that compute.
TURN_S = 0.0005


class Server(uvicorn.Server):
    """Ends the streams first: they would otherwise keep a stopping server waiting."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal."""
        hub.stop()
        super().handle_exit(sig, frame)


def run(arguments: argparse.Namespace) -> int:
    """Serves on the given address. A kill -9 leaves nothing behind that would stop the next start."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, arguments.host]
    if arguments.no_migrate:
        tables.wait_until_complete()
    else:
        tables.migrate()
    listening = _listen(arguments.host, arguments.port, share=arguments.share_port)
    config = uvicorn.Config(
        "district_bridge.asgi:application",
        access_log=False,
        lifespan="on",
        http="httptools",
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
        log_config=None,
    )
    # A thread that stores a group of alerts waits for the interpreter after each word with the database.
    sys.setswitchinterval(TURN_S)
    server = Server(config)
    host, port = listening.getsockname()[:2]
    settings.DRILL_URL = settings.DRILL_URL or f"http://{_own_address(host)}:{port}"
    print(f"seogu-bridge: http://{f'[{host}]' if ':' in host else host}:{port}  (Ctrl-C ends it)", flush=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve(sockets=[listening]), loop_factory=uvloop.new_event_loop)
    return 0 if server.started else 1


def _own_address(host: str) -> str:
    """Where this process reaches itself when it listens on ``host``."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104 - as above
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int, *, share: bool) -> socket.socket:
    """A listening socket; port 0 takes a free one. With ``share`` other processes may listen there, too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048, reuse_port=share)
    except OSError as error:
        raise DeploymentError(f"can't serve on {host}:{port}: {error.strerror}") from error
