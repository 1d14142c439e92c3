"""Homes and people as the tests need them, made in the test's own database."""

import importlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from district_bridge import cli
from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.alerts import desk
from district_bridge.alerts.life import Reporter
from district_bridge.homes import codes
from district_bridge.homes.models import Home, HomeKey, KeyOwner
from district_bridge.supervision import watch
from district_bridge.wire import messages
from tests.district_bridge.home_side import Signing, incident, message

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert


def neighbourhood(name: str = "둔산1동") -> Neighbourhood:
    return Neighbourhood.objects.get_or_create(name=name)[0]


def caseworker(username: str = "kim", *names: str, role: Role = Role.CASEWORKER) -> Account:
    account = Account.objects.create_user(
        username, password="dunsan-4821-moon", role=role, display_name=f"{username} 복지사"
    )
    account.neighbourhoods.set([neighbourhood(name) for name in names or ("둔산1동",)])
    return account


def enrolled_home(
    signing: Signing | None = None,
    now: datetime | None = None,
    where: str = "둔산1동",
    resident: str = "김순자",
) -> Home:
    """A home whose key is known, as after its enrolment."""
    moment = now or timezone.now()
    home = Home.objects.get(pk=codes.open_home(neighbourhood(where), resident, moment).home)
    if signing is not None:
        HomeKey.objects.create(
            kid=signing.kid, home=home, owner=KeyOwner.HOME, jwk=signing.jwk, added_at=moment
        )
    with transaction.atomic():
        watch.spoke(home, KeyOwner.HOME, moment)
        home.save()
    return home


def read_incident(**more: object) -> messages.Incident:
    read = messages.read(message("incident", incident=incident(**more)))
    assert isinstance(read, messages.IncidentMessage)
    return read.incident


def raised_alert(home: Home, now: datetime | None = None, **more: object) -> Alert:
    with transaction.atomic():
        return desk.report(home, read_incident(**more), Reporter.HOME, now or timezone.now())


def run_command(*words: str) -> int:
    """An operator's command on the test's own database; its exit status."""
    arguments = cli._parser().parse_args(words)
    return int(importlib.import_module(cli.COMMANDS + arguments.module).run(arguments))
