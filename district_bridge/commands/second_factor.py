"""``second-factor reset``: for a person whose telephone and recovery codes are lost."""

from typing import TYPE_CHECKING

from district_bridge.accounts import second_factor
from district_bridge.accounts.models import Account
from district_bridge.deployment import DeploymentError

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Takes the second factor away; the person sets up a new one at the next sign-in."""
    account = Account.objects.filter(username=arguments.username).first()
    if account is None:
        raise DeploymentError(f"there is no person with the log-in name {arguments.username}")
    second_factor.reset(account)
    print(
        f"reset  {account.username}: signed out everywhere, sets up a new second factor at the next sign-in"
    )
    return 0
