"""``seogu-bridge`` as the crash tests run it: what it sends goes to a receiver, and leases are short.

An alert's first look at its ladder posts a message of its own beside what it posts in the field, where nobody
is on call.

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
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

RECEIVER = "SEOGU_CRASH_RECEIVER"
OF_A_LOOK = "crash_test"
# What a killed worker had in hand is sent by another after this time (60 s in the field).
LEASE = timedelta(seconds=3)


def main() -> int:
    """Runs the command line with every kind of outgoing message going to the receiver."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "district_bridge.settings"
    django.setup()
    # Only now can models be imported.
    from district_bridge import cli  # noqa: PLC0415
    from district_bridge.escalation import rungs  # noqa: PLC0415
    from district_bridge.outgoing import work  # noqa: PLC0415
    from district_bridge.outgoing.post import post_all, written  # noqa: PLC0415

    work.LEASE, work.LONGEST_SEND_S = LEASE, 1.0
    for kind in {OF_A_LOOK, *work._handlers}:  # noqa: SLF001 - every kind there is
        work.handler(kind)(_send)

    @work.handler_of_many(rungs.KIND)
    def look(messages: Sequence[Outgoing], now: datetime) -> Collection[int]:
        done = rungs.escalate(messages, now)
        # The first look of each alert: later ones come by the clock, for as long as anybody waits.
        looks = [message for message in messages if message.pk in done and not message.payload]
        post_all(
            [written(OF_A_LOOK, now=now, alert_id=each.alert_id, payload={"look": each.pk}) for each in looks]
        )
        return done

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
