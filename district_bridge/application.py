"""The bridge as one application: the wire, the dashboard, and what runs beside them all the time."""

import asyncio
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from district_bridge.api.calls import WireApi
from district_bridge.database import WireThreads, wire_threads
from district_bridge.downlink.postmaster import deliver
from district_bridge.drill.loop import DUTY as DRILL
from district_bridge.drill.loop import watch_itself
from district_bridge.health.answers import PATHS, Health
from district_bridge.health.counters import timed
from district_bridge.live import hub
from district_bridge.outgoing.loop import work
from district_bridge.pages import Pages
from district_bridge.processes.duty import SUPERVISION, Post
from district_bridge.processes.relay import relayed
from district_bridge.static_files import StaticFiles
from district_bridge.supervision.loop import supervise
from district_bridge.wire.tokens import Signer

if TYPE_CHECKING:
    from district_bridge.api.http import Receive, Scope, Send


class Bridge:
    """Sends each request to the wire or to the dashboard; starts and stops what runs all the time."""

    def __init__(self) -> None:
        self._dashboard = Pages()
        self._static = StaticFiles()
        self._wire: WireApi | None = None
        self._health: Health | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] in PATHS and self._health is not None:
            await self._health(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/api/") and self._wire is not None:
            counted = timed(send) if scope["path"] == "/api/v1/batch" else send
            await self._wire(scope, receive, counted)
        elif not await self._static.answer(scope, send):
            await self._dashboard(scope, receive, send)  # type: ignore[arg-type]

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        threads = wire_threads()
        self._wire = WireApi(Signer(settings.DEPLOYMENT.signing_key()), threads)
        hub.bind(asyncio.get_running_loop())
        # Supervision and sending have threads of their own: a flood of batches can't hide a silent home.
        supervising, sending, looking, watching = (WireThreads(1) for _ in range(4))
        post, drill_post = Post(SUPERVISION), Post(DRILL)
        self._health = Health(looking, post)
        with relayed(hub):
            tasks = [asyncio.create_task(supervise(supervising, post), name="supervision")]
            tasks.append(asyncio.create_task(watch_itself(watching, drill_post), name="drill"))
            tasks.append(asyncio.create_task(deliver(threads), name="postmaster"))
            if connection.vendor == "sqlite":
                # One machine, one process. On PostgreSQL `seogu-bridge worker` sends.
                tasks.append(asyncio.create_task(work(sending), name="worker"))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._wire.reception.close()
            await supervising.run(post.leave)
            await watching.run(drill_post.leave)
            for pool in (supervising, sending, looking, watching, threads):
                pool.close()
        hub.bind(None)
        await send({"type": "lifespan.shutdown.complete"})
