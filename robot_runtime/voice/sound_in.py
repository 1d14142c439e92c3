"""Where the robot's ears get their sound: a microphone, or a named pipe for a bench and for tests."""

import errno
import logging
import os
import queue
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from robot_runtime.errors import HearingError
from robot_runtime.voice import portaudio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from robot_runtime.config import HearingConfig

_LOGGER = logging.getLogger(__name__)

RATE_HZ = 16_000
BLOCK_S = 0.1
BLOCK_BYTES = int(RATE_HZ * BLOCK_S) * 2
SILENT_MICROPHONE_S = 5.0
"""A microphone that gives nothing for so long was unplugged."""
LATE_BLOCKS = 3
"""A writer that pauses in the middle of a word is waited for so many blocks before silence fills in."""
LOST_AGAIN_S = 60.0
"""Sound that is lost after so long without is told anew."""
QUEUE_BLOCKS = 100
"""10 s of sound; a listener further behind than that loses the oldest."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A block of 16 kHz mono PCM16 and when it was captured (monotonic seconds)."""

    pcm: bytes
    captured_at: float


class SoundSource(Protocol):
    """Blocks of sound in real time."""

    lost: int
    """How many blocks were thrown away because nobody fetched them."""

    def blocks(self) -> Iterator[Sound]:
        """For ever; raises ``HearingError`` when there is nothing to hear with."""


class Microphone:
    """A sound card's input, picked by (a part of) its name or the system's default."""

    def __init__(self, device: str | None) -> None:
        """``None``: the default input."""
        self._device = device
        self.lost = 0
        self._fresh = True

    def blocks(self) -> Iterator[Sound]:
        """Sound as it comes."""
        import sounddevice  # noqa: PLC0415 - loads PortAudio, which a robot without a sound card may lack

        if not self._fresh:
            portaudio.look_again(sounddevice)
        self._fresh = False
        sound: queue.Queue[Sound] = queue.Queue(QUEUE_BLOCKS)
        lost: deque[float] = deque(maxlen=2)

        def arrived(data: Any, _frames: int, _time: Any, _status: Any) -> None:
            if sound.full():
                sound.get_nowait()
                self.lost += 1
                lost.append(time.monotonic())
                if len(lost) == 1 or lost[-1] - lost[-2] > LOST_AGAIN_S:
                    _LOGGER.warning(
                        "The recogniser is %d s behind; the oldest sound is lost", QUEUE_BLOCKS // 10
                    )
            sound.put_nowait(Sound(bytes(data), time.monotonic()))

        try:
            stream = sounddevice.RawInputStream(
                samplerate=RATE_HZ,
                channels=1,
                dtype="int16",
                device=self._device,
                blocksize=BLOCK_BYTES // 2,
                callback=arrived,
            )
            with stream:
                while True:
                    yield sound.get(timeout=SILENT_MICROPHONE_S)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise HearingError(
                f"the microphone {self._device or '(default)'} does not work: {error}"
            ) from error
        except queue.Empty as error:
            raise HearingError("the microphone gives no sound; is it plugged in?") from error


class Pipe:
    """A FIFO into which raw sound is written; silence while nobody writes."""

    def __init__(self, path: Path) -> None:
        """Makes the FIFO where it is missing."""
        self._path = path
        self.lost = 0

    def blocks(self) -> Iterator[Sound]:
        """Sound at its real rate, however fast it is written."""
        descriptor = self._open()
        try:
            pending = b""
            late = LATE_BLOCKS
            due = time.monotonic()
            while True:
                pending += _read(descriptor, BLOCK_BYTES - len(pending))
                if len(pending) == BLOCK_BYTES:
                    late = 0
                    yield Sound(pending, time.monotonic())
                    pending = b""
                elif late >= LATE_BLOCKS:
                    yield Sound(pending.ljust(BLOCK_BYTES, b"\0"), time.monotonic())
                    pending = b""
                else:
                    late += 1
                due = max(due + BLOCK_S, time.monotonic() - BLOCK_S)
                time.sleep(max(0.0, due - time.monotonic()))
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                os.mkfifo(self._path, 0o600)
            if not self._path.is_fifo():
                raise HearingError(f"{self._path} is there but is no named pipe; remove it or name another")
            # Opened for writing as well, so that it has no end when a writer leaves.
            return os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise HearingError(f"the pipe {self._path} can't be opened: {error}") from error


def source(config: HearingConfig) -> SoundSource | None:
    """What the configuration names, or ``None`` for a robot without ears."""
    if config.kind == "pipe" and config.pipe is not None:
        return Pipe(config.pipe)
    return Microphone(config.device) if config.kind == "microphone" else None


def _read(descriptor: int, size: int) -> bytes:
    try:
        return os.read(descriptor, size)
    except BlockingIOError:
        return b""
    except OSError as error:
        if error.errno == errno.EINTR:
            return b""
        raise
