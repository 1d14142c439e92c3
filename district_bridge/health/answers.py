"""``/healthz``, ``/readyz`` and ``/metrics`` as an ASGI application of their own.

``/healthz``: this process lives (nothing else is looked at: a restart would not bring the database back).
``/readyz``: it can take messages in; a load balancer sends nobody where it says no.
``/metrics``: for Prometheus; from this machine, or with the token in ``SEOGU_BRIDGE_METRICS_TOKEN``.
"""

import asyncio
import hmac
import json
import os
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from district_bridge.api.http import answer, header
from district_bridge.health import numbers
from district_bridge.health.counters import REGISTRY
from district_bridge.live import hub
from district_bridge.processes import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from district_bridge.api.http import Receive, Scope, Send
    from district_bridge.database import WireThreads
    from district_bridge.processes.duty import Post

TOKEN_VARIABLE = "SEOGU_BRIDGE_METRICS_TOKEN"  # noqa: S105 - the variable's name
PATHS = {"/healthz", "/readyz", "/metrics"}
# A database that does not answer within this time is away for a load balancer.
PATIENCE_S = 5.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json"


class Health:
    """Answers the three addresses."""

    def __init__(self, threads: WireThreads, post: Post) -> None:
        self._threads = threads
        self._post = post
        self._tables_complete = False

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """One request."""
        if scope["method"] not in {"GET", "HEAD"}:
            await answer(send, 405, JSON, json.dumps({"error": "use GET"}))
        elif scope["path"] == "/healthz":
            await answer(send, 200, JSON, json.dumps({"status": "ok"}))
        elif scope["path"] == "/readyz":
            await self._ready(send)
        elif may_read_metrics(scope, os.environ.get(TOKEN_VARIABLE, "")):
            await self._metrics(send)
        else:
            await answer(send, 403, JSON, json.dumps({"error": f"send the token of {TOKEN_VARIABLE}"}))

    async def _ready(self, send: Send) -> None:
        reason = await self._not_ready()
        body = {"status": "ok"} if reason is None else {"status": "not ready", "reason": reason}
        await answer(send, 200 if reason is None else 503, JSON, json.dumps(body))

    async def _not_ready(self) -> str | None:
        if hub.is_stopping:
            return "this process is ending"
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._threads.run(self._look)
        except TimeoutError:
            return "the database does not answer in time"
        except DatabaseError:
            return "the database can't be reached"

    def _look(self) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not self._tables_complete:
            missing = tables.missing()
            if missing:
                return f"the tables are not up to date: {', '.join(missing[:3])}"
            self._tables_complete = True
        return None

    async def _metrics(self, send: Send) -> None:
        counted = generate_latest(REGISTRY).decode()
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self._threads.run(lambda: numbers.gather(timezone.now(), self._post))
        except DatabaseError, TimeoutError:
            # What this process counts is still worth reading, and the gap is an alert of its own.
            found = [numbers.Number("seogu_database_up", "Whether the database answered", {(): 0.0})]
        else:
            found.append(numbers.Number("seogu_database_up", "Whether the database answered", {(): 1.0}))
        await answer(send, 200, TEXT, counted + exposition(found))


def may_read_metrics(scope: Scope, token: str) -> bool:
    """With the token; without one only from this machine itself, and not through a proxy on it."""
    if token:
        given = header(scope, b"authorization") or ""
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    forwarded = any(header(scope, name) is not None for name in (b"x-forwarded-for", b"forwarded"))
    try:
        return not forwarded and ip_address(scope["client"][0]).is_loopback
    except ValueError, TypeError, KeyError:
        return False


def exposition(found: Iterable[numbers.Number]) -> str:
    """The numbers as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_Families(found))
    return generate_latest(registry).decode()


class _Families(Collector):
    def __init__(self, found: Iterable[numbers.Number]) -> None:
        self._found = list(found)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for number in self._found:
            family = GaugeMetricFamily(number.name, number.says, labels=number.labels)
            for labels, value in number.values.items():
                family.add_metric(labels, value)
            yield family
