"""``retention``: what is past its time, and its destruction."""

import os
import pwd
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.privacy import retention

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Shows what is due; with ``--destroy`` destroys it now (the serving bridge does so once a day)."""
    now = timezone.now()
    if not arguments.destroy:
        counts = retention.due(now)
        for kept in retention.CLASSES:
            print(f"{counts[kept.id]:>8}  {kept.id:<20} kept {kept.for_.days} days  {kept.title}")
        return 0
    records = retention.run(now, by=f"command line ({pwd.getpwuid(os.getuid()).pw_name})")
    for record in records:
        print(f"{record.count:>8}  {record.kind:<20} {record.failure or 'destroyed'}")
    return 1 if any(record.failure for record in records) else 0
