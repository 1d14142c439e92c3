"""Settles a simulated district in a bridge's database: neighbourhoods, homes, residents and keys."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from district_bridge.accounts.models import Neighbourhood
from district_bridge.homes.models import Home, HomeKey, KeyOwner, Link, Resident
from district_bridge.simulation.home import home_id, simulated_home
from district_bridge.simulation.people import NEIGHBOURHOODS, resident_name

if TYPE_CHECKING:
    from datetime import datetime

SOFTWARE = "simulated"
MANY = 2_000


@transaction.atomic
def settle(count: int, seed: int, now: datetime, *, neighbourhoods: int = len(NEIGHBOURHOODS)) -> None:
    """Makes ``count`` homes that are online now, spread over the neighbourhoods."""
    places = [Neighbourhood.objects.get_or_create(name=name)[0] for name in NEIGHBOURHOODS[:neighbourhoods]]
    dice = random.Random(seed)  # noqa: S311 - invented people, not secrets
    deadline = now + timedelta(seconds=settings.SILENCE_LIMIT_S)
    for first in range(0, count, MANY):
        numbers = range(first, min(first + MANY, count))
        Home.objects.bulk_create(
            Home(
                id=home_id(number),
                neighbourhood=places[number % len(places)],
                created_at=now,
                software=SOFTWARE,
                link=Link.ONLINE,
                last_seen_at=now,
                deadline_at=deadline,
            )
            for number in numbers
        )
        Resident.objects.bulk_create(
            Resident(home_id=home_id(number), name=resident_name(dice)) for number in numbers
        )
        homes = (simulated_home(number, seed) for number in numbers)
        HomeKey.objects.bulk_create(
            HomeKey(kid=home.kid, home_id=home.home, owner=KeyOwner.HOME, jwk=home.jwk, added_at=now)
            for home in homes
        )
