"""What the tests of every channel do: let the bridge send, and look at what it noted."""

from datetime import timedelta
from typing import TYPE_CHECKING

from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import work_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

type SetUp = Callable[..., None]

SECOND = timedelta(seconds=1)
GATEWAY_SECRET = "a secret of the gateway"


def work(now: datetime) -> None:
    """Everything that is due is sent."""
    while work_once(now):
        pass


def last(kind: str) -> Outgoing:
    """The newest message of a channel."""
    return Outgoing.objects.filter(kind=kind).latest("id")
