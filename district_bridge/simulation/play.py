"""Plays a plan against a running bridge: real signatures, real HTTP, at any speed.

The clock of what happens can run faster; the homes' heartbeats can't, because the bridge's deadlines are real
time. A home that the plan calls silent sends nothing until it is back.
"""

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from district_bridge.simulation.home import SimulatedHome, incident, simulated_home, wire_time
from district_bridge.simulation.rates import HEAT, RATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from district_bridge.simulation.plan import Planned

log = logging.getLogger(__name__)
KINDS = {rate.name: rate for rate in (*RATES, HEAT)}
CONNECTIONS = 32
AGAIN_S = (0.5, 1, 2, 4, 8, 16, 30, 60)
STALE, REFUSED = {401, 409, 429}, {400, 403, 413}


@dataclass
class Played:
    """What came of it."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    tries: int = 0


class Player:
    """One district. ``speed`` 60 plays an hour in a minute; ``heartbeat_s`` 0 sends no heartbeats."""

    def __init__(self, url: str, seed: int, *, speed: float = 1.0, heartbeat_s: float = 30.0) -> None:
        self._url = url
        self._seed = seed
        self._speed = speed
        self._heartbeat_s = heartbeat_s
        self._homes: dict[int, SimulatedHome] = {}
        self._silent: set[int] = set()
        self._told: dict[tuple[int, int], dict[str, Any]] = {}
        self._run = f"{seed}/{time.time_ns()}"
        self.played = Played()

    async def play(self, planned: Sequence[Planned], homes: int) -> Played:
        """Plays all of it, with heartbeats from so many homes meanwhile."""
        limits = httpx.Limits(max_connections=CONNECTIONS)
        async with httpx.AsyncClient(
            base_url=self._url, limits=limits, timeout=30, trust_env=False
        ) as client:
            beating = asyncio.create_task(self._beat(client, homes))
            try:
                await self._follow(client, planned)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
        return self.played

    async def _follow(self, client: httpx.AsyncClient, planned: Sequence[Planned]) -> None:
        loop = asyncio.get_running_loop()
        first = planned[0].at_s if planned else 0.0
        began = loop.time()
        # One after another within a home, side by side between homes.
        last: dict[int, asyncio.Task[None]] = {}
        for one in planned:
            await asyncio.sleep(max(0.0, began + (one.at_s - first) / self._speed - loop.time()))
            last[one.home] = asyncio.create_task(self._act(client, one, last.get(one.home)))
        await asyncio.gather(*last.values())

    async def _act(self, client: httpx.AsyncClient, one: Planned, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        home = self._home(one.home)
        now = datetime.now(UTC)
        if one.act == "silent":
            self._silent.add(one.home)
        elif one.act == "back":
            self._silent.discard(one.home)
            await self._send(client, home, [home.heartbeat(now)], "back")
        else:
            await self._send(client, home, [home.incident(self._incident(one, now), now)], one.act)
        if one.act == "silent":
            self.played.sent["silent"] += 1

    def _incident(self, one: Planned, now: datetime) -> dict[str, Any]:
        rate = KINDS[one.rate]
        key = (one.home, one.incident)
        if one.act == "raise" or key not in self._told:
            evidence = [{"name": name, "value": value, "unit": unit} for name, value, unit in rate.evidence]
            summary = {"ko": rate.summary_ko, "en": rate.summary_en}
            self._told[key] = incident(
                rate.kind, now, severity=rate.severity, summary=summary, evidence=evidence, step=1
            )
            # Played again from the start, it is another day; within a run a message may come twice.
            self._told[key]["id"] = str(uuid5(NAMESPACE_URL, f"{self._run}/{one.home}/{one.incident}"))
        told = self._told[key]
        if one.act == "settle":
            over = {"state": "closed", "outcome": "answered_well", "state_at": wire_time(now)}
            return told | over | {"step": told["step"] + 1}
        return told

    async def _beat(self, client: httpx.AsyncClient, homes: int) -> None:
        """Each home in turn, so that all have spoken once a ``heartbeat_s``."""
        if self._heartbeat_s <= 0:
            return
        loop = asyncio.get_running_loop()
        free = asyncio.Semaphore(CONNECTIONS)
        began, number = loop.time(), 0
        running: set[asyncio.Task[None]] = set()
        while True:
            await asyncio.sleep(max(0.0, began + number * self._heartbeat_s / homes - loop.time()))
            place = number % homes
            number += 1
            if place in self._silent:
                continue
            await free.acquire()
            task = asyncio.create_task(self._one_beat(client, self._home(place)))
            running.add(task)
            task.add_done_callback(running.discard)
            task.add_done_callback(lambda _: free.release())

    async def _one_beat(self, client: httpx.AsyncClient, home: SimulatedHome) -> None:
        now = datetime.now(UTC)
        try:
            answer = await client.post("/api/v1/batch", content=home.batch([home.heartbeat(now)], now))
        except httpx.TransportError:
            # An old heartbeat says nothing: the next one comes soon.
            return
        if answer.status_code == httpx.codes.OK:
            self.played.sent["heartbeat"] += 1
        else:
            self.played.refused[answer.status_code] += 1

    async def _send(
        self, client: httpx.AsyncClient, home: SimulatedHome, messages: list[dict[str, Any]], act: str
    ) -> None:
        """Again and again until the bridge has stored it, as a home's outbox does."""
        for wait in (*AGAIN_S, None):
            self.played.tries += 1
            try:
                body = home.batch(messages, datetime.now(UTC))
                answer = await client.post("/api/v1/batch", content=body)
            except httpx.TransportError as error:
                log.info("the bridge does not answer (%s); trying again", type(error).__name__)
            else:
                if answer.status_code == httpx.codes.OK:
                    self.played.sent[act] += 1
                    return
                if answer.status_code in REFUSED:
                    break
            if wait is not None:
                await asyncio.sleep(wait)
        self.played.refused[0] += 1
        log.warning("%s was given up: %s", home.home, act)

    def _home(self, number: int) -> SimulatedHome:
        home = self._homes.get(number)
        if home is None:
            home = self._homes[number] = simulated_home(number, self._seed)
        return home
