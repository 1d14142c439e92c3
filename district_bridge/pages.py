"""The dashboard's pages: Django whole, on a few threads that keep their connection to the database.

As Django comes, an asynchronous server takes a page's request through each middleware in turn from the loop
to a thread and back, and makes a connection to the database for it (docs/decisions/0226).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from district_bridge.access import wall
from district_bridge.database import with_connection

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

# Pages wait for the database most of the time; each thread holds one connection.
THREADS = 8


class Pages(ASGIHandler):
    """Answers requests of people."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._answer = sync_to_async(self._respond, thread_sensitive=False, executor=pool)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The page, made on one of the threads; a stream it answers with is sent by the loop."""
        return await self._answer(request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        wall.make_sure_it_is_lifted()
        return with_connection(lambda: self.get_response(request))
