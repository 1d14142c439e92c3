#!/usr/bin/env python3
"""Falls to play to the robot's replay source: a recorded one where the data is there, else a simulated one.

    script/rig/falls.py FOLDER         puts a fall into the robot's `wearable.source = "replay:FOLDER"`

Prints `real` or `simulated`. The recordings are acted falls, none of an elder.
"""

import argparse
import math
import random
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

G = 9.80665
PROJECT = Path(__file__).resolve().parents[2]
RECORDINGS = Path("..") / "shared" / "data" / "weda_fall"
RATE_HZ = 50.0


class Row(NamedTuple):
    """Seconds and g."""

    t_s: float
    ax_g: float
    ay_g: float
    az_g: float


def recorded_fall(root: Path = Path(), person: str = "U01", trial: str = "F01_U01_R01") -> list[Row] | None:
    """A wrist fall of WEDA-FALL, as it was recorded; ``None`` where the data is absent."""
    file = root / RECORDINGS / f"{person}.npz"
    if not file.exists():
        return None
    with np.load(file) as trials:
        rows = trials[f"{trial}__acc"]
    ordered = rows[np.argsort(rows[:, 0], kind="stable")]
    return [Row(float(t), float(x) / G, float(y) / G, float(z) / G) for t, x, y, z in ordered]


def simulated_fall(seed: int = 0) -> list[Row]:
    """Standing, 0.4 s of falling, a hit of some 5 g on another axis, lying with a restless arm for 5 s."""
    noise = random.Random(seed)  # noqa: S311 - sensor noise, not a secret
    rows = []
    for index in range(int(9.5 * RATE_HZ)):
        t = index / RATE_HZ
        if t < 3.0:
            down, restless = (0.05, 0.05, 1.0 + 0.05 * math.sin(6 * t)), 0.03
        elif t < 3.4:
            down, restless = (0.1, 0.1, 0.2), 0.1
        elif t < 3.5:
            down, restless = (4.6, 1.5, 1.0), 0.1
        elif t < 3.9:
            down, restless = (1.0 + 0.6 * math.cos(40 * t), 0.3, 0.2), 0.25
        else:
            down, restless = (0.95, 0.1, 0.15), 0.2
        x, y, z = (axis + noise.gauss(0.0, restless) for axis in down)
        rows.append(Row(t, x, y, z))
    return rows


class Fall(NamedTuple):
    """A fall to play, and whether it was recorded (``real``) or made up (``simulated``)."""

    name: str
    source: Literal["real", "simulated"]
    rows: list[Row]


def a_fall() -> Fall:
    """A fall soft enough that the robot asks first: recorded where the data is there, else simulated."""
    recorded = recorded_fall(PROJECT, "U03", "F02_U03_R01")
    if recorded is None:
        return Fall("simulated fall", "simulated", simulated_fall())
    return Fall("WEDA-FALL F02_U03_R01", "real", recorded)


def play(rows: list[Row], folder: Path, name: str = "fall") -> Path:
    """Puts a recording into the folder whole; the robot renames it to ``.playing`` and then ``.played``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(Row._fields), *(",".join(f"{value:.5f}" for value in row) for row in rows)]
    fresh = folder / f"{name}.part"
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return fresh.rename(fresh.with_suffix(".csv"))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="Plays a fall to the robot")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    fall = a_fall()
    play(fall.rows, given.folder)
    print(fall.source)


if __name__ == "__main__":
    main()
