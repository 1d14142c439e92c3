"""PortAudio reads the list of sound cards once; a microphone that was plugged in again is found only anew."""

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_playing = 0


@contextlib.contextmanager
def playing() -> Iterator[None]:
    """While something sounds the list is left alone: reading it anew would cut the robot off."""
    global _playing  # noqa: PLW0603 - PortAudio is one for the whole program
    _playing += 1
    try:
        yield
    finally:
        _playing -= 1


def look_again(sounddevice: Any) -> bool:
    """Reads the list of sound cards anew, unless the robot speaks; whether it did."""
    if _playing:
        return False
    sounddevice._terminate()  # noqa: SLF001 - the library has no public way
    sounddevice._initialize()  # noqa: SLF001
    return True
