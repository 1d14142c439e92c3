"""Asking homes and robots to make themselves a new key: once a year, and when a person wants it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from district_bridge.downlink import post
from district_bridge.homes.models import Home, HomeKey, Link
from district_bridge.homes.system import BRIDGE_HOME, DRILL_HOME

# Messages to a home are kept for 30 days: who has not answered by then is asked again.
AGAIN_AFTER = timedelta(days=30)
# A district that was enrolled in one week is not asked in one night: so many each time.
ASKED_AT_ONCE = 100


class NothingToRotateError(Exception):
    """The key can't be changed by its device: it has ended, or two devices use it."""


@transaction.atomic
def ask(key: HomeKey, now: datetime) -> None:
    """Asks the device that signs with ``key`` for a new one. Raises ``NothingToRotateError``."""
    Home.objects.select_for_update().get(pk=key.home_id)
    asked = HomeKey.objects.filter(pk=key.pk, revoked_at=None, held_at=None)
    if not asked.update(rotation_asked_at=now):
        raise NothingToRotateError
    post.post_rotate_key(key.home_id, key.kid, now)


def ask_those_due(now: datetime, limit: int = ASKED_AT_ONCE) -> int:
    """Asks those whose key has become old; how many. Only homes that are there: others are asked later."""
    if settings.KEY_DAYS <= 0:
        return 0
    due = HomeKey.objects.filter(
        Q(rotation_asked_at=None) | Q(rotation_asked_at__lt=now - AGAIN_AFTER),
        revoked_at=None,
        held_at=None,
        takes_over=None,
        added_at__lt=now - timedelta(days=settings.KEY_DAYS),
        home__link=Link.ONLINE,
    ).exclude(home_id__in=[DRILL_HOME, BRIDGE_HOME])
    asked = 0
    for key in due.order_by("added_at")[:limit]:
        try:
            ask(key, now)
        except NothingToRotateError:
            continue
        asked += 1
    return asked
