"""A small district to look at: people, homes, and alerts in every state. Never beside real homes."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.deployment import DeploymentError
from district_bridge.homes.models import Home
from district_bridge.intake import batch
from district_bridge.simulation.home import SimulatedHome, home_id, incident, simulated_home
from district_bridge.simulation.rates import RATES, Rate
from district_bridge.simulation.settle import settle

if TYPE_CHECKING:
    from datetime import datetime

# Newest first: how many minutes ago, and what became of it.
STORY = ((2, "raised"), (5, "raised"), (8, "taken"), (14, "taken"), (50, "closed"), (95, "closed"))
PEOPLE = (("kim", "김복지", Role.CASEWORKER), ("lee", "이당직", Role.DUTY_OFFICER))


SIMULATED = home_id(0).removesuffix("00000")


def refuse_beside_real_homes() -> None:
    """Raises when the bridge has real homes: people must not be mixed with inventions."""
    if Home.objects.exclude(id__startswith=SIMULATED).exists():
        raise DeploymentError("this bridge has real homes; make another data folder for demonstrations")


def load(homes: int, seed: int, now: datetime, password: str) -> tuple[int, int]:
    """Homes, two people and a morning's alerts; how many homes and alerts there are now."""
    refuse_beside_real_homes()
    if Home.objects.exists():
        raise DeploymentError("there is a simulated district already")
    settle(homes, seed, now)
    people = [_person(name, shown, role, password) for name, shown, role in PEOPLE]
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    alerts = 0
    chosen: dict[int, SimulatedHome] = {}  # a home goes on counting its messages
    for minutes, end in sorted(STORY, reverse=True):
        for rate in RATES:
            number = dice.randrange(homes)
            home = chosen.setdefault(number, simulated_home(number, seed))
            _alert(home, rate, now - timedelta(minutes=minutes), end, dice.choice(people))
            alerts += 1
    # The story lies in the past; its homes are online now like all the others.
    limit = timedelta(seconds=settings.SILENCE_LIMIT_S)
    Home.objects.update(last_seen_at=now, deadline_at=now + limit, offline_since=None)
    return homes, alerts


def _person(name: str, shown: str, role: Role, password: str) -> Account:
    person = Account.objects.filter(username=name).first()
    if person is None:
        person = Account.objects.create_user(name, password=password, role=role, display_name=shown)
    person.neighbourhoods.set(Neighbourhood.objects.all())
    return person


def _alert(home: SimulatedHome, rate: Rate, at: datetime, end: str, person: Account) -> None:
    """Told by the home with its own key, as every alert is; then a person does what the story says."""
    evidence = [{"name": name, "value": value, "unit": unit} for name, value, unit in rate.evidence]
    summary = {"ko": rate.summary_ko, "en": rate.summary_en}
    told = incident(rate.kind, at, severity=rate.severity, summary=summary, evidence=evidence)
    batch.take(home.batch([home.incident(told, at)], at).decode(), at)
    if end == "raised":
        return
    alert = Alert.objects.get(home=home.home, incident=told["id"])
    # A lease that began minutes ago would have run out by now: taken on just now, it holds.
    desk.acknowledge(alert.pk, person, at + timedelta(minutes=1) if end == "closed" else timezone.now())
    if end == "closed":
        desk.close(alert.pk, person, "answered_well", "전화로 확인함", at + timedelta(minutes=9))
