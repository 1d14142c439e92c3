"""The command line's words about access and privacy, added to the parser by ``district_bridge.cli``."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def add(add_command: Callable[[str, str, str], argparse.ArgumentParser], path: type[Path]) -> None:
    """Adds ``access-log``, ``rotate-keys``, ``retention`` and ``second-factor``."""
    log = add_command("access-log", "access_log", "who looked at whose data")
    verify = log.add_subparsers(dest="action", required=True).add_parser(
        "verify", help="check that the log is whole and unchanged; the exit status is 1 when it is not"
    )
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--expect",
        metavar="HEAD",
        help="a head that was printed before and noted somewhere else: NUMBER:LINK",
    )
    rotate = add_command("rotate-keys", "rotate_keys", "a new key for personal fields; seals them all anew")
    rotate.add_argument("--resume", action="store_true", help="no new key: go on with a run that was stopped")
    rotate.add_argument(
        "--drop-unused",
        action="store_true",
        help="instead: drop keys that seal nothing any more (a day after a rotation at the earliest)",
    )
    retention = add_command(
        "retention", "retention", "what is past its time (the bridge destroys it once a day)"
    )
    retention.add_argument("--destroy", action="store_true", help="destroy it now")
    factor = add_command("second-factor", "second_factor", "second factors of people who sign in")
    reset = factor.add_subparsers(dest="action", required=True).add_parser(
        "reset", help="for a person whose telephone is lost: signs them out, a new one is set up at sign-in"
    )
    reset.add_argument("username", metavar="NAME")
    for parser in (verify, reset):
        parser.add_argument("--data", type=path, default=argparse.SUPPRESS, metavar="DIR")
