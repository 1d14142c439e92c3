"""Who is in the air: one scan for all wearables that are waited for, and a list for pairing.

BlueZ gives each program one discovery session; two scans side by side fail with "in progress".
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bleak import BleakScanner
from bleak.backends.device import BLEDevice  # noqa: TC002 - bleak reads the callback's annotations
from bleak.backends.scanner import AdvertisementData  # noqa: TC002
from bleak.exc import BleakError

from robot_runtime.radio import drivers

if TYPE_CHECKING:
    from robot_runtime.radio.driver import Driver


RENEW_S = 60.0
"""A scan this old is begun anew for the next who waits: a radio that was reset scans no more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that calls out; ``driver`` is None for a kind that the robot does not know."""

    address: str
    name: str
    rssi_dbm: int
    driver: Driver | None


class Finder:
    """Scans while anybody waits for a device, and not otherwise."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[BLEDevice]]] = {}
        self._seen: dict[str, Found] = {}
        self._users = 0
        self._starting = asyncio.Lock()
        self._scanner: BleakScanner | None = None
        self._since = 0.0
        self.connecting = asyncio.Lock()
        """BlueZ makes one connection at a time."""

    async def find(self, address: str, seconds: float) -> BLEDevice | None:
        """The device when it calls out within the time; raises ``BleakError`` where there is no radio."""
        future: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(address.upper(), set())
        waiting.add(future)
        try:
            await self._begin()
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            waiting.discard(future)
            await self._end()

    async def look_around(self, seconds: float) -> list[Found]:
        """Everything with a name that calls out within the time, nearest first."""
        self._seen.clear()
        try:
            await self._begin()
            await asyncio.sleep(seconds)
        finally:
            await self._end()
        return sorted(self._seen.values(), key=lambda each: -each.rssi_dbm)

    async def _begin(self) -> None:
        self._users += 1
        async with self._starting:
            if self._scanner is not None and time.monotonic() - self._since > RENEW_S:
                await self._stop()
            if self._scanner is None:
                scanner = BleakScanner(self._heard)
                await scanner.start()
                self._scanner, self._since = scanner, time.monotonic()

    async def _end(self) -> None:
        self._users -= 1
        async with self._starting:
            if self._users == 0:
                await self._stop()

    async def _stop(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            with contextlib.suppress(BleakError, OSError, EOFError):
                await scanner.stop()

    def _heard(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        name = advertisement.local_name or device.name or ""
        if name:
            known = drivers.for_name(name)
            self._seen[device.address] = Found(device.address, name, advertisement.rssi, known)
        for future in self._waiting.get(device.address.upper(), ()):
            if not future.done():
                future.set_result(device)
