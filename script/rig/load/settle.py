"""Settles and changes a district in the data folder's database, quickly, past the front door.

``python -m rig.load.settle settle HOMES SEED``: simulated homes, whose keys follow from the seed.
``… alerts COUNT``: open alerts until there are so many. ``… silence SECONDS``: every home's deadline passes
within so many seconds from now.
"""

import os
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid7

import django

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 5_000
AWAKE_S = 7_200


def main() -> int:
    """One of the three."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "district_bridge.settings"
    django.setup()
    what, *numbers = sys.argv[1:]
    actions: dict[str, Callable[..., None]] = {"settle": _settle, "alerts": _alerts, "silence": _silence}
    actions[what](*(int(number) for number in numbers))
    return 0


def _settle(homes: int, seed: int) -> None:
    from district_bridge.simulation.settle import settle  # noqa: PLC0415 - needs Django's set-up

    settle(homes, seed, datetime.now(UTC))
    # They say nothing until they are told to: nobody shall wonder meanwhile.
    _deadlines(AWAKE_S)


def _alerts(wanted: int) -> None:
    from district_bridge.alerts.models import Alert, Severity, State, Step, Transition  # noqa: PLC0415
    from district_bridge.homes.models import Home  # noqa: PLC0415

    homes = list(Home.objects.values_list("pk", flat=True))
    dice = random.Random(wanted)  # noqa: S311 - a load, not secrets
    there = Alert.objects.exclude(state=State.CLOSED).count()
    while there < wanted:
        now = datetime.now(UTC)
        many = min(MANY, wanted - there)
        made = Alert.objects.bulk_create(
            Alert(
                home_id=dice.choice(homes),
                incident=uuid7(),
                kind=dice.choice(["fall", "help_call", "inactivity"]),
                severity=dice.choice(list(Severity)),
                origin="home",
                opened_at=now,
                received_at=now - timedelta(seconds=dice.randint(0, 86_400)),
                changed_at=now,
                summary_ko="움직임이 없습니다.",
                summary_en="No movement.",
            )
            for _ in range(many)
        )
        Transition.objects.bulk_create(
            Transition(alert=alert, at=now, step=Step.RAISED, state=State.RAISED, source="home")
            for alert in made
        )
        there += many
    _analyse()


def _silence(seconds: int) -> None:
    _deadlines(0, seconds)


def _deadlines(first_s: int, within_s: int = 1) -> None:
    """Every home's deadline, evenly spread from ``first_s`` on over ``within_s`` (seconds from now)."""
    from django.db import connection  # noqa: PLC0415 - needs Django's set-up

    later = f"{first_s} + (abs(random()) % {within_s * 1_000}) / 1000.0"
    moment = {
        "postgresql": f"now() + ({first_s} + random() * {within_s}) * interval '1 second'",
        "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 'now', ({later}) || ' seconds')",
    }[connection.vendor]
    with connection.cursor() as cursor:
        # The bridge's own homes have none: nobody waits for a word of theirs.
        watched = "WHERE id LIKE 'h-sim-%%'"
        cursor.execute(f"UPDATE homes_home SET deadline_at = {moment} {watched}")  # noqa: S608 - numbers of ours


def _analyse() -> None:
    """As the database does by itself in the night."""
    from django.db import connection  # noqa: PLC0415 - needs Django's set-up

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
