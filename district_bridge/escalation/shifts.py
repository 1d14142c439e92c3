"""The on-call calendar's arithmetic: who is on duty, and where nobody is. Plain, no I/O, no clock."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Span:
    """A time from one moment up to, not including, another."""

    start: datetime
    end: datetime


def gaps(covered: Iterable[Span], window: Span) -> list[Span]:
    """The parts of ``window`` that no shift covers, in order; shifts may overlap and stand in any order."""
    found = []
    reached = window.start
    for span in sorted(covered, key=lambda span: span.start):
        if span.end <= reached:
            continue
        if span.start >= window.end:
            break
        if span.start > reached:
            found.append(Span(reached, span.start))
        reached = span.end
    if reached < window.end:
        found.append(Span(reached, window.end))
    return found


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found
