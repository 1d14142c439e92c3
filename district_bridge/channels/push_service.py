"""One push to a browser's push service. Apart from the rest because its libraries are slow to load."""

from typing import TYPE_CHECKING

import requests
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from district_bridge.channels import vapid
from district_bridge.outgoing.work import SendError

if TYPE_CHECKING:
    from district_bridge.channels.models import PushSubscription

TIMEOUT_S = 10
# A push that comes hours late helps nobody: the ladder has gone on by then.
KEPT_S = 600


def push(subscription: PushSubscription, content: str, contact: str) -> int:
    """The status that the push service answers."""
    with requests.Session() as session:
        try:
            answer = webpush(
                {
                    "endpoint": subscription.endpoint,
                    "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
                },
                data=content,
                vapid_private_key=Vapid02(vapid.private_key()),
                vapid_claims={"sub": contact},
                ttl=KEPT_S,
                timeout=TIMEOUT_S,
                headers={"urgency": "high"},
                requests_session=session,
            )
        except WebPushException as error:
            if error.response is None:
                raise SendError("the browser's keys can't be used", retry=False) from error
            return int(error.response.status_code)
        except ValueError as error:
            raise SendError("the browser's keys can't be used", retry=False) from error
        except requests.RequestException as error:
            raise SendError(f"the push service can't be reached: {type(error).__name__}") from error
    return int(answer.status_code)
