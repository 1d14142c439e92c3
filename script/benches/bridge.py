"""Measures the bridge under a district's load, on PostgreSQL and on SQLite, beside a plain Django view.

Real processes and real signatures: the load generator is a process of its own that signs ahead of time and
speaks raw HTTP/1.1 on connections that stay open. PostgreSQL writes with fsync on, SQLite with synchronous
FULL. Server, database and generator share this machine's cores.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from rig.load import phases
from rig.load.phases import QUICK, Figures, Size
from rig.load.postgres import Postgres
from rig.load.stand import Stand

PARTS = ("news", "throughput", "pages", "storm")


def main() -> int:
    """Runs the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="script/bench bridge", description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite", "both"], default="both")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part (may be repeated)")
    parser.add_argument("--serves", type=int, default=1, help="serve processes on PostgreSQL")
    parser.add_argument("--quick", action="store_true", help="small: whether it works, not how fast it is")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    size = QUICK if options.quick else Size()
    databases = ["postgresql", "sqlite"] if options.database == "both" else [options.database]
    figures: Figures = {}
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {size}, serves={options.serves}")
    print(f"load on the machine before: {os.getloadavg()[0]:.1f}", flush=True)
    for database in databases:
        found = _measure(database, size, options.part or PARTS, options.serves)
        figures |= {f"{database}_{name}": value for name, value in found.items()}
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _measure(database: str, size: Size, parts: list[str] | tuple[str, ...], serves: int) -> Figures:
    postgres = None
    if database == "postgresql":
        postgres = Postgres("shared_buffers=256MB", "max_connections=300")
        postgres.start()
    stand = Stand(postgres, homes=size.homes, serves=serves)
    figures: Figures = {f"idle_{name}": value for name, value in stand.memory().items()}
    try:
        for part in parts:
            found = getattr(phases, part)(stand, size)
            if part == "throughput":
                address = (
                    postgres.database("plain") if postgres else f"sqlite:///{stand.site.folder}/plain.sqlite3"
                )
                found |= phases.plain(address, postgres, size)
                found |= _against(found)
            _show(database, part, found)
            figures |= found
    finally:
        if stand.site.log():
            print(stand.site.log()[-2_000:], file=sys.stderr)
        stand.remove()
        if postgres is not None:
            postgres.stop()
    return figures


def _against(found: Figures) -> Figures:
    """The bridge against the plain view as Django comes, and against the best it can be had."""
    figures: Figures = {"alerts_512_over_64": _ratio(found["alerts_512_per_s"], found["alerts_64_per_s"])}
    for plain in ("plain", "plain_kept"):
        figures |= {
            f"alerts_64_over_{plain}": _ratio(found["alerts_64_per_s"], found[f"{plain}_64_per_s"]),
            f"alerts_64_p99_over_{plain}": _ratio(found["alerts_64_p99_ms"], found[f"{plain}_64_p99_ms"]),
            f"heartbeats_512_over_{plain}": _ratio(
                found["heartbeats_512_per_s"], found[f"{plain}_512_per_s"]
            ),
            f"alert_cpu_over_{plain}": _ratio(found["alerts_64_cpu_ms"], found[f"{plain}_64_cpu_ms"]),
        }
    return figures


def _ratio(one: float, other: float) -> float:
    return round(one / other, 3) if other else 0.0


def _show(database: str, part: str, found: Figures) -> None:
    print(f"\n{database}, {part}")
    for name, value in found.items():
        print(f"  {name:<36} {value:>12,.2f}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
