"""An outage of a whole area in people's hands: who has taken it on, whom they have called, who was told.

The outage itself (which homes, ranked how, when it ends) belongs to ``district_bridge.area``.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.alerts import together
from district_bridge.alerts.models import Alert, Kind, State
from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.area.scope import call_list
from district_bridge.channels import reach
from district_bridge.escalation.models import AreaCall, AreaHold, Duty
from district_bridge.escalation.rota import Rota
from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.work import periodically

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account

ROUND = timedelta(seconds=5)
# One press takes on at most so many alerts; the next press the next ones.
AT_ONCE = 500


@periodically("outages", ROUND)
def tell_of_new_outages(now: datetime) -> int:
    """Each outage is told once, as one message, to the people on call for its homes."""
    told = 0
    for area in AreaIncident.objects.filter(closed_at=None, hold__isnull=True):
        with transaction.atomic():
            _hold, is_new = AreaHold.objects.get_or_create(area=area, defaults={"told_at": now})
            if not is_new:
                continue
            rota = Rota(now)
            places = set(area.homes.values_list("home__neighbourhood", flat=True).distinct())
            found = [rota.on_call(place, duty) for place in sorted(places) for duty in Duty]
            people = {on_call.account.pk: on_call.account for on_call in found if on_call is not None}
            for account in people.values():
                reach.tell_of_outage(area.pk, account, now)
            told += 1
    return told


@transaction.atomic
def take_on(area: AreaIncident, person: Account, now: datetime) -> tuple[int, int]:
    """Takes the outage on, and with it the open alerts about the silence of its homes. Taken, and left.

    Who takes it on after a colleague takes it over: an outage is too big to be locked away by one person.
    """
    AreaHold.objects.update_or_create(
        area=area,
        defaults={"holder": person, "taken_at": now},
        create_defaults={"holder": person, "taken_at": now, "told_at": now},
    )
    homes = call_list(area, person).values("home")
    silence = {"kind": Kind.DEVICE, "origin": "bridge", "from_copy": False}
    alerts = Alert.objects.filter(home__in=homes, state=State.RAISED, **silence)
    done = together.acknowledge_many(alerts.values_list("pk", flat=True)[:AT_ONCE], person, now)
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return done


@transaction.atomic
def called(member: AreaHome, person: Account, answer: str, now: datetime) -> AreaCall:
    """Somebody called a home of the outage; a later call takes the place of an earlier one."""
    made, _is_new = AreaCall.objects.update_or_create(
        member=member, defaults={"person": person, "answer": answer, "at": now}
    )
    transaction.on_commit(lambda: hub.wake(SCREENS))
    return made
