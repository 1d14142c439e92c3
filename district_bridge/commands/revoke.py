"""``revoke``: a home moved, its device was stolen, a key is in wrong hands."""

from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.deployment import DeploymentError
from district_bridge.homes import keys
from district_bridge.homes.models import HomeKey

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Revokes the named key, or every key of the home."""
    found = HomeKey.objects.filter(home_id=arguments.home, revoked_at=None)
    if arguments.kid:
        found = found.filter(kid=arguments.kid)
    revoked = list(found)
    if not revoked:
        raise DeploymentError(f"{arguments.home} has no such key that is valid")
    for key in revoked:
        keys.revoke(key, arguments.reason, timezone.now(), arguments.because)
        print(f"revoked  {key.owner}  {key.kid}")
    return 0
