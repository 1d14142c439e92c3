"""``load-demo``: a small invented district to look at, in a bridge that has no homes yet."""

import os
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.commands.passwords import choose_password
from district_bridge.commands.user import ENVIRONMENT_VARIABLE
from district_bridge.deployment import DeploymentError
from district_bridge.simulation import demo

if TYPE_CHECKING:
    import argparse

MOST_HOMES = 100_000


def run(arguments: argparse.Namespace) -> int:
    """Loads it and says who can sign in."""
    if not 0 < arguments.homes < MOST_HOMES:
        raise DeploymentError(f"--homes must be from 1 to {MOST_HOMES - 1}")
    password, made_up = choose_password(os.environ.get(ENVIRONMENT_VARIABLE))
    homes, alerts = demo.load(arguments.homes, arguments.seed, timezone.now(), password)
    print(f"loaded    {homes} invented homes, {alerts} alerts")
    print("people    " + ", ".join(f"{name} ({shown}, {role})" for name, shown, role in demo.PEOPLE))
    print(
        f"password  {password}   (shown this once)" if made_up else f"password  as in {ENVIRONMENT_VARIABLE}"
    )
    print("the homes say nothing by themselves: `seogu-bridge simulate play` speaks for them")
    return 0
