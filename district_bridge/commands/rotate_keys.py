"""``rotate-keys``: a new key for personal fields, and everything sealed anew with it."""

from typing import TYPE_CHECKING

from district_bridge.privacy import keyring, rotation

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Rotates, goes on with a stopped run, or drops old keys; all while the bridge may be serving."""
    if arguments.drop_unused:
        dropped = rotation.drop_unused()
        print(f"dropped      {', '.join(dropped) or 'none: every key is in use'}")
        if dropped:
            print("backups from before the last rotation need a copy of the key ring as it was then")
        return 0
    current = keyring.ring().current if arguments.resume else rotation.begin()
    print(f"current key  {current}")
    print(f"sealed anew  {rotation.reseal()} rows")
    print(f"back up {keyring.file()} now, apart from the database")
    return 0
