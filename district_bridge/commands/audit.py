"""``audit``: received = open + closed + merged, or it says so and fails."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from district_bridge.intake.audit import audit

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Prints the sums; the exit status is 1 when they differ."""
    found = audit()
    if arguments.json:
        print(json.dumps({**asdict(found), "holds": found.holds}))
    else:
        print(
            f"received {found.received} = open {found.open} + closed {found.closed} + merged {found.merged}"
        )
        print("the sums hold" if found.holds else "THE SUMS DIFFER")
        for line in found.differences:
            print(f"  {line}")
    return 0 if found.holds else 1
