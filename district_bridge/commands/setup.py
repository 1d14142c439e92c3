"""``init``: the tables, an administrator, a first neighbourhood. What it finds it leaves as it is."""

import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from district_bridge.accounts import second_factor
from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.commands.passwords import choose_password
from district_bridge.processes import tables

if TYPE_CHECKING:
    import argparse

ENVIRONMENT_VARIABLE = "SEOGU_BRIDGE_ADMIN_PASSWORD"
TOTP_VARIABLE = "SEOGU_BRIDGE_ADMIN_TOTP_SECRET"


def run(arguments: argparse.Namespace) -> int:
    """Sets up what is missing and says where it is."""
    tables.migrate()
    neighbourhood, _ = Neighbourhood.objects.get_or_create(name=arguments.neighbourhood)
    print(f"data folder    {settings.DEPLOYMENT.folder}")
    print(f"neighbourhood  {neighbourhood.name}")
    if Account.objects.filter(username=arguments.admin).exists():
        print(f"administrator  {arguments.admin} (was there already; the password is unchanged)")
        return 0
    password, made_up = choose_password(os.environ.get(ENVIRONMENT_VARIABLE))
    account = Account.objects.create_user(
        arguments.admin,
        password=password,
        password_is_made_up=made_up,
        role=Role.ADMIN,
        display_name=arguments.admin,
    )
    account.neighbourhoods.add(neighbourhood)
    print(f"administrator  {arguments.admin}")
    print(
        f"password       {password}   (shown this once)"
        if made_up
        else f"password       as in {ENVIRONMENT_VARIABLE}"
    )
    factor = second_factor.set_from_environment(account, TOTP_VARIABLE, timezone.now())
    print(f"second factor  {factor or 'is set up at the first sign-in'}")
    return 0
