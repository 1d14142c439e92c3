"""Looking up who signs, and taking a key's right to sign away."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from district_bridge.homes.models import (
    STILL_HEARD,
    EnrolmentCode,
    Home,
    HomeKey,
    KeyOwner,
    Link,
    RevokedBecause,
)
from district_bridge.live import home_topic, hub
from district_bridge.wire.problems import HeldError, MalformedError, RevokedError, UnknownKeyError

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

HELD = "another device has used this key; emergencies are taken. Ask the district office for a new code"


def valid_key(kid: str, boot: str = "") -> HomeKey:
    """The key named ``kid``, which may sign now for the program ``boot``; raises the problem otherwise."""
    key = HomeKey.objects.filter(kid=kid).first()
    if key is None:
        raise UnknownKeyError("no home was enrolled with this key")
    if not key.is_heard:
        raise RevokedError("the district has revoked this key; ask the district office")
    if key.revoked_at is not None or (key.held_at is not None and boot != key.boot):
        raise HeldError(HELD)
    return key


def still_heard(home_id: str) -> QuerySet[HomeKey]:
    """The keys of a home whose emergencies are taken."""
    return HomeKey.objects.filter(STILL_HEARD, home_id=home_id)


def end(found: QuerySet[HomeKey], reason: str, because: str, now: datetime) -> None:
    """No message that is signed with these keys is taken any more."""
    # One that had ended by a rotation keeps its day.
    found.filter(STILL_HEARD).update(
        revoked_at=Coalesce(F("revoked_at"), now), revoked_reason=reason, revoked_because=because
    )


@transaction.atomic
def revoke(key: HomeKey, reason: str, now: datetime, because: str = RevokedBecause.OTHER) -> None:
    """Ends a key's right to sign. A home without any key of its own is no longer watched.

    ``because`` decides what follows. After a move or a death nobody is left to speak for: the home's other
    keys (its robot's) and its codes end as well, and the resident's data is destroyed in its time. A key that
    was to take this one's place ends with it: whoever held this one may have made that one.
    """
    home = Home.objects.select_for_update().get(pk=key.home_id)
    ended = HomeKey.objects.filter(home=home)
    if because in {RevokedBecause.MOVED, RevokedBecause.DIED}:
        EnrolmentCode.objects.filter(home=home, used_at=None, expires_at__gt=now).update(expires_at=now)
    else:
        ended = ended.filter(pk__in=[key.pk, *key.successors.values_list("pk", flat=True)])
    end(ended, reason, because, now)
    if not home.keys.filter(owner=KeyOwner.HOME, revoked_at=None).exists():
        home.link, home.deadline_at, home.offline_since = Link.REVOKED, None, None
        home.save(update_fields=["link", "deadline_at", "offline_since"])
    transaction.on_commit(lambda: hub.wake(home_topic(home.id)))


def add_successor(old: HomeKey, jwk: dict[str, str], kid: str, now: datetime) -> HomeKey:
    """A new key of the same owner. When it is first used it takes the place of ``old``; till then both sign.

    The caller has locked the home and checked that whoever signs with ``old`` also holds the new key. The
    same again (its receipt was lost) gives the same key. An earlier successor that was never used ends.
    """
    known = HomeKey.objects.filter(kid=kid).first()
    if known is not None:
        if (known.home_id, known.owner, known.revoked_at) != (old.home_id, old.owner, None):
            raise MalformedError("this key was enrolled before; make a new key")
        if known.takes_over_id is None and known.pk != old.pk and known.robot == old.robot:
            # The home has vouched for its robot's new key before the robot could tell of it.
            HomeKey.objects.filter(pk=known.pk).update(takes_over=old)
        return known
    end(old.successors.all(), "never used, another new key came", RevokedBecause.REPLACED, now)
    old.successors.update(takes_over=None)
    return HomeKey.objects.create(
        kid=kid,
        home_id=old.home_id,
        owner=old.owner,
        robot=old.robot,
        jwk=jwk,
        added_at=now,
        takes_over=old,
    )


def took_over(kid: str, old_id: int, home_id: str, now: datetime) -> None:
    """The new key was used: nobody needs the old one any more. In the caller's transaction."""
    HomeKey.objects.filter(kid=kid).update(takes_over=None)
    HomeKey.objects.filter(pk=old_id, revoked_at=None).update(
        revoked_at=now, revoked_reason="rotated", revoked_because=RevokedBecause.ROTATED
    )
    transaction.on_commit(lambda: hub.wake(home_topic(home_id)))


@transaction.atomic
def release(key: HomeKey) -> None:
    """A person is sure that only one device uses the key: whoever speaks next is believed again."""
    Home.objects.select_for_update().get(pk=key.home_id)
    HomeKey.objects.filter(pk=key.pk, revoked_at=None).update(
        held_at=None, boot="", boot_at=None, past_boots="", returned_boot=None
    )


def homes_with_held_keys() -> int:
    """How many homes have a key that two devices use, and nobody has settled it."""
    held = HomeKey.objects.filter(STILL_HEARD, held_at__isnull=False)
    return held.values("home_id").distinct().count()
