"""Posts what tells a person, over every way by which they are reached, in the transaction of a receipt."""

from typing import TYPE_CHECKING, Any

from district_bridge.channels import config, dc09
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.outgoing.post import post

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.escalation.models import Receipt, Swap

CHANNELS = ("web_push", "email", "sms", "voice", "family", "dc09", "dc09_restoral")


def tell_person(receipt: Receipt, account: Account, now: datetime) -> int:
    """An alert's rung tells a person of the district; how many messages were posted."""
    return _post_all(account, now, receipt.alert_id, {"receipt": receipt.pk})


def tell_receiving_centre(receipt: Receipt, now: datetime) -> int:
    """An alert is passed on to the alarm receiving centre, where the district has one."""
    if not config.has_receiving_centre():
        return 0
    # What is restored later is the event that was sent, also when more is known of the alert by then.
    about = {"receipt": receipt.pk, "code": dc09.event_code(receipt.alert)}
    post("dc09", now=now, alert_id=receipt.alert_id, payload=about)
    return 1


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
    posted = 0
    subscriptions = PushSubscription.objects.filter(account=account, ended_at=None)
    for subscription in subscriptions.values_list("pk", flat=True):
        post("web_push", now=now, alert_id=alert_id, payload=about | {"subscription": subscription})
        posted += 1
    reach = Reach.objects.filter(account=account).first()
    if reach is None:
        return posted
    wanted = {
        "email": bool(reach.email),
        "sms": bool(reach.phone and reach.by_sms),
        "voice": bool(reach.phone and reach.by_voice),
    }
    for kind, is_wanted in wanted.items():
        if is_wanted:
            post(kind, now=now, alert_id=alert_id, payload=about | {"account": account.pk})
            posted += 1
    return posted
