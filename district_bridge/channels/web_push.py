"""Web push (RFC 8030, 8291, 8292): an encrypted line to a browser, by way of its maker's push service."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from district_bridge.channels import config, texts
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.outgoing.work import NotNeededError, SendError, handler

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

# Browsers name their own push service. Only these are spoken to: an address that a page hands in must not
# make the bridge knock at doors inside the district's network.
SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
GONE = frozenset({404, 410})
REFUSED = frozenset({400, 401, 403, 413})


def is_known_service(endpoint: str, services: tuple[str, ...] = ()) -> bool:
    """Whether a subscription's address belongs to a push service that may be spoken to."""
    try:
        parts = urlsplit(endpoint)
        host, place = parts.hostname or "", parts.netloc
    except ValueError:
        return False
    if place in services:
        return True
    return parts.scheme == "https" and any(host == known or host.endswith(f".{known}") for known in SERVICES)


@handler("web_push")
def send(message: Outgoing, now: datetime) -> None:
    """Sends one push; a subscription that its service no longer knows has ended."""
    subscription = PushSubscription.objects.filter(
        pk=message.payload.get("subscription"), ended_at=None, account__is_active=True
    ).first()
    if subscription is None:
        raise NotNeededError("the browser is not subscribed any more")
    settings = config.web_push()
    if not is_known_service(subscription.endpoint, settings.services):
        raise SendError("the browser names a push service that is not known here", retry=False)
    reach = Reach.objects.filter(account=subscription.account_id).first()
    text = texts.of(message, "ko" if reach is None else reach.language, now)
    content = {"title": text.title, "body": text.body, "path": text.path, "tag": text.path}
    from district_bridge.channels.push_service import push  # noqa: PLC0415 - loads a third of a second

    status = push(subscription, json.dumps(content, ensure_ascii=False), settings.contact)
    if status in GONE:
        subscription.ended_at = now
        subscription.save(update_fields=["ended_at"])
        raise SendError("the browser is not subscribed any more", retry=False)
    if status in REFUSED:
        raise SendError(f"the push service refuses ({status})", retry=False)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise SendError(f"the push service answers {status}")
    PushSubscription.objects.filter(pk=subscription.pk).update(reached_at=now)
