"""Writes what tells a person, over every way by which they are reached."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from district_bridge.channels import config, dc09
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.outgoing.post import post_all, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.escalation.models import Receipt, Swap
    from district_bridge.outgoing.models import Outgoing

    type Way = tuple[str, dict[str, int]]
    """A kind of message, and to which address of the person it goes."""

CHANNELS = ("web_push", "email", "sms", "voice", "family", "dc09", "dc09_restoral")


@dataclass
class Ways:
    """How people are reached, asked of the database once a person."""

    _known: dict[int, list[Way]] = field(default_factory=dict)

    def to(self, account_id: int) -> list[Way]:
        """Every way by which this person is reached now."""
        if account_id not in self._known:
            self._known[account_id] = list(_ways_to(account_id))
        return self._known[account_id]


def to_person(receipt: Receipt, account_id: int, ways: Ways, now: datetime) -> list[Outgoing]:
    """What tells a person of the district that an alert has reached their rung, over every way."""
    return _written(ways.to(account_id), now, receipt.alert_id, {"receipt": receipt.pk})


def to_receiving_centre(receipt: Receipt, now: datetime) -> list[Outgoing]:
    """What passes an alert on to the alarm receiving centre, where the district has one."""
    if not config.has_receiving_centre():
        return []
    # What is restored later is the event that was sent, also when more is known of the alert by then.
    about = {"receipt": receipt.pk, "code": dc09.event_code(receipt.alert)}
    return [written("dc09", now=now, alert_id=receipt.alert_id, payload=about)]


def tell_of_gap(gap_id: int, account: Account, now: datetime) -> int:
    """A gap in the calendar is told to one who keeps it."""
    return _post_all(account, now, None, {"gap": gap_id})


def tell_of_outage(area_id: int, account: Account, now: datetime) -> int:
    """Many homes fell silent together: one message, however many they are."""
    return _post_all(account, now, None, {"area": area_id})


def tell_of_swap(swap: Swap, now: datetime) -> int:
    """A colleague is asked to take a shift."""
    return _post_all(swap.to, now, None, {"swap": swap.pk})


def tell_of_handover(alert_id: int, account: Account, handover_id: int, now: datetime) -> int:
    """A colleague is asked to take an alert over."""
    return _post_all(account, now, alert_id, {"handover": handover_id})


def tell_of_glass(glass_id: int, account: Account, now: datetime) -> int:
    """An administrator is told that somebody took emergency access to a home."""
    return _post_all(account, now, None, {"glass": glass_id})


def try_out(account: Account, now: datetime) -> int:
    """A test over every way by which this person is reached."""
    return _post_all(account, now, None, {"test": True})


def _post_all(account: Account, now: datetime, alert_id: int | None, about: dict[str, Any]) -> int:
    messages = _written(_ways_to(account.pk), now, alert_id, about)
    post_all(messages)
    return len(messages)


def _written(
    ways: Iterable[Way], now: datetime, alert_id: int | None, about: dict[str, Any]
) -> list[Outgoing]:
    return [written(kind, now=now, alert_id=alert_id, payload=about | to) for kind, to in ways]


def _ways_to(account_id: int) -> Iterator[Way]:
    subscriptions = PushSubscription.objects.filter(account=account_id, ended_at=None)
    for subscription in subscriptions.values_list("pk", flat=True):
        yield "web_push", {"subscription": subscription}
    reach = Reach.objects.filter(account=account_id).first()
    if reach is None:
        return
    wanted = {
        "email": bool(reach.email),
        "sms": bool(reach.phone and reach.by_sms),
        "voice": bool(reach.phone and reach.by_voice),
    }
    for kind, is_wanted in wanted.items():
        if is_wanted:
            yield kind, {"account": account_id}
