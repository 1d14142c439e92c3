"""What is said at length: kept to its end, and written down beside the listening, which must not wait."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_CHUNKS = 875
"""28 s, which the second engine takes in one piece. Who speaks longer is written down in parts."""


class Dictation:
    """Of one stream. ``write`` has a thread of its own; what it can't do ``by_hand`` does in the caller's."""

    def __init__(self, write: Callable[[bytes], str], by_hand: Callable[[bytes, HearingError], str]) -> None:
        """Both take 16 kHz mono PCM16; ``write`` may raise ``HearingError``."""
        self._write = write
        self._by_hand = by_hand
        self._thread = ThreadPoolExecutor(1, "scribe")
        self._kept: list[bytes] = []
        self._open: deque[tuple[Future[str], bytes, float]] = deque()

    @property
    def busy(self) -> bool:
        """Whether something is being written down, or goes on."""
        return bool(self._open or self._kept)

    @property
    def kept(self) -> bool:
        """Whether a part of speech is kept that goes on."""
        return bool(self._kept)

    def keep(self, chunks: Sequence[bytes]) -> bool:
        """A part of speech that goes on; ``False``: there is too much already, and it must be written."""
        if len(self._kept) + len(chunks) > LONGEST_CHUNKS:
            return False
        self._kept += chunks
        return True

    def forget(self) -> None:
        """It was something else that was said."""
        self._kept.clear()

    def take(self, chunks: Sequence[bytes], end_s: float) -> None:
        """The speech has ended with these."""
        sound = b"".join((*self._kept, *chunks))
        self._kept.clear()
        self._open.append((self._thread.submit(self._write, sound), sound, end_s))

    def written(self, *, wait: bool = False) -> list[tuple[str, float]]:
        """What has been written by now (``wait``: all), and where in the stream it ended."""
        found: list[tuple[str, float]] = []
        while self._open and (wait or self._open[0][0].done()):
            writing, sound, end_s = self._open.popleft()
            try:
                found.append((writing.result(), end_s))
            except HearingError as error:
                found.append((self._by_hand(sound, error), end_s))
        return found
