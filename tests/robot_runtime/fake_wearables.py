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
    """A Verity Sense or H10: answers its control point, and streams only what it was told to start.

    Bytes of commands and answers as in Polar's specification (1.0, 2024), which gives them for both.
    """

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
        sense = "Sense" in name
        self.settings = bytes.fromhex(
            "00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"
            if sense
            else "00 04 19 00 32 00 64 00 C8 00 01 01 10 00 02 03 02 00 04 00 08 00"
        )
        self.rates = (52,) if sense else (25, 50, 100, 200)
        self.started = bytes.fromhex("05 01 40 DA 7F 39" if sense else "01")
        self.charging = False
        self.streams = False
        self.device.on_write, self.device.on_drop = self._told, self._stop
        air.put(self.device)

    def _told(self, uuid: str, command: bytes) -> None:
        if uuid != polar.CONTROL_POINT or command[1:2] != bytes((polar.ACCELERATION,)):
            return
        if command[0] == polar.SETTINGS:
            self._answer(command[0], 0, self.settings)
        elif command[0] == polar.START:
            rate = int.from_bytes(command[4:6], "little")
            status = 13 if self.charging else 0 if rate in self.rates else 8
            self.streams = status == 0
            self._answer(command[0], status, self.started if self.streams else b"")

    def _answer(self, command: int, status: int, body: bytes) -> None:
        answer = bytes((polar.ANSWER, command, polar.ACCELERATION, status, 0)) + body
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
