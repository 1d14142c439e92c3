"""How quickly alerts are answered, against telecare's yardstick. Plain arithmetic, no I/O, no clock.

The yardstick (findings: 97.5 % of calls answered within 60 s, 99 % within 180 s) counts every call: one that
nobody has answered yet counts against it as soon as its time is over.
"""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

QUICK_S, SLOW_S = 60, 180
QUICK_SHARE, SLOW_SHARE = 0.975, 0.99


@dataclass(frozen=True)
class Call:
    """One alert: after how many seconds a person took it on; None: it has waited ``waited_s`` so far."""

    answered_s: float | None
    waited_s: float

    def is_within(self, seconds: int) -> bool | None:
        """Whether it was answered in this time; None: too early to say."""
        if self.answered_s is not None:
            return self.answered_s <= seconds
        return None if self.waited_s <= seconds else False


@dataclass(frozen=True)
class Figures:
    """What came of a group of alerts. Shares are None where there is nothing to count."""

    calls: int
    unanswered: int
    quick_share: float | None
    slow_share: float | None
    median_s: float | None

    @property
    def meets_quick(self) -> bool | None:
        """Whether the first yardstick is met."""
        return None if self.quick_share is None else self.quick_share >= QUICK_SHARE

    @property
    def meets_slow(self) -> bool | None:
        """Whether the second yardstick is met."""
        return None if self.slow_share is None else self.slow_share >= SLOW_SHARE


def figures(calls: Iterable[Call]) -> Figures:
    """The figures of these calls."""
    known = list(calls)
    answered = [call.answered_s for call in known if call.answered_s is not None]
    return Figures(
        calls=len(known),
        unanswered=len(known) - len(answered),
        quick_share=_share(known, QUICK_S),
        slow_share=_share(known, SLOW_S),
        median_s=median(answered) if answered else None,
    )


def _share(calls: Sequence[Call], seconds: int) -> float | None:
    told = [within for call in calls if (within := call.is_within(seconds)) is not None]
    return sum(told) / len(told) if told else None


def curve(calls: Iterable[Call], up_to_s: int) -> list[tuple[float, float]]:
    """The share answered (0 to 1) after each number of seconds, as the corners of a stair from (0, 0)."""
    known = list(calls)
    if not known:
        return []
    times = sorted(call.answered_s for call in known if call.answered_s is not None)
    corners = [(0.0, 0.0)]
    for number, seconds in enumerate(times, start=1):
        if seconds > up_to_s:
            break
        corners += [(seconds, corners[-1][1]), (seconds, number / len(known))]
    corners.append((float(up_to_s), corners[-1][1]))
    return corners
