"""The wearables a district can buy, as they behave on the air: their bytes, their answers, their habits."""

import struct
from typing import TYPE_CHECKING

from robot_runtime.radio import standard
from robot_runtime.radio.drivers import bangle, infinitime, polar
from tests.robot_runtime.fake_bluez import Device

if TYPE_CHECKING:
    from tests.robot_runtime.fake_bluez import Air

BATTERY = (standard.uuid(0x180F), [(standard.BATTERY_LEVEL, ["read", "notify"])])
HEART = (standard.uuid(0x180D), [(standard.HEART_RATE, ["notify"])])
ABOUT = (standard.uuid(0x180A), [(each, ["read"]) for each in standard.DEVICE_INFORMATION.values()])


def _fill(device: Device, battery: int, *about: str) -> None:
    device.characteristics[standard.BATTERY_LEVEL].content = bytes((battery,))
    for each, words in zip(standard.DEVICE_INFORMATION.values(), about, strict=True):
        device.characteristics[each].content = words.encode()


class PineTime:
    """InfiniTime: one sample a notification, whenever it pleases, from the moment it is asked."""

    def __init__(self, air: Air, address: str = "C0:FF:EE:00:11:22") -> None:
        self.address = address
        shelves = [BATTERY, HEART, ABOUT]
        motion = (infinitime.MOTION_SERVICE, [(infinitime.MOTION_VALUES, ["read", "notify"])])
        self.device = Device(air, address, "InfiniTime", [*shelves, motion])
        _fill(self.device, 81, "Pine64", "PineTime", "1.14.0")
        air.put(self.device)

    def move(self, x: float, y: float, z: float) -> None:
        counts = (round(axis * infinitime.COUNTS_PER_G) for axis in (x, y, z))
        self.device.characteristics[infinitime.MOTION_VALUES].notify(struct.pack("<3h", *counts))


class Polar:
    """A Verity Sense or H10: answers its control point, and streams only what it was told to start."""

    def __init__(
        self, air: Air, address: str = "A0:9E:1A:00:00:01", name: str = "Polar Sense 0A1B2C3D"
    ) -> None:
        self.address = address
        service = (
            polar.SERVICE,
            [(polar.CONTROL_POINT, ["read", "write", "indicate"]), (polar.DATA, ["notify"])],
        )
        self.device = Device(air, address, name, [BATTERY, HEART, ABOUT, service], mtu=232)
        _fill(self.device, 64, "Polar Electro Oy", name.rsplit(" ", 1)[0], "2.0.8")
        self.rates = (26, 52, 104, 208) if "Sense" in name else (25, 50, 100, 200)
        self.charging = False
        self.streams = False
        self.device.on_write, self.device.on_drop = self._told, self._stop
        air.put(self.device)

    def _told(self, uuid: str, command: bytes) -> None:
        if uuid != polar.CONTROL_POINT or command[:2] != bytes((polar.START, polar.ACCELERATION)):
            return
        rate = int.from_bytes(command[4:6], "little")
        status = 7 if self.charging else 0 if rate in self.rates else 5
        self.streams = status == 0
        answer = bytes((polar.ANSWER, polar.START, polar.ACCELERATION, status, 0))
        self.device.characteristics[polar.CONTROL_POINT].notify(answer)

    def _stop(self) -> None:
        self.streams = False

    def frame(self, frame: bytes) -> None:
        if self.streams:
            self.device.characteristics[polar.DATA].notify(frame)

    def beat(self, data: bytes) -> None:
        self.device.characteristics[standard.HEART_RATE].notify(data)


class Bangle:
    """A Bangle.js 2: a console that runs what it is sent, and prints in pieces of 20 bytes."""

    def __init__(self, air: Air, address: str = "D1:22:33:44:55:66") -> None:
        self.address = address
        console = (
            bangle.SERVICE,
            [(bangle.TO_WATCH, ["write", "write-without-response"]), (bangle.FROM_WATCH, ["notify"])],
        )
        self.device = Device(air, address, "Bangle.js 5566", [console], mtu=23)
        self.program = b""
        self.device.on_write, self.device.on_drop = self._typed, self._stop
        air.put(self.device)

    @property
    def runs(self) -> bool:
        return b"Bangle.on('accel',SGC)" in self.program and self.program.endswith(b"\n")

    def _typed(self, _uuid: str, piece: bytes) -> None:
        before = self.runs
        self.program += piece
        if self.runs and not before:
            self._print("\r\n>\r\nB,77\r\n")

    def _stop(self) -> None:
        self.program = b""

    def move(self, ms: int, x: int, y: int, z: int) -> None:
        """One sample, mg."""
        if self.runs:
            self._print(f"A,{ms},{x},{y},{z}\r\n")

    def _print(self, words: str) -> None:
        data = words.encode()
        for begin in range(0, len(data), 20):
            self.device.characteristics[bangle.FROM_WATCH].notify(data[begin : begin + 20])
