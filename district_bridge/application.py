"""The bridge as one application: the wire, the dashboard, and the supervisor that runs beside them."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from district_bridge.api.calls import WireApi
from district_bridge.database import WireThreads, wire_threads
from district_bridge.live import hub
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
        self._dashboard = ASGIHandler()
        self._static = StaticFiles()
        self._wire: WireApi | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/api/") and self._wire is not None:
            await self._wire(scope, receive, send)
        elif not await self._static.answer(scope, send):
            await self._dashboard(scope, receive, send)  # type: ignore[arg-type]

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        threads = wire_threads()
        self._wire = WireApi(Signer(settings.DEPLOYMENT.signing_key()), threads)
        hub.bind(asyncio.get_running_loop())
        with relayed(hub):
            # Supervision has a thread of its own: a flood of batches can't hide a silent home.
            own_thread = WireThreads(1)
            post = Post(SUPERVISION)
            supervision = asyncio.create_task(supervise(own_thread, post), name="supervision")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            supervision.cancel()
            with suppress(asyncio.CancelledError):
                await supervision
            await self._wire.reception.close()
            await own_thread.run(post.leave)
            own_thread.close()
            threads.close()
        hub.bind(None)
        await send({"type": "lifespan.shutdown.complete"})
