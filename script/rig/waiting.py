"""Waiting for a condition with a deadline, and free ports."""

import secrets
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_S = 0.1
PORTS = range(20_000, 30_000)


class StepMissingError(Exception):
    """Something that should have happened did not happen in time."""


def wait_for[T](what: str, probe: Callable[[], T | bool | None], within_s: float) -> T:
    """Returns the probe's first truthy answer; raises StepMissingError when none came within ``within_s``."""
    deadline = time.monotonic() + within_s
    while True:
        answer = probe()
        if answer:
            return answer  # type: ignore[return-value]  # True stands for itself
        if time.monotonic() > deadline:
            raise StepMissingError(f"{what}: not seen within {within_s:g} s")
        time.sleep(POLL_S)


def free_port() -> int:
    """A loopback TCP port that was free a moment ago, and that no outgoing connection is given.

    A program that is killed and started again must find its port free. Linux gives ports from 32768 on to
    whoever connects to something, even, now and then, to one that tries to reach the killed program.
    """
    for port in secrets.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise StepMissingError("no port from 20000 to 29999 is free")
