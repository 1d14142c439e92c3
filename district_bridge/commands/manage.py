"""``manage``: Django's own commands on this data folder."""

from typing import TYPE_CHECKING

from django.core.management import execute_from_command_line

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Passes the words on."""
    execute_from_command_line(["seogu-bridge manage", *arguments.rest])
    return 0
