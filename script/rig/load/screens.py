"""What a person at a screen waits for: news on an open dashboard, the queue's page, a change of status."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from rig.load.stand import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Callable

HX = {"HX-Request": "true"}


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


def sign_in(port: int) -> httpx.Client:
    """A signed-in person's browser, without the browser; the caller closes it."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
    client.get("/login/")
    form = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = client.post("/login/", data=form)
    if answer.status_code != httpx.codes.FOUND:
        raise RuntimeError(f"signing in failed: {answer.status_code}")
    return client


def timed(act: Callable[[int], httpx.Response], times: int) -> list[float]:
    """How long (ms) each of so many requests took; one that fails raises."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        answer = act(number)
        took.append((time.perf_counter() - began) * 1_000)
        if answer.status_code not in {httpx.codes.OK, httpx.codes.FOUND}:
            raise RuntimeError(f"{answer.request.url}: {answer.status_code}")
    return took


@dataclass
class Dashboard:
    """An open queue: it hears that something changed, and then fetches what its person may see."""

    port: int
    fetched: list[tuple[float, float]] = field(default_factory=list)
    """When each fetch began and ended (monotonic s)."""

    def watch(self, ended: asyncio.Event) -> asyncio.Task[None]:
        """Watches until ``ended`` is set."""
        return asyncio.create_task(self._watch(ended))

    async def _watch(self, ended: asyncio.Event) -> None:
        cookies = dict(sign_in(self.port).cookies)
        base = f"http://127.0.0.1:{self.port}"
        news = asyncio.Event()
        async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=60, trust_env=False) as client:
            listening = asyncio.create_task(_listen(client, news))
            while not ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await news.wait()
                if not news.is_set():
                    continue
                news.clear()
                began = time.monotonic()
                answer = await client.get("/queue/rows/", headers=HX)
                if answer.status_code == httpx.codes.OK:
                    self.fetched.append((began, time.monotonic()))
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def shown_ms(self, sent: float, receipted: float) -> float | None:
        """From the POST to the end of the first fetch that began after the alert was committed."""
        for began, ended in self.fetched:
            if began >= receipted:
                return (ended - sent) * 1_000
        return None


async def _listen(client: httpx.AsyncClient, news: asyncio.Event) -> None:
    async with client.stream("GET", "/live/") as response:
        async for line in response.aiter_lines():
            if line == "event: changed":
                news.set()
