"""Tells the people of rungs that are due: a receipt each, and messages over every way that reaches them."""

from itertools import chain
from typing import TYPE_CHECKING

from district_bridge import rows
from district_bridge.alerts.life import Reporter
from district_bridge.channels import family, reach
from district_bridge.escalation import climb
from district_bridge.escalation.models import Receipt, Result
from district_bridge.escalation.rota import DUTY_OF, Rota
from district_bridge.outgoing.post import post_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from district_bridge.alerts.models import Alert
    from district_bridge.outgoing.models import Outgoing


def tell(calls: Sequence[tuple[Alert, int, climb.Call]], now: datetime) -> None:
    """Receipts each rung (of an alert, in the climb that began with a transition), and posts what it tells.

    The calendar, the families and the ways to people are asked once, however many alerts there are.
    """
    if not calls:
        return
    told = _Told(
        family.families({alert.home_id for alert, _, call in calls if call.rung.step is climb.Step.FAMILY}),
        now,
    )
    receipts = [told.receipt(*call) for call in calls]
    rows.create(receipts)
    post_all(list(chain.from_iterable(map(told.messages, receipts))))


class _Told:
    """One moment's answers to who is told and how."""

    def __init__(self, families: family.Families, now: datetime) -> None:
        self._families = families
        self._rota = Rota(now)
        self._ways = reach.Ways()
        self._now = now

    def receipt(self, alert: Alert, start: int, call: climb.Call) -> Receipt:
        """The rung's receipt, not stored yet."""
        step = call.rung.step
        receipt = Receipt(
            alert=alert, climb=start, place=call.place, turn=call.turn, step=step.value, at=self._now
        )
        if step is climb.Step.ROBOT:
            # The robot's own check-in was before the alert came here; a silent home has no robot to ask.
            is_silent = alert.origin == Reporter.BRIDGE
            receipt.result = Result.OUT_OF_REACH if is_silent else Result.IN_THE_HOME
        elif step is climb.Step.FAMILY:
            receipt.result, contacts = self._families.of(alert.home_id)
            receipt.people = len(contacts)
        else:
            on_call = self._rota.on_call(alert.home.neighbourhood_id, DUTY_OF[step])
            receipt.result = Result.NOBODY
            if on_call is not None:
                receipt.account, receipt.people = on_call.account, 1
                receipt.result = Result.STOOD_IN if on_call.stands_in else Result.TOLD
        return receipt

    def messages(self, receipt: Receipt) -> list[Outgoing]:
        """What tells the people of a stored receipt."""
        if receipt.step == climb.Step.FAMILY:
            _, contacts = self._families.of(receipt.alert.home_id)
            return family.to_contacts(receipt, contacts, self._now)
        messages = []
        if receipt.account_id is not None:
            messages += reach.to_person(receipt, receipt.account_id, self._ways, self._now)
        if receipt.step == climb.Step.EMERGENCY_SERVICES:
            messages += reach.to_receiving_centre(receipt, self._now)
        return messages
