"""Long sound in pieces that a recogniser with a window of 30 s can take, cut where it is quietest."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE_HZ = 16_000
LONGEST_S = 29.0
"""A little less than the window, so that silence ends it."""
LOOK_BACK_S = 10.0
"""The last so many seconds of a piece are searched for the quietest moment."""
MOMENT_S = 0.3


def pieces(pcm: bytes) -> Iterator[bytes]:
    """16 kHz mono PCM16 in pieces of at most ``LONGEST_S``; nothing is lost or heard twice."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
    longest = int(LONGEST_S * RATE_HZ)
    while len(samples) > longest:
        end = _quietest(samples, longest - int(LOOK_BACK_S * RATE_HZ), longest)
        yield samples[:end].tobytes()
        samples = samples[end:]
    yield samples.tobytes()


def _quietest(samples: np.ndarray, first: int, last: int) -> int:
    moment = int(MOMENT_S * RATE_HZ)
    loud = np.cumsum(np.square(samples[first:last].astype(np.float64)))
    return first + int(np.argmin(loud[moment:] - loud[:-moment])) + moment // 2
