"""Which moments are worth a look: hits that nothing nearby outdoes. Cheap enough to run on each sample."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_runtime.fall.history import History

# A hit below this is no candidate (g). Soft, slow slides to the floor stay below it and are missed.
TRIGGER_G = 1.4
# A hit counts when it is the hardest within this time on either side (s).
ALONE_S = 0.4
# A harder hit within this time takes the earlier one's place (s): hands first, then the body.
REPLACED_S = 0.8


@dataclass(slots=True)
class Impact:
    """A hit under observation.

    `time` is on the internal clock, `raw_time` on the sender's, `count` the sample's number; `odds` are the
    log-odds of the looks so far.
    """

    time: float
    raw_time: float
    size: float
    count: int
    looked: int = 0
    odds: list[float] = field(default_factory=list)


class ImpactFinder:
    """Keeps the hits under observation; `add` takes each sample's time and size (g)."""

    def __init__(self) -> None:
        self.open: list[Impact] = []

    def add(self, history: History, raw_t: float, size: float) -> None:
        """Open a candidate when the newest sample is a hit that outdoes what came just before."""
        if size < TRIGGER_G:
            return
        rivals = [(one, history.since(one.time, one.count)) for one in self.open]
        if any(one.size >= size and ago <= ALONE_S for one, ago in rivals):
            return
        for one, ago in rivals:
            if one.size < size and ago <= REPLACED_S:
                self.open.remove(one)
        self.open.append(Impact(history.now, raw_t, size, history.count))
