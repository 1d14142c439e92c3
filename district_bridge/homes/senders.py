"""Whether two devices sign with one key. Plain decisions, no I/O, no clock (docs/decisions/0211).

Each start of a home's or robot's program makes up a name (``boot``), keeps it in memory alone and sends it
with every batch. A program that starts anew has a new name, and the old one never comes back. So when it does
come back, two programs are alive with one key: one of them is a copy.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# A batch of the program before may still be on its way when the next one speaks: its sender gives up after
# 10 s, and a bridge under load answers within some seconds.
ON_ITS_WAY = timedelta(seconds=30)
# So many starts are remembered; a copy that speaks at all speaks every half minute.
REMEMBERED = 8


class Word(StrEnum):
    """How far a batch is believed."""

    KNOWN = "known"
    """The program that spoke before, or one whose last word was on its way when the next one began."""
    STARTED = "started"
    """A program that was not heard of before: the device was started anew."""
    SECOND = "second"
    """A name that was taken over speaks, though the one before it came back: two devices use this key."""
    HELD = "held"
    """Not the device that is believed."""


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of those who sign with one key."""

    boot: str = ""
    boot_at: datetime | None = None
    past: tuple[str, ...] = ()
    returned: str | None = None
    """One of ``past`` that came back: either ``boot`` was only a last word that was long on its way, or two
    are alive. Which, tells whoever speaks next.
    """
    held_at: datetime | None = None


def judge(use: Use, boot: str, now: datetime) -> tuple[Word, Use]:
    """How far a batch from ``boot`` is believed, and what is known from then on.

    Of two that are alive the one that was there before the other goes on; the newcomer is held. The bridge
    can't tell which is genuine, a person decides; so whoever is held is still heard in an emergency.
    """
    if use.held_at is not None:
        return (Word.KNOWN if boot == use.boot else Word.HELD), use
    is_known = boot == use.boot or boot in use.past
    if use.returned is not None and is_known:
        if boot == use.returned:
            return Word.KNOWN, use
        past = tuple(each for each in (*use.past, use.boot) if each != use.returned)
        return Word.SECOND, Use(use.returned, now, past, held_at=now)
    is_late = use.boot_at is not None and now - use.boot_at <= ON_ITS_WAY
    # Older software gives itself no name.
    if boot == use.boot or (is_late and (is_known or not boot)):
        return Word.KNOWN, use
    if is_known:
        return Word.KNOWN, replace(use, returned=boot)
    past = (*use.past, use.boot) if use.boot_at is not None else ()
    return Word.STARTED, replace(use, boot=boot, boot_at=now, past=past[-REMEMBERED:], returned=None)
