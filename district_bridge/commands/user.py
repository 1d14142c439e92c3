"""``user add``: people who sign in to the dashboard."""

import os
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from district_bridge.accounts import second_factor
from district_bridge.accounts.models import Account, Neighbourhood
from district_bridge.commands.passwords import choose_password
from district_bridge.deployment import DeploymentError

if TYPE_CHECKING:
    import argparse

ENVIRONMENT_VARIABLE = "SEOGU_BRIDGE_USER_PASSWORD"
TOTP_VARIABLE = "SEOGU_BRIDGE_USER_TOTP_SECRET"


def run(arguments: argparse.Namespace) -> int:
    """Makes an account and the neighbourhoods it names."""
    if Account.objects.filter(username=arguments.username).exists():
        raise DeploymentError(f"there is already a person with the log-in name {arguments.username}")
    password, made_up = choose_password(os.environ.get(ENVIRONMENT_VARIABLE))
    with transaction.atomic():
        account = Account.objects.create_user(
            arguments.username,
            password=password,
            password_is_made_up=made_up,
            role=arguments.role,
            display_name=arguments.display_name or arguments.username,
        )
        for name in arguments.neighbourhood:
            account.neighbourhoods.add(Neighbourhood.objects.get_or_create(name=name)[0])
        factor = second_factor.set_from_environment(account, TOTP_VARIABLE, timezone.now())
    given = ", ".join(arguments.neighbourhood) or "no neighbourhood"
    print(f"added     {account.username} ({account.role}; {given})")
    print(
        f"password  {password}   (shown this once)" if made_up else f"password  as in {ENVIRONMENT_VARIABLE}"
    )
    print(f"2nd step  {factor or 'is set up at the first sign-in'}")
    return 0
