"""How long a home may be silent, by who lives there. Plain decisions, no I/O, no clock.

The district may change the standard limit by one setting; what a frail resident gets follows from it.
"""

from datetime import timedelta
from enum import StrEnum

from django.conf import settings


class Frailty(StrEnum):
    """How much a resident can do for themselves when something happens."""

    STANDARD = "standard"
    FRAIL = "frail"


# A frail resident's home is missed after 90 s instead of 150: three heartbeats of 30 s, so that one lost
# packet raises nobody, and a minute sooner for somebody who can't get to the telephone.
FRAIL_SHARE = 0.6
# Five heartbeats fit into a limit: four may get lost before a home counts as silent.
BEATS = 5


def silence_limit(frailty: str) -> timedelta:
    """How long such a resident's home may say nothing."""
    share = FRAIL_SHARE if frailty == Frailty.FRAIL else 1.0
    return timedelta(seconds=settings.SILENCE_LIMIT_S * share)


def heartbeat_s(frailty: str) -> int:
    """How often such a resident's home shall say that it lives, in whole seconds."""
    fitting = int(silence_limit(frailty).total_seconds() / BEATS)
    return max(1, min(settings.HEARTBEAT_S, fitting))
