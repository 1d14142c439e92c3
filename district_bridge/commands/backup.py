"""``backup``: a folder with the database as it is now and every key, while the bridge goes on."""

from typing import TYPE_CHECKING

from django.conf import settings

from district_bridge import backup

if TYPE_CHECKING:
    import argparse

KIB = 1024


def run(arguments: argparse.Namespace) -> int:
    """Makes it and says where it is."""
    taken = backup.take(settings.DEPLOYMENT, arguments.into.expanduser().absolute())
    print(f"backup   {taken.folder}")
    print(f"holds    {taken.files} files, {taken.size / KIB / KIB:.1f} MiB, with the bridge's keys:")
    print("         keep it where only those may read it who may run the bridge")
    return 0
