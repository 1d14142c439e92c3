"""What stands out of a long stretch of sound: somebody close, over a television."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

BURST_DB = 6.0
"""Above the rest of a stretch."""
GAP_CHUNKS = 10
SHORTEST_CHUNKS, LONGEST_CHUNKS = 10, 125
"""0.3 to 4 s of 32 ms: as long as a cry takes."""
MARGIN_CHUNKS = 11
"""0.35 s around a burst."""
MOST = 2


def bursts(chunks: Sequence[bytes]) -> list[tuple[int, int]]:
    """Where the sound stands out of the rest, loudest first: beginnings and ends in chunks of PCM16."""
    levels = np.array([np.mean(np.frombuffer(each, "<i2").astype(float) ** 2) for each in chunks])
    levels = 10 * np.log10(np.convolve(levels, np.ones(5) / 5, "same") + 1.0)
    loud = np.flatnonzero(levels > np.percentile(levels, 40) + BURST_DB)
    if not loud.size:
        return []
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > GAP_CHUNKS) + 1)
    fitting = [
        (int(run[0]), int(run[-1]) + 1)
        for run in runs
        if SHORTEST_CHUNKS <= run[-1] - run[0] + 1 <= LONGEST_CHUNKS
    ]
    fitting.sort(key=lambda each: -float(levels[each[0] : each[1]].max()))
    return [
        (max(0, start - MARGIN_CHUNKS), min(len(chunks), end + MARGIN_CHUNKS))
        for start, end in fitting[:MOST]
    ]
