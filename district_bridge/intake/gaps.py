"""Numbers that a sender skipped: a message that was born in a home and never came.

Each home and each robot numbers its messages and goes on numbering through restarts and enrolments. So the
first number that comes from a key is where the counting begins. Older homes number nothing: they are not
judged. What comes late fills its gap; what never comes is shown to people ("home 17 skipped 204"). A number
that comes with two different messages is shown as well: a copy of the home sends, or an old backup came back.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F

from district_bridge import rows
from district_bridge.intake.models import MissingMessages, ReusedNumber, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

# A sender that skips all the time is broken; what is kept of it stays small.
GAPS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a group's messages say of one key's numbers: ``skipped`` are ranges (first, last)."""

    highest: int
    skipped: tuple[tuple[int, int], ...]
    late: tuple[int, ...]


def judge(highest: int, numbers: Iterable[int]) -> Numbers:
    """What is missing and what came late when ``numbers`` come from a key at ``highest`` (0: a new key)."""
    came = set(numbers)
    if highest == 0 and came:
        highest = min(came) - 1
    skipped, late = [], sorted(number for number in came if number <= highest)
    for number in sorted(came - set(late)):
        if number > highest + 1:
            skipped.append((highest + 1, number - 1))
        highest = number
    return Numbers(highest, tuple(skipped), tuple(late))


@dataclass(frozen=True, slots=True)
class Came:
    """A number that came with a message of a key at ``highest``; ``is_new``: nobody had the message yet."""

    home_id: str
    kid: str
    highest: int
    number: int
    is_new: bool


def note(came: Iterable[Came], now: datetime) -> list[dict[str, Any]]:
    """Notes what the numbers say, in the caller's transaction; how far each key has come, to :func:`move`."""
    by_key: defaultdict[tuple[str, str, int], dict[int, bool]] = defaultdict(dict)
    for each in came:
        numbers = by_key[each.home_id, each.kid, each.highest]
        numbers[each.number] = each.is_new or numbers.get(each.number, False)
    moved = []
    for (home_id, kid, highest), numbers in by_key.items():
        found = judge(highest, numbers)
        if found.highest > highest:
            moved.append({"kid": kid, "home_id": home_id, "highest": found.highest, "changed_at": now})
        if found.skipped:
            _keep(home_id, kid, found.skipped, now)
        for number in found.late:
            if not _fill(kid, number, now) and numbers[number]:
                _note_reuse(home_id, kid, number, now)
    return moved


def move(moved: list[dict[str, Any]]) -> None:
    """Writes how far each key has come."""
    rows.insert(
        Sequence,
        moved,
        conflict=" ON CONFLICT (kid) DO UPDATE"
        " SET highest = excluded.highest, changed_at = excluded.changed_at",
    )


def missing(home_id: str) -> QuerySet[MissingMessages]:
    """What a home's senders have skipped and not sent since; the newest first."""
    return MissingMessages.objects.filter(home_id=home_id, arrived_at=None).order_by("-noticed_at", "-last")


def reused(home_id: str) -> QuerySet[ReusedNumber]:
    """Keys of a home that gave one number to two messages; the newest first."""
    return ReusedNumber.objects.filter(home_id=home_id).order_by("-last_at")


def homes_with_reused_numbers() -> int:
    """How many homes have a key that gave one number to two messages."""
    return ReusedNumber.objects.values("home_id").distinct().count()


def homes_with_gaps() -> int:
    """How many homes have skipped a number that never came."""
    return MissingMessages.objects.filter(arrived_at=None).values("home_id").distinct().count()


def _keep(home_id: str, kid: str, skipped: Iterable[tuple[int, int]], now: datetime) -> None:
    rows.insert(
        MissingMessages,
        [
            {
                "home_id": home_id,
                "kid": kid,
                "first": first,
                "last": last,
                "noticed_at": now,
                "arrived_at": None,
            }
            for first, last in skipped
        ],
    )
    kept = MissingMessages.objects.filter(kid=kid).order_by("-id").values_list("id", flat=True)
    surplus = list(kept[GAPS_KEPT : GAPS_KEPT + 1])
    if surplus:
        MissingMessages.objects.filter(kid=kid, id__lte=surplus[0]).delete()


def _note_reuse(home_id: str, kid: str, number: int, now: datetime) -> None:
    known, is_first = ReusedNumber.objects.get_or_create(
        kid=kid, defaults={"home_id": home_id, "number": number, "first_at": now, "last_at": now}
    )
    if not is_first:
        ReusedNumber.objects.filter(pk=known.pk).update(number=number, times=F("times") + 1, last_at=now)


def _fill(kid: str, number: int, now: datetime) -> bool:
    """A number that was missing has come: its gap closes, or becomes smaller, or becomes two."""
    gap = MissingMessages.objects.filter(
        kid=kid, first__lte=number, last__gte=number, arrived_at=None
    ).first()
    if gap is None:
        return False
    parts = [(gap.first, number - 1), (number + 1, gap.last)]
    # Not saved: among statements that are not waited for (rows.together) Django would miss its answer.
    MissingMessages.objects.filter(pk=gap.pk).update(first=number, last=number, arrived_at=now)
    MissingMessages.objects.bulk_create(
        MissingMessages(home_id=gap.home_id, kid=kid, first=first, last=last, noticed_at=gap.noticed_at)
        for first, last in parts
        if first <= last
    )
    return True
