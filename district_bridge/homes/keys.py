"""Looking up who signs, and taking a key's right to sign away."""

from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.homes.models import Home, HomeKey, KeyOwner, Link
from district_bridge.live import home_topic, hub
from district_bridge.wire.problems import RevokedError, UnknownKeyError

if TYPE_CHECKING:
    from datetime import datetime


def valid_key(kid: str) -> HomeKey:
    """The key named ``kid``, which may sign now; raises the problem otherwise."""
    key = HomeKey.objects.filter(kid=kid).first()
    if key is None:
        raise UnknownKeyError("no home was enrolled with this key")
    if key.revoked_at is not None:
        raise RevokedError("the district has revoked this key; ask the district office")
    return key


@transaction.atomic
def revoke(key: HomeKey, reason: str, now: datetime) -> None:
    """Ends a key's right to sign. A home without any key of its own is no longer watched."""
    home = Home.objects.select_for_update().get(pk=key.home_id)
    HomeKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now, revoked_reason=reason)
    if not home.keys.filter(owner=KeyOwner.HOME, revoked_at=None).exists():
        home.link, home.deadline_at, home.offline_since = Link.REVOKED, None, None
        home.save(update_fields=["link", "deadline_at", "offline_since"])
    transaction.on_commit(lambda: hub.wake(home_topic(home.id)))
