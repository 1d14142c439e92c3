"""News for open pages: that something changed, never what. The page then asks for what its person may see."""

import asyncio
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from district_bridge.live import SCREENS, hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PING_S = 5
# A page's stream is renewed now and then, so that a person who lost their rights loses the news, too.
LASTS_S = 600


async def live(_request: HttpRequest) -> HttpResponseBase:
    """A stream of ``changed`` and, every few seconds, ``ping``: a page that hears neither is cut off."""
    return StreamingHttpResponse(
        _news(),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _news() -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    until = loop.time() + LASTS_S
    with hub.listen(SCREENS) as news:
        yield "event: changed\ndata: start\n\n"
        while loop.time() < until and not hub.is_stopping:
            try:
                async with asyncio.timeout(PING_S):
                    await news.wait()
            except TimeoutError:
                yield "event: ping\ndata: \n\n"
            else:
                news.clear()
                yield "event: changed\ndata: news\n\n"
