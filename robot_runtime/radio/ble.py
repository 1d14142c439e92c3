"""A wearable over Bluetooth Low Energy: connects, streams, and comes back after every drop."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from robot_runtime.radio.driver import BATTERY_LEVEL, Decoder, Driver, FrameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bleak.backends.characteristic import BleakGATTCharacteristic

    from robot_runtime.radio.wearable import WearableSink

_LOGGER = logging.getLogger(__name__)

RETRY_S = 1.0
"""Between two tries: a wearable that comes back into range is heard again within 3 s."""
SCAN_S = 10.0
CONNECT_S = 20.0
SILENT_STREAM_S = 10.0
"""A link that gives no sample for so long is dropped and made anew."""
BATTERY_EVERY_S = 600.0
WATCH_S = 0.5


class BleWearable:
    """One device, by its address and its driver."""

    def __init__(
        self, address: str, driver: Driver, rate_hz: float, on_link: Callable[[str, str], None]
    ) -> None:
        """``on_link(step, reason)``: ``connected``, ``dropped`` or ``unreachable``, for the log of events."""
        self._address = address
        self._driver = driver
        self._rate_hz = rate_hz
        self._on_link = on_link
        self._complaint = ""
        self._last_sample = 0.0

    async def run(self, sink: WearableSink) -> None:
        """For ever."""
        while True:
            try:
                await self._once(sink)
            except (BleakError, OSError, EOFError, TimeoutError) as error:
                self._complain(str(error) or type(error).__name__)
            sink.on_state("offline")
            await asyncio.sleep(RETRY_S)

    async def _once(self, sink: WearableSink) -> None:
        device = await BleakScanner.find_device_by_address(self._address, timeout=SCAN_S)
        if device is None:
            raise BleakError(f"{self._address} is not in range")
        dropped = asyncio.Event()
        client = BleakClient(device, lambda _: dropped.set(), timeout=CONNECT_S)
        async with client:
            await self._start(client, sink)
            self._complaint = ""
            self._on_link("connected", self._driver.name)
            await self._watch(client, sink, dropped)

    async def _start(self, client: BleakClient, sink: WearableSink) -> None:
        decode = self._driver.decoder(self._rate_hz)
        self._last_sample = time.monotonic()

        def arrived(_: BleakGATTCharacteristic, data: bytearray) -> None:
            self._arrived(decode, bytes(data), sink)

        await client.start_notify(self._driver.stream, arrived)
        for characteristic, command in self._driver.start(self._rate_hz):
            await client.write_gatt_char(characteristic, command, response=True)

    def _arrived(self, decode: Decoder, data: bytes, sink: WearableSink) -> None:
        now = time.monotonic()
        try:
            samples = decode(data, now)
        except FrameError as error:
            _LOGGER.warning("Wearable: a frame is left out: %s", error)
            return
        self._last_sample = now
        sink.on_state("online")
        sink.on_samples(samples)

    async def _watch(self, client: BleakClient, sink: WearableSink, dropped: asyncio.Event) -> None:
        battery_at = 0.0
        has_battery = client.services.get_characteristic(BATTERY_LEVEL) is not None
        while not dropped.is_set():
            now = time.monotonic()
            if now - self._last_sample > SILENT_STREAM_S:
                raise BleakError(f"no sample came for {SILENT_STREAM_S:g} s")
            if has_battery and now >= battery_at:
                battery_at = now + BATTERY_EVERY_S
                level = await client.read_gatt_char(BATTERY_LEVEL)
                if level:
                    sink.on_battery(min(level[0], 100))
            try:
                async with asyncio.timeout(WATCH_S):
                    await dropped.wait()
            except TimeoutError:
                continue
        self._on_link("dropped", "the wearable left")

    def _complain(self, words: str) -> None:
        if words != self._complaint:
            self._complaint = words
            _LOGGER.warning("Wearable %s: %s; trying on", self._address, words)
            self._on_link("unreachable", words)
