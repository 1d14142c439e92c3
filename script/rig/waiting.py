"""Waiting for a condition with a deadline, and free ports."""

import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_S = 0.1


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
    """A loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
