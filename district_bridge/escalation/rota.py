"""Who is on call: the calendar as rows, and who stands in where it has nobody."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from district_bridge.accounts.models import Account, Role
from district_bridge.escalation.climb import Step
from district_bridge.escalation.models import Duty, Shift

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

DUTY_OF = {
    Step.CASEWORKER: Duty.CASEWORKER,
    Step.DUTY_OFFICER: Duty.DUTY_OFFICER,
    # 119 is called by a person: the duty officer.
    Step.EMERGENCY_SERVICES: Duty.DUTY_OFFICER,
}


@dataclass(frozen=True)
class OnCall:
    """A person who answers for a duty now, and whether the calendar names them or they stand in."""

    account: Account
    stands_in: bool


@dataclass
class Rota:
    """The calendar at one moment. Each question is asked of the database once."""

    now: datetime
    _shifts: list[Shift] | None = None
    _people: list[Account] | None = None

    def on_call(self, neighbourhood: int, duty: str) -> OnCall | None:
        """Who answers for this duty in this neighbourhood now; None when there is no account at all."""
        fitting = [
            shift
            for shift in self._now()
            if shift.duty == duty and shift.neighbourhood_id in {None, neighbourhood}
        ]
        if fitting:
            # The neighbourhood's own person before the one for the whole district; of two the later shift.
            chosen = max(fitting, key=lambda shift: (shift.neighbourhood_id is not None, shift.starts_at))
            return OnCall(chosen.account, stands_in=False)
        account = next(iter(stand_ins(neighbourhood, self._everybody())), None)
        return None if account is None else OnCall(account, stands_in=True)

    def _now(self) -> list[Shift]:
        if self._shifts is None:
            current = Shift.objects.filter(
                starts_at__lte=self.now, ends_at__gt=self.now, account__is_active=True
            )
            self._shifts = list(current.select_related("account"))
        return self._shifts

    def _everybody(self) -> list[Account]:
        if self._people is None:
            self._people = everybody()
        return self._people


def everybody() -> list[Account]:
    """Every open account, with its neighbourhoods, in the order in which they stand in."""
    order = [Role.DUTY_OFFICER, Role.ADMIN, Role.CASEWORKER]
    found = Account.objects.filter(is_active=True, role__in=order).prefetch_related("neighbourhoods")
    return sorted(found, key=lambda account: (order.index(Role(account.role)), account.pk))


def stand_ins(neighbourhood: int, people: Iterable[Account]) -> list[Account]:
    """Who answers when the calendar names nobody: duty officers, then administrators, then caseworkers."""
    return [
        account
        for account in people
        if account.role == Role.ADMIN
        or any(given.pk == neighbourhood for given in account.neighbourhoods.all())
    ]


def shifts_between(
    start: datetime, end: datetime, neighbourhoods: Iterable[int] | None = None
) -> list[Shift]:
    """Shifts that touch this time: those of these neighbourhoods and those for the whole district."""
    found = Shift.objects.filter(starts_at__lt=end, ends_at__gt=start)
    if neighbourhoods is not None:
        found = found.filter(Q(neighbourhood=None) | Q(neighbourhood__in=list(neighbourhoods)))
    return list(found.select_related("account", "neighbourhood"))
