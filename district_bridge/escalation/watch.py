"""A gap in the calendar is itself an alarm: noticed a day ahead, shown and told, closed when it is filled."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.channels import reach
from district_bridge.escalation import rota
from district_bridge.escalation.models import Duty, Gap
from district_bridge.escalation.shifts import Span, gaps
from district_bridge.homes.system import NEIGHBOURHOOD
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.work import periodically

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.escalation.models import Shift

AHEAD = timedelta(hours=24)
ROUND = timedelta(seconds=60)


@periodically("calendar", ROUND)
def look_for_gaps(now: datetime) -> int:
    """Opens an alarm for each new gap of the next 24 hours, closes those that were filled or are over."""
    window = Span(now, now + AHEAD)
    shifts = rota.shifts_between(window.start, window.end)
    opened = 0
    with transaction.atomic():
        known = list(Gap.objects.filter(closed_at=None))
        still = set()
        # Where the bridge's own alarms stand nobody lives: administrators answer for them, calendar or not.
        for neighbourhood in Neighbourhood.objects.exclude(name=NEIGHBOURHOOD):
            for duty in Duty:
                for gap in gaps(_covered(shifts, neighbourhood.pk, duty), window):
                    alarm = _open_alarm(known, neighbourhood.pk, duty, gap)
                    if alarm is None:
                        alarm = Gap.objects.create(
                            neighbourhood=neighbourhood,
                            duty=duty,
                            starts_at=gap.start,
                            ends_at=gap.end,
                            noticed_at=now,
                        )
                        _tell(alarm, now)
                        opened += 1
                    elif alarm.ends_at != gap.end:
                        # The window has moved on, or a part was filled: the same alarm, told once.
                        alarm.ends_at = gap.end
                        alarm.save(update_fields=["ends_at"])
                    still.add(alarm.pk)
        gone = [alarm.pk for alarm in known if alarm.pk not in still]
        closed = Gap.objects.filter(pk__in=gone).update(closed_at=now)
        if opened or closed:
            transaction.on_commit(lambda: hub.wake(SCREENS))
    return opened


def _covered(shifts: list[Shift], neighbourhood: int, duty: str) -> list[Span]:
    return [
        Span(shift.starts_at, shift.ends_at)
        for shift in shifts
        if shift.duty == duty and shift.neighbourhood_id in {None, neighbourhood} and shift.account.is_active
    ]


def _open_alarm(known: list[Gap], neighbourhood: int, duty: str, gap: Span) -> Gap | None:
    """The alarm that is open about this gap: one that touches it."""
    for alarm in known:
        if (
            alarm.neighbourhood_id == neighbourhood
            and alarm.duty == duty
            and alarm.starts_at < gap.end
            and gap.start < alarm.ends_at
        ):
            return alarm
    return None


def _tell(alarm: Gap, now: datetime) -> None:
    """Those who keep the calendar hear of it: the neighbourhood's duty officers and the administrators."""
    for account in rota.stand_ins(alarm.neighbourhood_id, rota.everybody()):
        if account.role != Role.CASEWORKER:
            reach.tell_of_gap(alarm.pk, account, now)


def gaps_of(account: Account, neighbourhoods: list[int], now: datetime) -> list[Gap]:
    """The open alarms that this person shall see: gaps that are now, and for who keeps the calendar all."""
    found = Gap.objects.filter(closed_at=None, ends_at__gt=now, neighbourhood__in=neighbourhoods)
    if account.role == Role.CASEWORKER:
        found = found.filter(starts_at__lte=now)
    return list(found.select_related("neighbourhood"))


def open_gap_count() -> int:
    """How many gaps of the calendar are open alarms."""
    return Gap.objects.filter(closed_at=None).count()
