"""Which moments are worth a look: hits that nothing nearby outdoes. Cheap enough to run on each sample."""

from dataclasses import dataclass, field

# A hit below this is no candidate (g). Soft, slow slides to the floor stay below it and are missed.
TRIGGER_G = 1.5
# A hit counts when it is the hardest within this time on either side (s).
ALONE_S = 0.4
# A harder hit within this time takes the earlier one's place (s): hands first, then the body.
REPLACED_S = 0.8


@dataclass(slots=True)
class Impact:
    """A hit under observation.

    `time` is on the internal clock, `raw_time` on the sender's; `odds` are the log-odds of the looks so far.
    """

    time: float
    raw_time: float
    size: float
    looked: int = 0
    odds: list[float] = field(default_factory=list)


class ImpactFinder:
    """Keeps the hits under observation; `add` takes each sample's time and size (g)."""

    def __init__(self) -> None:
        self.open: list[Impact] = []

    def add(self, t: float, raw_t: float, size: float) -> None:
        """Open a candidate when this sample is a hit that outdoes what came just before."""
        if size < TRIGGER_G:
            return
        rivals = [one for one in self.open if t - one.time <= REPLACED_S]
        if any(one.size >= size and t - one.time <= ALONE_S for one in rivals):
            return
        for one in rivals:
            if one.size < size:
                self.open.remove(one)
        self.open.append(Impact(t, raw_t, size))
