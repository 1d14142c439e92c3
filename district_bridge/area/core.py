"""When silent homes are one outage, when that outage is over, and who is called first.

Plain decisions, no I/O, no clock. Every threshold stands here with its reason.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Homes that are cut off at one moment are missed within a heartbeat (30 s) of one another, those of frail
# residents a minute sooner than the others (90 s against 150 s). Two minutes hold both.
WINDOW = timedelta(seconds=120)
# A router that hangs, a pulled plug: how often a single home falls silent by itself, in a day. Gateways of
# the national service broke down at 8 % a year; once a month is far above that, so an area is opened too late
# rather than for nothing.
SILENCES_A_DAY = 1 / 30
# The chance, in one window, that so many homes of a group fall silent independently. Over 24 neighbourhoods
# that is a false outage about once in fifteen years.
CHANCE = 1e-8
# Fewer are shown one by one, whatever the chances: a person reads five lines at a glance.
FEWEST = 5
# An outage is its provider's when hardly anybody else is silent, and in more than one neighbourhood.
PROVIDER_SHARE = 0.8
PROVIDER_NEIGHBOURHOODS = 2
# An outage is over when four in five are back and for two minutes nobody followed them: those who still are
# silent then have a trouble of their own, and become ordinary alerts.
BACK_SHARE = 0.8
NOBODY_FOLLOWED = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Fallen:
    """A home that fell silent within the window. ``provider`` is empty where it is not known."""

    home: str
    neighbourhood: int
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What homes have in common: their neighbourhood, or (with None) their provider."""

    neighbourhood: int | None
    provider: str = ""


def fewest(watched: int) -> int:
    """How many of so many watched homes must fall silent within the window to be one outage.

    The smallest number that independent silences (Poisson) reach with less than ``CHANCE``.
    """
    expected = watched * SILENCES_A_DAY * (WINDOW / timedelta(days=1))
    term = math.exp(-expected)
    below = 0.0
    number = 0
    while 1.0 - below >= CHANCE and number < watched:
        below += term
        number += 1
        term *= expected / number
    return max(FEWEST, number)


def group_of(fallen: Fallen, groups: Iterable[Group]) -> Group | None:
    """The outage among ``groups`` that this home is part of."""
    known = set(groups)
    for group in (Group(None, fallen.provider), Group(fallen.neighbourhood)):
        if group in known and (group.neighbourhood is not None or group.provider):
            return group
    return None


def arising(
    fallen: Sequence[Fallen], going_on: Iterable[Group], watched: Callable[[Group], int]
) -> list[Group]:
    """The outages that these silent homes show and that are not known yet.

    ``watched`` tells how many homes of a group are watched; it is asked for candidates only.
    """
    known = list(going_on)
    found: list[Group] = []
    loose = [each for each in fallen if group_of(each, known) is None]
    providers = Counter(each.provider for each in loose if each.provider)
    for provider, count in providers.items():
        spread = {each.neighbourhood for each in loose if each.provider == provider}
        group = Group(None, provider)
        if (
            count >= PROVIDER_SHARE * len(loose)
            and len(spread) >= PROVIDER_NEIGHBOURHOODS
            and _is_outage(count, group, watched)
        ):
            found.append(group)
    loose = [each for each in loose if group_of(each, found) is None]
    for neighbourhood, count in Counter(each.neighbourhood for each in loose).items():
        group = Group(neighbourhood)
        if _is_outage(count, group, watched):
            found.append(group)
    return found


def _is_outage(count: int, group: Group, watched: Callable[[Group], int]) -> bool:
    return count >= FEWEST and count >= fewest(max(watched(group), count))


def is_over(homes: int, returned: int, last_return: datetime | None, now: datetime) -> bool:
    """Whether an outage of so many homes has ended."""
    if returned >= homes:
        return True
    followed_nobody = last_return is not None and now - last_return >= NOBODY_FOLLOWED
    return returned >= BACK_SHARE * homes and followed_nobody


@dataclass(frozen=True, slots=True)
class Resident:
    """What ranks a home in a call list. ``alerts_lately`` counts the last thirty days."""

    lives_alone: bool
    is_frail: bool
    needs_power: bool
    has_open_emergency: bool
    alerts_lately: int


# Who is called first. An emergency that was going on when the line fell comes before everything; a machine
# that keeps somebody breathing has minutes; then who can't help themselves, and who has nobody beside them.
# Each is worth more than all below it together, so the order can be told in one sentence.
WEIGHTS = {"open_emergency": 160, "needs_power": 80, "frail": 40, "lives_alone": 20}
LATELY_WEIGHT = 3
LATELY_MOST = 5


def rank(resident: Resident) -> tuple[int, list[str]]:
    """The score (the higher, the sooner is called) and the reasons for it, most pressing first."""
    holds = {
        "open_emergency": resident.has_open_emergency,
        "needs_power": resident.needs_power,
        "frail": resident.is_frail,
        "lives_alone": resident.lives_alone,
    }
    reasons = [name for name in WEIGHTS if holds[name]]
    score = sum(WEIGHTS[name] for name in reasons)
    if resident.alerts_lately:
        reasons.append("alerts_lately")
        score += LATELY_WEIGHT * min(resident.alerts_lately, LATELY_MOST)
    return score, reasons
