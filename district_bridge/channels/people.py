"""Where a message goes: looked up when it is sent, for the message itself holds only ids."""

from typing import TYPE_CHECKING

from district_bridge.channels.models import Reach
from district_bridge.outgoing.work import NotNeededError

if TYPE_CHECKING:
    from district_bridge.outgoing.models import Outgoing


def reach_of(message: Outgoing) -> Reach:
    """How the person of this message is reached; one who left the district is told nothing."""
    found = (
        Reach.objects.select_related("account")
        .filter(account=message.payload.get("account"), account__is_active=True)
        .first()
    )
    if found is None:
        raise NotNeededError("this person is not reached here any more")
    return found
