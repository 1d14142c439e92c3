"""A gateway for SMS and spoken calls: one signed JSON document POSTed to the address that the operator named.

Any provider can be put behind it by a few lines of a program that checks the signature and passes it on::

    POST <url>
    content-type: application/json
    x-seogu-id: <the message's id: the same for each attempt, so that the gateway can drop repetitions>
    x-seogu-signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" with the secret>

    {"v": 1, "id": "…", "kind": "sms" | "voice", "to": "010…", "language": "ko" | "en", "text": "…"}

2xx means taken. 4xx but 408, 425 and 429 means: never. Everything else is tried again.
"""

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from district_bridge.channels import config, people, texts
from district_bridge.outgoing.work import NotNeededError, SendError, handler

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

TIMEOUT_S = 10
PASSING = frozenset({408, 425, 429})


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of ``x-seogu-signature``."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@handler("sms")
@handler("voice")
def send(message: Outgoing, now: datetime) -> None:
    """Hands one message to the gateway."""
    reach = people.reach_of(message)
    if not reach.phone:
        raise NotNeededError("this person has no telephone number any more")
    hand_over(message, reach.phone, reach.language, now)


def hand_over(message: Outgoing, number: str, language: str, now: datetime, kind: str = "") -> None:
    """One message for one number, over the way that the message (or ``kind``) names."""
    text = texts.of(message, language, now)
    import httpx  # noqa: PLC0415 - heavy, and only who sends needs it

    gateway = config.webhook()
    document = {
        "v": 1,
        "id": f"seogu-{message.pk}",
        "kind": kind or message.kind,
        "to": number,
        "language": language,
        "text": text.in_one_line,
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "x-seogu-id": f"seogu-{message.pk}",
        "x-seogu-signature": signature(gateway.secret, int(now.timestamp()), body),
    }
    try:
        answer = httpx.post(gateway.url, content=body, headers=headers, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SendError(f"the gateway can't be reached: {type(error).__name__}") from error
    if answer.is_success:
        return
    is_refusal = answer.is_client_error and answer.status_code not in PASSING
    raise SendError(f"the gateway answers {answer.status_code}", retry=not is_refusal)
