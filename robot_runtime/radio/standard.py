"""The services that Bluetooth itself defines: battery, heart rate, device information.

Sources: Bluetooth SIG, *GATT Specification Supplement* (battery level 0x2A19, heart rate measurement 0x2A37)
and *Device Information Service* (0x180A).
"""

from robot_runtime.radio.driver import FrameError
from robot_runtime.radio.wearable import Battery, Pulse


def uuid(short: int) -> str:
    """The long form of a number that the Bluetooth SIG has given out."""
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


BATTERY_LEVEL = uuid(0x2A19)
HEART_RATE = uuid(0x2A37)
DEVICE_INFORMATION = {
    "manufacturer": uuid(0x2A29),
    "model": uuid(0x2A24),
    "firmware": uuid(0x2A26),
}

_WIDE, _CONTACT, _CAN_TELL_CONTACT = 0x01, 0x02, 0x04
_FULL_PERCENT = 100
_WIDE_BYTES = 3
_FASTEST = 300


def battery(data: bytes) -> Battery:
    """Percent in one byte."""
    if not data or data[0] > _FULL_PERCENT:
        raise FrameError(f"a battery level is one byte up to 100, not {data.hex() or 'nothing'}")
    return Battery(data[0])


def pulse(data: bytes) -> Pulse:
    """Flags, then the rate in one byte or two; what follows (energy, beat intervals) is not used."""
    wide = bool(data) and bool(data[0] & _WIDE)
    if len(data) < (_WIDE_BYTES if wide else 2):
        raise FrameError(f"a heart rate of {len(data)} bytes is cut short")
    rate = int.from_bytes(data[1:3], "little") if wide else data[1]
    if rate > _FASTEST:
        raise FrameError(f"a heart rate of {rate} a minute")
    contact = bool(data[0] & _CONTACT) if data[0] & _CAN_TELL_CONTACT else None
    return Pulse(rate, contact)


def text(data: bytes) -> str:
    """UTF-8 without padding; what can't be read is replaced."""
    return data.decode("utf-8", "replace").strip("\0 ")[:60]
