"""``restore``: after the files are back (``district_bridge.backup``), the tables are updated and audited."""

from typing import TYPE_CHECKING

from django.conf import settings

from district_bridge.intake.audit import audit
from district_bridge.processes import tables

if TYPE_CHECKING:
    import argparse


def run(_arguments: argparse.Namespace) -> int:
    """Tells whether what came back is whole; 1 when the audit's sums differ."""
    tables.migrate()
    found = audit()
    print(f"restored  {settings.DEPLOYMENT.folder}")
    print(
        f"audit     received {found.received} = open {found.open} + closed {found.closed}"
        f" + merged {found.merged}"
    )
    for line in found.differences:
        print(f"          {line}")
    print("          the sums hold" if found.holds else "          THE SUMS DIFFER: do not serve this yet")
    return 0 if found.holds else 1
