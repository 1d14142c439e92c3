"""Kills one of the four processes at a random moment of the fall's story, many times over.

Prints one line a kill. Lost: the fall never became an alert. Doubled: it became more than one.
"""

import argparse
import json
import statistics
import sys
from collections import Counter
from pathlib import Path

from rig.kills import VICTIMS, Outcome, kill_once
from rig.system import System


def main() -> int:
    """Runs the kills; 1 when an alert was lost or doubled."""
    parser = argparse.ArgumentParser(prog="script/bench kills", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    outcomes = []
    with System() as system:
        system.start()
        system.set_up_home()
        for seed in range(options.first, options.first + options.seeds):
            outcomes.append(kill_once(system, seed))
            print(outcomes[-1], flush=True)
        audit = system.bridge.audit().strip()
    figures = _figures(outcomes)
    print()
    print("Measured on the running system (real broker, bridge, Home Assistant and robot):")
    print("kill -9 at a seeded moment, start again after 0.5 to 15 s, counted in the bridge's database.")
    for name, value in figures.items():
        print(f"  {name:<28} {value}")
    print(f"  audit: {audit.splitlines()[-1]}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if figures["lost"] or figures["doubled"] else 0


def _figures(outcomes: list[Outcome]) -> dict[str, float]:
    victims = Counter(outcome.victim for outcome in outcomes)
    return {
        "kills": len(outcomes),
        **{f"kills_{victim}": victims[victim] for victim in VICTIMS},
        "lost": sum(outcome.lost for outcome in outcomes),
        "doubled": sum(outcome.doubled for outcome in outcomes),
        "settled_median_s": round(statistics.median(outcome.took_s for outcome in outcomes), 1),
        "settled_worst_s": max(outcome.took_s for outcome in outcomes),
    }


if __name__ == "__main__":
    sys.exit(main())
