"""``python -m rig.load.settle settle HOMES SEED``: simulated homes in the data folder's database, quickly."""

import os
import sys
from datetime import UTC, datetime

import django


def main() -> int:
    """Settles them; their keys follow from the seed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "district_bridge.settings"
    django.setup()
    from district_bridge.simulation.settle import settle  # noqa: PLC0415 - needs Django's set-up

    settle(int(sys.argv[2]), int(sys.argv[3]), datetime.now(UTC))
    return 0


if __name__ == "__main__":
    sys.exit(main())
