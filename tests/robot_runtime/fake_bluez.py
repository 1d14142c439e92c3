"""A Bluetooth daemon and a wearable in the air, as the real bleak sees them over D-Bus.

It behaves: a device that is out of range is not found, a link drops, notifications come only after they were
asked for, and a Polar sensor streams only after its start command.
"""

import asyncio
import contextlib
import os
import shutil
import struct
from typing import TYPE_CHECKING, Annotated

from dbus_fast import DBusError, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.constants import BusType, PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from robot_runtime.radio.driver import BATTERY_LEVEL
from robot_runtime.radio.drivers import infinitime, polar
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ADAPTER = "/org/bluez/hci0"
ADDRESS = "C0:FF:EE:00:11:22"
DEVICE = f"{ADAPTER}/dev_{ADDRESS.replace(':', '_')}"
READ = PropertyAccess.READ

Text = Annotated[str, DBusSignature("s")]
Flag = Annotated[bool, DBusSignature("b")]
Texts = Annotated[list[str], DBusSignature("as")]
Octets = Annotated[bytes, DBusSignature("ay")]
Options = Annotated[dict[str, Variant], DBusSignature("a{sv}")]
Path_ = Annotated[str, DBusSignature("o")]
Small = Annotated[int, DBusSignature("n")]


class Adapter(ServiceInterface):
    def __init__(self, air: Air) -> None:
        super().__init__("org.bluez.Adapter1")
        self._air = air

    @dbus_property(access=READ, name="Address")
    def address(self) -> Text:
        return "00:00:00:00:00:01"

    @dbus_property(access=READ, name="Powered")
    def powered(self) -> Flag:
        return True

    @dbus_property(access=READ, name="Discovering")
    def discovering(self) -> Flag:
        return self._air.scanning

    @dbus_property(access=READ, name="UUIDs")
    def uuids(self) -> Texts:
        return []

    @dbus_property(access=READ, name="Roles")
    def roles(self) -> Texts:
        return ["central"]

    @dbus_method(name="SetDiscoveryFilter")
    def set_filter(self, properties: Options) -> None:
        pass

    @dbus_method(name="StartDiscovery")
    def start(self) -> None:
        self._air.scanning = True

    @dbus_method(name="StopDiscovery")
    def stop(self) -> None:
        self._air.scanning = False

    @dbus_method(name="RemoveDevice")
    def remove(self, device: Path_) -> None:
        pass


class Device(ServiceInterface):
    def __init__(self, air: Air) -> None:
        super().__init__("org.bluez.Device1")
        self._air = air
        self.is_connected = False

    @dbus_property(access=READ, name="Address")
    def address(self) -> Text:
        return ADDRESS

    @dbus_property(access=READ, name="AddressType")
    def address_type(self) -> Text:
        return "random"

    @dbus_property(access=READ, name="Name")
    def label(self) -> Text:
        return "Wearable"

    @dbus_property(access=READ, name="Alias")
    def alias(self) -> Text:
        return "Wearable"

    @dbus_property(access=READ, name="Paired")
    def paired(self) -> Flag:
        return False

    @dbus_property(access=READ, name="Trusted")
    def trusted(self) -> Flag:
        return False

    @dbus_property(access=READ, name="Blocked")
    def blocked(self) -> Flag:
        return False

    @dbus_property(access=READ, name="Connected")
    def connected(self) -> Flag:
        return self.is_connected

    @dbus_property(access=READ, name="ServicesResolved")
    def resolved(self) -> Flag:
        return self.is_connected

    @dbus_property(access=READ, name="UUIDs")
    def uuids(self) -> Texts:
        return []

    @dbus_property(access=READ, name="Adapter")
    def adapter(self) -> Path_:
        return ADAPTER

    @dbus_property(access=READ, name="RSSI")
    def rssi(self) -> Small:
        return -60

    @dbus_method(name="Connect")
    async def connect(self) -> None:
        if not self._air.in_range:
            raise DBusError("org.bluez.Error.Failed", "le-connection-abort-by-local")
        self._air.connections += 1
        self.set(connected=True)

    @dbus_method(name="Disconnect")
    async def disconnect(self) -> None:
        self.set(connected=False)

    def set(self, *, connected: bool) -> None:
        self.is_connected = connected
        if not connected:
            for each in self._air.characteristics.values():
                each.notifying = False
                each.started = False
        self.emit_properties_changed({"Connected": connected, "ServicesResolved": connected})

    def advertise(self) -> None:
        self.emit_properties_changed({"RSSI": -60})


class Service(ServiceInterface):
    def __init__(self, uuid: str) -> None:
        super().__init__("org.bluez.GattService1")
        self._uuid = uuid

    @dbus_property(access=READ, name="UUID")
    def uuid(self) -> Text:
        return self._uuid

    @dbus_property(access=READ, name="Device")
    def device(self) -> Path_:
        return DEVICE

    @dbus_property(access=READ, name="Primary")
    def primary(self) -> Flag:
        return True

    @dbus_property(access=READ, name="Includes")
    def includes(self) -> Annotated[list[str], DBusSignature("ao")]:
        return []


class Characteristic(ServiceInterface):
    def __init__(self, air: Air, service: str, uuid: str, flags: list[str]) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._air, self._service, self._uuid, self._flags = air, service, uuid, flags
        self.content = b""
        self.notifying = False
        self.started = False

    @dbus_property(access=READ, name="UUID")
    def uuid(self) -> Text:
        return self._uuid

    @dbus_property(access=READ, name="Service")
    def service(self) -> Path_:
        return self._service

    @dbus_property(access=READ, name="Flags")
    def flags(self) -> Texts:
        return self._flags

    @dbus_property(access=READ, name="Value")
    def value(self) -> Octets:
        return self.content

    @dbus_property(access=READ, name="MTU")
    def mtu(self) -> Annotated[int, DBusSignature("q")]:
        return 247

    @dbus_method(name="ReadValue")
    def read(self, options: Options) -> Octets:
        return self.content

    @dbus_method(name="WriteValue")
    def write(self, value: Octets, options: Options) -> None:
        self._air.written.append((self._uuid, bytes(value)))
        if self._uuid == polar.CONTROL_POINT and bytes(value[:2]) == b"\x02\x02":
            self._air.characteristics[polar.DATA].started = True

    @dbus_method(name="StartNotify")
    def start_notify(self) -> None:
        self.notifying = True

    @dbus_method(name="StopNotify")
    def stop_notify(self) -> None:
        self.notifying = False

    def notify(self, data: bytes) -> None:
        if self.notifying and self._air.device.is_connected:
            self.content = data
            self.emit_properties_changed({"Value": data})


class Air:
    """What a test moves: the device's range, its link, its bytes."""

    def __init__(self) -> None:
        self.scanning = False
        self.in_range = True
        self.connections = 0
        self.written: list[tuple[str, bytes]] = []
        self.characteristics: dict[str, Characteristic] = {}
        self.device = Device(self)
        self._bus: MessageBus | None = None
        self._beacon: asyncio.Task[None] | None = None

    async def appear(self, address: str) -> None:
        self._bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
        self._bus.export(ADAPTER, Adapter(self))
        self._bus.export(DEVICE, self.device)
        shelves = [
            ("0000180f-0000-1000-8000-00805f9b34fb", [(BATTERY_LEVEL, ["read"])]),
            ("00030000-78fc-48fe-8e23-433b3a1942d0", [(infinitime.MOTION_VALUES, ["read", "notify"])]),
            (
                "fb005c80-02e7-f387-1cad-8acd2d8df0c8",
                [(polar.CONTROL_POINT, ["read", "write", "indicate"]), (polar.DATA, ["notify"])],
            ),
        ]
        for number, (uuid, characteristics) in enumerate(shelves, 1):
            service = f"{DEVICE}/service{number:04x}"
            self._bus.export(service, Service(uuid))
            for index, (each, flags) in enumerate(characteristics, 1):
                made = Characteristic(self, service, each, flags)
                self.characteristics[each] = made
                self._bus.export(f"{service}/char{number:02x}{index:02x}", made)
        self.characteristics[BATTERY_LEVEL].content = bytes((81,))
        await self._bus.request_name("org.bluez")
        self._beacon = asyncio.create_task(self._advertise())

    async def _advertise(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if self.scanning and self.in_range and not self.device.is_connected:
                self.device.advertise()

    async def vanish(self) -> None:
        if self._beacon is not None:
            self._beacon.cancel()
        if self._bus is not None:
            self._bus.disconnect()

    def leave(self) -> None:
        self.in_range = False
        self.device.set(connected=False)

    def move(self, x: float, y: float, z: float) -> None:
        """One sample of an InfiniTime watch, g."""
        counts = (round(axis * infinitime.COUNTS_PER_G) for axis in (x, y, z))
        self.characteristics[infinitime.MOTION_VALUES].notify(struct.pack("<3h", *counts))

    def polar_frame(self, frame: bytes) -> None:
        stream = self.characteristics[polar.DATA]
        if stream.started:
            stream.notify(frame)


@contextlib.asynccontextmanager
async def air(folder: Path) -> AsyncIterator[Air]:
    """A private bus with the fake on it; ``DBUS_SYSTEM_BUS_ADDRESS`` leads there meanwhile."""
    program = shutil.which("dbus-daemon")
    assert program is not None, "dbus-daemon is not installed"
    socket = folder / "bus"
    address = f"unix:path={socket}"
    daemon = await asyncio.create_subprocess_exec(
        program, "--session", "--nofork", f"--address={address}", stderr=asyncio.subprocess.DEVNULL
    )
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
    made = Air()
    try:
        await until(socket.exists)
        await made.appear(address)
        yield made
    finally:
        await made.vanish()
        daemon.kill()
        await daemon.wait()
        if before is None:
            del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
