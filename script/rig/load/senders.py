"""Homes that send alerts as fast as they can, keep what was not receipted, and remember what was."""

import http.client
import json
import threading
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from district_bridge.simulation.home import SimulatedHome, incident

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTBOX = 3
AGAIN_S = 0.02
ANSWER_S = 15.0


class Sender(threading.Thread):
    """One home. It goes to the next of the bridge's addresses when one fails, as a load balancer would."""

    def __init__(self, home: SimulatedHome, ports: Sequence[int], pause_s: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.home = home
        self.receipted: set[str] = set()
        """Incidents that the bridge has receipted."""
        self.problems: dict[int, int] = {}
        """Statuses that were no receipts, and how often they came."""
        self._ports = list(ports)
        self._turn = 0
        self._pause_s = pause_s
        self._outbox: dict[str, dict[str, Any]] = {}
        self._closing = threading.Event()
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Sends until it is closed and nothing waits any more."""
        while self._outbox or not self._closing.is_set():
            if len(self._outbox) < OUTBOX and not self._closing.is_set():
                now = datetime.now(UTC)
                message = self.home.incident(incident("help_call", now), now)
                self._outbox[message["id"]] = message
            self._send()
            time.sleep(self._pause_s)
        self._hang_up()

    def close(self) -> None:
        """Makes nothing new any more."""
        self._closing.set()

    def _send(self) -> None:
        body = self.home.batch(list(self._outbox.values()), datetime.now(UTC))
        try:
            status, answer = self._post(body)
        except OSError, http.client.HTTPException:
            self._hang_up()
            time.sleep(AGAIN_S)
            return
        if status != http.HTTPStatus.OK:
            self.problems[status] = self.problems.get(status, 0) + 1
            time.sleep(AGAIN_S)
            return
        receipt = claims(answer)
        for message_id in (*receipt["stored"], *receipt["duplicate"]):
            message = self._outbox.pop(message_id, None)
            if message is not None:
                self.receipted.add(message["incident"]["id"])

    def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._connection is None:
            self._turn += 1
            port = self._ports[self._turn % len(self._ports)]
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
        self._connection.request("POST", "/api/v1/batch", body, {"Content-Type": "application/jwt"})
        response = self._connection.getresponse()
        return response.status, response.read()

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        self._connection = None


def claims(compact: bytes) -> dict[str, Any]:
    """What a token says; its signature is others' tests' business."""
    part = compact.split(b".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    return found
