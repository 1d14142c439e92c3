"""Looking up who signs, and taking a key's right to sign away."""

from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.homes.models import EnrolmentCode, Home, HomeKey, KeyOwner, Link, RevokedBecause
from district_bridge.live import home_topic, hub
from district_bridge.wire.problems import MalformedError, RevokedError, UnknownKeyError

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
def revoke(key: HomeKey, reason: str, now: datetime, because: str = RevokedBecause.OTHER) -> None:
    """Ends a key's right to sign. A home without any key of its own is no longer watched.

    ``because`` decides what follows. After a move or a death nobody is left to speak for: the home's other
    keys (its robot's) and its codes end as well, and the resident's data is destroyed in its time.
    """
    home = Home.objects.select_for_update().get(pk=key.home_id)
    ended = HomeKey.objects.filter(home=home, revoked_at=None)
    if because in {RevokedBecause.MOVED, RevokedBecause.DIED}:
        EnrolmentCode.objects.filter(home=home, used_at=None, expires_at__gt=now).update(expires_at=now)
    else:
        ended = ended.filter(pk=key.pk)
    ended.update(revoked_at=now, revoked_reason=reason, revoked_because=because)
    if not home.keys.filter(owner=KeyOwner.HOME, revoked_at=None).exists():
        home.link, home.deadline_at, home.offline_since = Link.REVOKED, None, None
        home.save(update_fields=["link", "deadline_at", "offline_since"])
    transaction.on_commit(lambda: hub.wake(home_topic(home.id)))


@transaction.atomic
def rotate(old: HomeKey, jwk: dict[str, str], kid: str, now: datetime) -> HomeKey:
    """Puts a new key of the same owner in the place of a valid one; the old one ends at once.

    The caller has checked that whoever holds the old key also holds the new one. The same rotation again
    (its answer was lost) gives the same key.
    """
    Home.objects.select_for_update().get(pk=old.home_id)
    known = HomeKey.objects.filter(kid=kid).first()
    if known is not None:
        if (known.home_id, known.owner, known.revoked_at) == (old.home_id, old.owner, None):
            return known
        raise MalformedError("this key was enrolled before; make a new key")
    made = HomeKey.objects.create(
        kid=kid, home_id=old.home_id, owner=old.owner, robot=old.robot, jwk=jwk, added_at=now
    )
    ended = HomeKey.objects.filter(pk=old.pk, revoked_at=None)
    if not ended.update(revoked_at=now, revoked_reason="rotated", revoked_because=RevokedBecause.REPLACED):
        raise RevokedError("the district has revoked this key; ask the district office")
    return made
