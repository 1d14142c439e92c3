"""``enrol-code``: a single-use code for a home."""

import json
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.accounts.models import Neighbourhood
from district_bridge.deployment import DeploymentError
from district_bridge.homes import codes
from district_bridge.homes.models import Home

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Prints the code, this once."""
    code = _for_known_home(arguments) if arguments.home else _for_new_home(arguments)
    if arguments.json:
        print(json.dumps({"code": code.code, "home": code.home, "expires_at": code.expires_at.isoformat()}))
    else:
        print(f"code     {code.code}   (shown this once, for one home)")
        print(f"home     {code.home}")
        print(f"expires  {timezone.localtime(code.expires_at):%Y-%m-%d %H:%M}")
    return 0


def _for_known_home(arguments: argparse.Namespace) -> codes.NewCode:
    home = Home.objects.filter(pk=arguments.home).first()
    if home is None:
        raise DeploymentError(f"there is no home {arguments.home}")
    return codes.new_code(home, timezone.now())


def _for_new_home(arguments: argparse.Namespace) -> codes.NewCode:
    if not arguments.neighbourhood or not arguments.resident:
        raise DeploymentError("a new home needs --neighbourhood and --resident")
    neighbourhood = Neighbourhood.objects.filter(name=arguments.neighbourhood).first()
    if neighbourhood is None:
        known = ", ".join(Neighbourhood.objects.values_list("name", flat=True)) or "none"
        raise DeploymentError(f"there is no neighbourhood {arguments.neighbourhood} (there are: {known})")
    return codes.open_home(neighbourhood, arguments.resident, timezone.now())
