"""``seogu-bridge`` as the crash tests run it: what it sends goes to a receiver, and leases are short.

Everything else is the program that an operator starts:  ``python -m rig.load.program serve --port 0``.
"""

import http.client
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import django

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

RECEIVER = "SEOGU_CRASH_RECEIVER"
# What a killed worker had in hand is sent by another after this time (60 s in the field).
LEASE = timedelta(seconds=3)


def main() -> int:
    """Runs the command line with every kind of outgoing message going to the receiver."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "district_bridge.settings"
    django.setup()
    # Only now can models be imported.
    from district_bridge import cli  # noqa: PLC0415
    from district_bridge.outgoing import work  # noqa: PLC0415

    work.LEASE, work.LONGEST_SEND_S = LEASE, 1.0
    for kind in {"escalate", *work._handlers}:  # noqa: SLF001 - every kind there is
        work.handler(kind)(_send)
    return cli.main(sys.argv[1:])


def _send(message: Outgoing, _now: datetime) -> None:
    receiver = urlsplit(os.environ[RECEIVER])
    connection = http.client.HTTPConnection(str(receiver.hostname), receiver.port, timeout=1)
    try:
        connection.request("POST", f"/{message.pk}")
        if connection.getresponse().status != http.HTTPStatus.OK:
            raise ConnectionError("the receiver refused the message")
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
