"""A wearable over Bluetooth Low Energy: connects, streams, and comes back after every drop."""

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bleak import BleakClient
from bleak.exc import BleakError

from robot_runtime.radio import standard
from robot_runtime.radio.complaints import Complaints
from robot_runtime.radio.driver import Commands, Driver, FrameError, RefusedError
from robot_runtime.radio.wearable import Battery, Pulse, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from bleak.backends.characteristic import BleakGATTCharacteristic

    from robot_runtime.radio.driver import Reading
    from robot_runtime.radio.finder import Finder
    from robot_runtime.radio.wearable import WearableSink

_LOGGER = logging.getLogger(__name__)

RETRY_S = 1.0
"""Between two tries: a wearable that comes back into range is heard again within 3 s."""
REFUSED_S = 10.0
"""Before a device is tried again that said no: it may charge for hours, and is asked for nothing else."""
SCAN_S = 10.0
CONNECT_S = 20.0
"""For the first connection, in which the device's services are read."""
AGAIN_S = 4.0
"""For further ones: whose link fails at the edge of its range must not keep the others waiting."""
SILENT_STREAM_S = 10.0
"""A link that gives no sample for so long is dropped and made anew."""
BATTERY_EVERY_S = 600.0
WATCH_S = 0.5


class BleWearable:
    """One device, by its address and its driver."""

    def __init__(
        self,
        address: str,
        driver: Driver,
        rate_hz: float,
        on_link: Callable[[str, str], None],
        finder: Finder,
    ) -> None:
        """``on_link(step, reason)``: ``connected``, ``dropped`` or ``unreachable``, for the log of events."""
        self._address = address
        self._driver = driver
        self._rate_hz = rate_hz
        self._on_link = on_link
        self._finder = finder
        self._complaint = ""
        self._broken = Complaints(_LOGGER, f"Wearable {address}")
        self._last_sample = 0.0
        self._streams = self._known = False
        self.about: dict[str, str] = {}
        """``manufacturer``, ``model``, ``firmware``, as far as the device tells."""

    async def run(self, sink: WearableSink) -> None:
        """For ever."""
        while True:
            pause_s = RETRY_S
            try:
                await self._once(sink)
            except (BleakError, OSError, EOFError, TimeoutError, RefusedError) as error:
                self._complain(str(error) or type(error).__name__)
                pause_s = REFUSED_S if isinstance(error, RefusedError) else RETRY_S
            except Exception as error:
                # Whatever goes wrong in the radio's own program, the robot goes on.
                _LOGGER.exception("Wearable %s: a fault of the radio's program", self._address)
                self._complain(repr(error))
                pause_s = REFUSED_S
            sink.on_state("offline")
            await asyncio.sleep(pause_s)

    async def _once(self, sink: WearableSink) -> None:
        device = await self._finder.find(self._address, SCAN_S)
        if device is None:
            raise BleakError(f"{self._address} is not in range")
        dropped = asyncio.Event()
        wait_s = AGAIN_S if self._known else CONNECT_S
        client = BleakClient(device, lambda _: dropped.set(), timeout=wait_s)
        async with self._finder.connecting:
            await client.connect()
        talk: asyncio.Task[None] | None = None
        try:
            talk = await self._start(client, sink)
            await self._watch(client, sink, dropped, talk)
        finally:
            if talk is not None:
                talk.cancel()
                await asyncio.gather(talk, return_exceptions=True)
            await client.disconnect()

    async def _start(self, client: BleakClient, sink: WearableSink) -> asyncio.Task[None]:
        """Notifications on, first commands written; the task goes on answering the device's answers."""
        driver, session = self._driver, self._driver.session(self._rate_hz)
        self._last_sample, self._streams = time.monotonic(), False
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        def arrived(_: BleakGATTCharacteristic, data: bytearray) -> None:
            self._take(lambda: session.decode(bytes(data), time.monotonic()), sink)

        def answered(_: BleakGATTCharacteristic, data: bytearray) -> None:
            answers.put_nowait(bytes(data))

        async def talk() -> None:
            while True:
                await self._write(client, session.answered(await answers.get()))

        if driver.answers is not None:
            await client.start_notify(driver.answers, answered)
        await self._start_standard(client, sink)
        await client.start_notify(driver.stream, arrived)
        await self._write(client, session.first)
        return asyncio.create_task(talk())

    async def _write(self, client: BleakClient, commands: Commands) -> None:
        for characteristic, command in commands:
            for begin in range(0, len(command), self._driver.piece):
                piece = command[begin : begin + self._driver.piece]
                await client.write_gatt_char(characteristic, piece, response=True)

    async def _start_standard(self, client: BleakClient, sink: WearableSink) -> None:
        """What Bluetooth itself defines, as far as the device has it."""

        def beat(_: BleakGATTCharacteristic, data: bytearray) -> None:
            self._take(lambda: [self._believed(standard.pulse(bytes(data)))], sink)

        if client.services.get_characteristic(standard.HEART_RATE) is not None:
            await client.start_notify(standard.HEART_RATE, beat)
        for name, characteristic in standard.DEVICE_INFORMATION.items():
            if client.services.get_characteristic(characteristic) is not None:
                self.about[name] = standard.text(bytes(await client.read_gatt_char(characteristic)))

    def _believed(self, pulse: Pulse) -> Pulse:
        return pulse if self._driver.feels_skin else replace(pulse, contact=None)

    def _take(self, read: Callable[[], list[Reading]], sink: WearableSink) -> None:
        try:
            readings = read()
        except FrameError as error:
            self._broken.add(f"a frame is left out: {error}", time.monotonic())
            return
        samples = [each for each in readings if isinstance(each, Sample)]
        for each in readings:
            match each:
                case Battery(percent):
                    sink.on_battery(percent)
                case Pulse():
                    sink.on_pulse(each)
                case Sample():
                    pass
        if samples:
            self._last_sample = time.monotonic()
            if not self._streams:
                self._streams, self._known, self._complaint = True, True, ""
                self._on_link("connected", self._described())
            sink.on_state("online")
            sink.on_samples(samples)

    async def _watch(
        self, client: BleakClient, sink: WearableSink, dropped: asyncio.Event, talk: asyncio.Task[None]
    ) -> None:
        battery_at = 0.0
        has_battery = client.services.get_characteristic(standard.BATTERY_LEVEL) is not None
        while not dropped.is_set():
            now = time.monotonic()
            if talk.done():
                talk.result()
            if now - self._last_sample > SILENT_STREAM_S:
                raise BleakError(f"no sample came for {SILENT_STREAM_S:g} s")
            if has_battery and now >= battery_at:
                battery_at = now + BATTERY_EVERY_S
                level = bytes(await client.read_gatt_char(standard.BATTERY_LEVEL))
                self._take(partial(_battery, level), sink)
            try:
                async with asyncio.timeout(WATCH_S):
                    await dropped.wait()
            except TimeoutError:
                continue
        if self._streams:
            self._on_link("dropped", "the wearable left")

    def _described(self) -> str:
        return ", ".join([self._driver.label, *self.about.values()])

    def _complain(self, words: str) -> None:
        if words != self._complaint:
            self._complaint = words
            _LOGGER.warning("Wearable %s: %s; trying on", self._address, words)
            self._on_link("unreachable", words)


def _battery(level: bytes) -> list[Reading]:
    return [standard.battery(level)]
