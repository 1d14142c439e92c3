"""A Bluetooth daemon and wearables in the air, as the real bleak sees them over D-Bus.

It behaves: a device that is out of range is not found, a link drops, one discovery at a time is granted,
notifications come only after they were asked for and never longer than the link carries. The devices are in
`fake_wearables.py`.
"""

import asyncio
import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Annotated

from dbus_fast import DBusError, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.constants import BusType, PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

ADAPTER = "/org/bluez/hci0"
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
        if self._air.scanning:
            raise DBusError("org.bluez.Error.InProgress", "Operation already in progress")
        self._air.scanning = True

    @dbus_method(name="StopDiscovery")
    def stop(self) -> None:
        self._air.scanning = False

    @dbus_method(name="RemoveDevice")
    def remove(self, device: Path_) -> None:
        pass


class Device(ServiceInterface):
    """One wearable: where it is, its link, its services; what it does is up to `on_write` and its owner."""

    def __init__(
        self,
        air: Air,
        address: str,
        name: str,
        shelves: Sequence[tuple[str, Sequence[tuple[str, list[str]]]]],
        mtu: int = 247,
    ) -> None:
        super().__init__("org.bluez.Device1")
        self._air = air
        self._address, self._name = address, name
        self.path = f"{ADAPTER}/dev_{address.replace(':', '_')}"
        self.is_connected = False
        self.in_range = True
        self.hangs = False
        self.strength = -60
        self.connections = 0
        self.written: list[tuple[str, bytes]] = []
        self.on_write: Callable[[str, bytes], None] = lambda _uuid, _value: None
        self.on_drop: Callable[[], None] = lambda: None
        self.shelves: list[tuple[Service, str, list[tuple[Characteristic, str]]]] = []
        self.characteristics: dict[str, Characteristic] = {}
        for number, (uuid, each) in enumerate(shelves, 1):
            service = f"{self.path}/service{number:04x}"
            made = [
                (Characteristic(self, service, one, flags, mtu), f"{service}/char{number:02x}{index:02x}")
                for index, (one, flags) in enumerate(each, 1)
            ]
            self.characteristics |= {one: it[0] for (one, _), it in zip(each, made, strict=True)}
            self.shelves.append((Service(uuid, self.path), service, made))

    @dbus_property(access=READ, name="Address")
    def address(self) -> Text:
        return self._address

    @dbus_property(access=READ, name="AddressType")
    def address_type(self) -> Text:
        return "random"

    @dbus_property(access=READ, name="Name")
    def label(self) -> Text:
        return self._name

    @dbus_property(access=READ, name="Alias")
    def alias(self) -> Text:
        return self._name

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
        return self.strength

    @dbus_method(name="Connect")
    async def connect(self) -> None:
        if not self.in_range:
            raise DBusError("org.bluez.Error.Failed", "le-connection-abort-by-local")
        self.connections += 1
        if self.hangs:
            await asyncio.sleep(3600)
        self.set(connected=True)

    @dbus_method(name="Disconnect")
    async def disconnect(self) -> None:
        self.set(connected=False)

    def set(self, *, connected: bool) -> None:
        self.is_connected = connected
        if not connected:
            for each in self.characteristics.values():
                each.notifying = False
            self.on_drop()
        self.emit_properties_changed({"Connected": connected, "ServicesResolved": connected})

    def leave(self) -> None:
        """Walks out of range: the link drops."""
        self.in_range = False
        self.set(connected=False)

    def advertise(self) -> None:
        self.emit_properties_changed({"RSSI": self.strength})


class Service(ServiceInterface):
    def __init__(self, uuid: str, device: str) -> None:
        super().__init__("org.bluez.GattService1")
        self._uuid, self._device = uuid, device

    @dbus_property(access=READ, name="UUID")
    def uuid(self) -> Text:
        return self._uuid

    @dbus_property(access=READ, name="Device")
    def device(self) -> Path_:
        return self._device

    @dbus_property(access=READ, name="Primary")
    def primary(self) -> Flag:
        return True

    @dbus_property(access=READ, name="Includes")
    def includes(self) -> Annotated[list[str], DBusSignature("ao")]:
        return []


class Characteristic(ServiceInterface):
    def __init__(self, device: Device, service: str, uuid: str, flags: list[str], mtu: int) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._device, self._service, self._uuid, self._flags = device, service, uuid, flags
        self._mtu = mtu
        self.content = b""
        self.notifying = False

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
        return self._mtu

    @dbus_method(name="ReadValue")
    def read(self, options: Options) -> Octets:
        return self.content

    @dbus_method(name="WriteValue")
    def write(self, value: Octets, options: Options) -> None:
        if len(value) > self._mtu - 3:
            raise DBusError("org.bluez.Error.InvalidValueLength", "Invalid Length")
        self._device.written.append((self._uuid, bytes(value)))
        self._device.on_write(self._uuid, bytes(value))

    @dbus_method(name="StartNotify")
    def start_notify(self) -> None:
        self.notifying = True

    @dbus_method(name="StopNotify")
    def stop_notify(self) -> None:
        self.notifying = False

    def notify(self, data: bytes) -> None:
        """What the device sends, at most the MTU less 3; lost when nobody asked for it."""
        assert len(data) <= self._mtu - 3
        if self.notifying and self._device.is_connected:
            self.content = data
            self.emit_properties_changed({"Value": data})


class Air:
    """Everything that is in the air."""

    def __init__(self) -> None:
        self.scanning = False
        self.devices: list[Device] = []
        self._bus: MessageBus | None = None
        self._beacon: asyncio.Task[None] | None = None

    async def open(self, address: str) -> None:
        self._bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
        self._bus.export(ADAPTER, Adapter(self))
        await self._bus.request_name("org.bluez")
        self._beacon = asyncio.create_task(self._advertise())

    def put(self, device: Device) -> None:
        """A device comes into being."""
        assert self._bus is not None
        self._bus.export(device.path, device)
        for service, path, characteristics in device.shelves:
            self._bus.export(path, service)
            for each, where in characteristics:
                self._bus.export(where, each)
        self.devices.append(device)

    async def _advertise(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            for each in self.devices:
                if self.scanning and each.in_range and not each.is_connected:
                    each.advertise()

    async def close(self) -> None:
        if self._beacon is not None:
            self._beacon.cancel()
        if self._bus is not None:
            self._bus.disconnect()


@contextlib.asynccontextmanager
async def air(folder: Path) -> AsyncIterator[Air]:
    """A private bus with the fake on it; ``DBUS_SYSTEM_BUS_ADDRESS`` leads there meanwhile."""
    program = shutil.which("dbus-daemon")
    assert program is not None, "dbus-daemon is not installed"
    address = f"unix:path={folder / 'bus'}"
    daemon = await asyncio.create_subprocess_exec(
        program,
        "--session",
        "--nofork",
        f"--address={address}",
        "--print-address=1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
    made = Air()
    try:
        # Its socket is there before it listens; its address is said when it does.
        await daemon.stdout.readline()
        await made.open(address)
        yield made
    finally:
        await made.close()
        daemon.kill()
        await daemon.wait()
        if before is None:
            del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
