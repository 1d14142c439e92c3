"""When a look becomes an event: two decisions with two budgets, and quiet after each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_runtime.fall.event import Kind

# After an event the same fall (getting up, being helped) raises nothing new for this long, seconds.
QUIET_S = 15.0
# A hit whose looks agree on less than this is not looked at again: a look costs what a hundred quiet samples
# do. With 0.075 no fall more was found, of unseen people or in an unseen dataset, and more looks were taken.
HOPELESS = 0.15


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Chosen in training on people the scores never came from; they travel with the model.

    `suspect` holds the least probability for each look at a hard hit, `suspect_soft` at one below `soft_g`:
    jumping and clapping hit hard, and little that hits softly looks like a fall. A `certain` fall needs
    `certain` of all its looks together, a hit of at least `hard_g`, and stillness: `still_g` at most of
    movement since a second after the hit.
    """

    suspect: tuple[float, ...]
    suspect_soft: tuple[float, ...]
    soft_g: float
    certain: float
    hard_g: float
    still_g: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision is made of, at one look at one hit.

    `probability` is that of the newest looks, `agreed` that of all looks at the hit so far.
    """

    hit_s: float
    now_s: float
    number: int
    probability: float
    agreed: float
    impact_g: float
    moved_g: float


class Decider:
    """Turns looks into at most one suspicion a fall, and one alarm when the suspicion proves certain."""

    def __init__(self, thresholds: Thresholds) -> None:
        self.thresholds = thresholds
        self._quiet_until = float("-inf")
        self._certain_until = float("-inf")

    def decide(self, facts: Facts) -> Kind | None:
        """The kind of event this look calls for, or None."""
        if facts.now_s < self._certain_until:
            return None
        if self._is_certain(facts):
            self._certain_until = self._quiet_until = facts.now_s + QUIET_S
            return "certain"
        if facts.now_s < self._quiet_until:
            return None
        limits = self.thresholds
        least = limits.suspect_soft if facts.impact_g < limits.soft_g else limits.suspect
        if facts.probability < least[facts.number]:
            return None
        self._quiet_until = facts.now_s + QUIET_S
        return "suspected"

    def _is_certain(self, facts: Facts) -> bool:
        limits = self.thresholds
        return (
            facts.number == len(limits.suspect) - 1
            and facts.agreed >= limits.certain
            and facts.impact_g >= limits.hard_g
            and facts.moved_g <= limits.still_g
        )
