"""Kills what serves, sends and stores with -9 at seeded moments under load, on both databases, 400 times.

Prints one line a round of kills. Lost: receipted, and not in the database. Never sent: an outgoing message
that did not reach the receiver. All of them must be 0.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from rig.load.crash import Outcome, crash
from rig.load.postgres import Postgres

ROUND = 25


def main() -> int:
    """Runs the kills; 1 when anything was lost, doubled or forgotten."""
    parser = argparse.ArgumentParser(prog="script/bench crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=400, help="half of them on each database")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    found: dict[str, list[Outcome]] = {"sqlite": [], "postgresql": []}
    for database, outcomes in found.items():
        left, seed = options.kills // 2, options.seed
        while left > 0:
            outcomes.append(_round(database, min(ROUND, left), seed))
            print(f"{database}, seed {seed}: {outcomes[-1]}", flush=True)
            left, seed = left - ROUND, seed + 1
    figures = {
        f"{database}_{name}": value
        for database, outcomes in found.items()
        for name, value in _figures(outcomes).items()
    }
    print("\nMeasured on real processes: kill -9 under load, start again at once, counted in the database")
    print("and at the receiver. PostgreSQL: two serve, two worker, fsync on; SQLite: one serve.")
    for name, value in figures.items():
        print(f"  {name:<28} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one.is_good for outcomes in found.values() for one in outcomes) else 1


def _round(database: str, kills: int, seed: int) -> Outcome:
    if database == "sqlite":
        return crash(None, kills=kills, seed=seed)
    server = Postgres()
    server.start()
    try:
        return crash(server, kills=kills, seed=seed)
    finally:
        server.stop()


def _figures(outcomes: list[Outcome]) -> dict[str, int]:
    kills: Counter[str] = sum((one.kills for one in outcomes), Counter())
    return {
        "kills": kills.total(),
        **{f"kills_{kind}": number for kind, number in sorted(kills.items())},
        "receipted": sum(one.receipted for one in outcomes),
        "lost": sum(one.lost for one in outcomes),
        "doubled": sum(one.doubled for one in outcomes),
        "unknown": sum(one.unknown for one in outcomes),
        "outgoing": sum(one.outgoing for one in outcomes),
        "never_sent": sum(one.never_sent for one in outcomes),
        "unmarked": sum(one.unmarked for one in outcomes),
        "looked_twice": sum(one.looked_twice for one in outcomes),
        "sent_twice": sum(one.sent_twice for one in outcomes),
        "audits_that_differ": sum(not one.audit_holds for one in outcomes),
    }


if __name__ == "__main__":
    sys.exit(main())
