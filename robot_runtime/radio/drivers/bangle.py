"""Bangle.js 2 (Espruino): a line of text a sample over the Nordic UART service.

The watch runs JavaScript that is sent to it at each connection and kept nowhere: nothing is installed, and a
restart of the watch undoes it. Its accelerometer (KX023) is set to the rate and ±8 g; each sample comes as
``A,<the watch's ms>,<x>,<y>,<z>`` in mg, the battery as ``B,<percent>``, the heart rate as ``H,<a minute>,
<confidence>`` where an app on the watch measures it. Lines are cut anywhere by notifications of 20 bytes and
up; what else the watch prints is not for us. Sources: espruino.com/Reference#Bangle, /UART; KX023 data sheet.
"""

from robot_runtime.radio.clock import SensorClock
from robot_runtime.radio.driver import Commands, Decoder, Driver, FrameError, Plain, Reading, acceleration
from robot_runtime.radio.wearable import Battery, Pulse

SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
TO_WATCH = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
FROM_WATCH = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"

RATES_HZ = {12.5: 0, 25.0: 1, 50.0: 2, 100.0: 3}
"""The accelerometer's output data rates and their code in its register 0x1B."""
LONGEST_LINE = 200
CLOCK_MS = 1_000_000_000
FLOW_CONTROL = bytes((0x11, 0x13))
"""XON and XOFF, which Espruino strews in."""
CONFIDENT = 50
_FULL_PERCENT, _FASTEST = 100, 300

_PROGRAM = (
    "\x03\x10if(global.SGC)Bangle.removeListener('accel',SGC),clearInterval(SGB);"
    "SGC=function(a){{Bluetooth.println('A,'+Math.round(getTime()*1000)%{clock}+','"
    "+[a.x,a.y,a.z].map(v=>Math.round(v*2000)))}};"
    "SGB=setInterval(()=>Bluetooth.println('B,'+E.getBattery()),60000)\n"
    "\x10Bangle.accelWr(0x18,0x74);Bangle.accelWr(0x1b,{code}|0x40);Bangle.accelWr(0x18,0xf4)\n"
    "\x10Bangle.setPollInterval({poll});Bangle.on('accel',SGC);Bluetooth.println('B,'+E.getBattery())\n"
)
"""``\\x03`` clears what was typed, ``\\x10`` keeps a line from being echoed.
±8 g halves the counts a g: hence 2000."""


def start(rate_hz: float) -> Commands:
    """The program for the watch."""
    code = RATES_HZ.get(rate_hz)
    if code is None:
        known = ", ".join(f"{rate:g}" for rate in RATES_HZ)
        raise ValueError(f"wearable.rate_hz is {rate_hz:g}; a Bangle.js 2 knows {known}")
    program = _PROGRAM.format(clock=CLOCK_MS, code=code, poll=round(1000 / rate_hz))
    return ((TO_WATCH, program.encode("latin-1")),)


def decoder(_rate_hz: float) -> Decoder:
    """Puts lines together again; a broken one is named, and those around it are kept."""
    waiting, clock = b"", SensorClock()

    def decode(data: bytes, arrived_s: float) -> list[Reading]:
        nonlocal waiting
        *lines, waiting = (waiting + data.translate(None, FLOW_CONTROL)).split(b"\n")
        broken: FrameError | None = None
        if len(waiting) > LONGEST_LINE:
            broken, waiting = FrameError(f"a line of more than {LONGEST_LINE} bytes"), b""
        readings: list[Reading] = []
        for line in lines:
            try:
                readings += _readings(line.strip(), arrived_s, clock)
            except FrameError as error:
                broken = error
        if broken is not None and not readings:
            raise broken
        return readings

    return decode


def _readings(line: bytes, arrived_s: float, clock: SensorClock) -> list[Reading]:
    kind, *numbers = line.split(b",")
    if kind not in {b"A", b"B", b"H"}:
        return []
    try:
        values = [int(number) for number in numbers]
    except ValueError as error:
        raise FrameError(f"a line that holds no numbers: {line[:40]!r}") from error
    match kind, values:
        case b"A", [ms, x, y, z] if 0 <= ms < CLOCK_MS:
            t_s = clock.forward(clock.place(ms / 1000, arrived_s))
            return [acceleration(t_s, x / 1000, y / 1000, z / 1000)]
        case b"B", [percent] if 0 <= percent <= _FULL_PERCENT:
            return [Battery(percent)]
        case b"H", [rate, confidence] if 0 <= rate <= _FASTEST:
            return [Pulse(rate, confidence >= CONFIDENT)]
        case _:
            raise FrameError(f"a line that can't be: {line[:40]!r}")


DRIVER = Driver(
    name="bangle",
    label="Bangle.js 2",
    names=("Bangle.js",),
    rate_hz=50.0,
    stream=FROM_WATCH,
    session=lambda rate_hz: Plain(decoder(rate_hz), start(rate_hz)),
    piece=20,
)
