"""Changing the on-call calendar: shifts put in and taken out, and swapped between two people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.channels import reach
from district_bridge.escalation import watch
from district_bridge.escalation.models import Shift, Swap
from district_bridge.live import SCREENS, hub

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from district_bridge.accounts.models import Account, Neighbourhood

MOST_REPEATS = 60


class SwapError(Exception):
    """A swap that can't be: it was answered, the shift is over, or it is another person's."""


@dataclass(frozen=True)
class Planned:
    """A shift that somebody wants in the calendar; without a neighbourhood, for the whole district."""

    neighbourhood: Neighbourhood | None
    duty: str
    account: Account
    starts_at: datetime
    ends_at: datetime


@transaction.atomic
def add_shifts(
    planned: Planned, *, every: timedelta, times: int, made_by: Account, now: datetime
) -> list[Shift]:
    """The same shift ``times`` times, ``every`` so often; gaps it fills stop being alarms at once."""
    made = [
        Shift.objects.create(
            neighbourhood=planned.neighbourhood,
            duty=planned.duty,
            account=planned.account,
            starts_at=planned.starts_at + every * number,
            ends_at=planned.ends_at + every * number,
            made_by=made_by,
            made_at=now,
        )
        for number in range(min(times, MOST_REPEATS))
    ]
    watch.look_for_gaps(now)
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return made


@transaction.atomic
def remove_shift(shift: Shift, now: datetime) -> None:
    """Takes a shift out; the gap it leaves becomes an alarm at once."""
    shift.delete()
    watch.look_for_gaps(now)
    transaction.on_commit(lambda: hub.wake(SCREENS))


@transaction.atomic
def ask_for_swap(shift: Shift, asked_by: Account, to: Account, now: datetime) -> Swap:
    """Asks a colleague to take the shift; until they say yes it stays where it is."""
    shift = Shift.objects.select_for_update().get(pk=shift.pk)
    if shift.account_id != asked_by.pk or shift.ends_at <= now or to.pk == asked_by.pk or not to.is_active:
        raise SwapError
    shift.swaps.filter(answered_at=None).update(answered_at=now, accepted=False)
    swap = Swap.objects.create(shift=shift, asked_by=asked_by, to=to, asked_at=now)
    reach.tell_of_swap(swap, now)
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return swap


@transaction.atomic
def answer_swap(swap_id: int, person: Account, now: datetime, *, accept: bool) -> Swap:
    """The colleague takes the shift, or not."""
    swap = Swap.objects.select_for_update().select_related("shift").get(pk=swap_id)
    shift = Shift.objects.select_for_update().get(pk=swap.shift_id)
    is_open = swap.answered_at is None and swap.to_id == person.pk
    if not is_open or shift.account_id != swap.asked_by_id or shift.ends_at <= now:
        raise SwapError
    swap.answered_at, swap.accepted = now, accept
    swap.save()
    if accept:
        shift.account = person
        shift.save()
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return swap
