"""What processes have used: processor seconds and memory, read from /proc."""

import os
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pids: list[int], *, with_ended_children: bool = False) -> float:
    """Processor seconds of the processes so far; with those of their children that have ended, if asked."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            # Fields 14 to 17 of proc(5): utime, stime, cutime, cstime; the first here is field 3.
            total += sum(int(value) for value in fields[11 : 15 if with_ended_children else 13])
    return total / TICKS


def memory_mib(pids: list[int]) -> float:
    """Memory of the processes in MiB, what they share counted once in all (PSS)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return round(total / 1024, 1)
