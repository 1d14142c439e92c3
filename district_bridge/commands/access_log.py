"""``access-log verify``: whether the log of who looked at whose data is whole and unchanged."""

import json
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.access import chain
from district_bridge.deployment import DeploymentError

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; the exit status is 1 when something is wrong."""
    chain.extend()
    found = chain.verify(timezone.now(), _expected(arguments.expect))
    head = f"{found.head_seq}:{found.head_link}"
    if arguments.json:
        values = {"holds": found.holds, "entries": found.entries, "unchained": found.unchained}
        print(json.dumps({**values, "head": head, "wrong": found.wrong, "more_wrong": found.more_wrong}))
        return 0 if found.holds else 1
    print(f"entries  {found.entries} (and {found.unchained} that wait for their place)")
    print(f"head     {head}")
    print("the log is whole and unchanged" if found.holds else "THE LOG WAS CHANGED")
    for line in found.wrong:
        print(f"  {line}")
    if found.more_wrong:
        print(f"  … and {found.more_wrong} more")
    return 0 if found.holds else 1


def _expected(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    seq, _, link = text.partition(":")
    if not seq.isdecimal() or not link:
        raise DeploymentError("--expect takes a head as this command prints it: NUMBER:LINK")
    return int(seq), link
