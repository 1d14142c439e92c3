"""The recordings the models are trained and measured on, read from `../shared/data` (see the model card)."""

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.event import FallError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from robot_runtime.fall.history import Floats

STANDARD_GRAVITY = 9.80665
# A fall's hit lies this close to where the recording says, or to the hardest sample where it says nothing.
NEAR_HIT_S = 1.5


@dataclass(frozen=True, slots=True)
class Recording:
    """One act of one person. `times` (s), `accel` (g), shape (n,) and (n, 3); `hit_s` of falls only."""

    dataset: str
    person: str
    name: str
    act: str
    elder: bool
    fall: bool
    rate_hz: float
    times: Floats
    accel: Floats
    start_s: float = float("nan")
    end_s: float = float("nan")
    hit_s: float = float("nan")

    @property
    def seconds(self) -> float:
        """Recorded time, pauses in the recording left out."""
        return float(np.clip(np.diff(self.times), 0.0, 1.0).sum())

    @property
    def after_hit_s(self) -> float:
        """Recorded time after the hit."""
        return float(self.times[-1]) - self.hit_s


def read(data: Path, dataset: str) -> list[Recording]:
    """All recordings of one dataset; FallError where the folder is missing."""
    folder = data / dataset
    if not (folder / "manifest.csv").is_file():
        raise FallError(f"no recordings in {folder}: give the folder that holds {', '.join(READERS)}")
    return list(READERS[dataset](folder))


def _rows(folder: Path) -> Iterator[tuple[dict[str, str], np.lib.npyio.NpzFile]]:
    person, archive = "", None
    with (folder / "manifest.csv").open(newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda one: (one["subject"], one["trial"])):
            if archive is None or row["subject"] != person:
                person = row["subject"]
                archive = np.load(folder / f"{person}.npz", allow_pickle=False)
            yield row, archive


def _weda(folder: Path) -> Iterator[Recording]:
    for row, archive in _rows(folder):
        samples = archive[row["trial"] + "__acc"].astype(np.float64)
        fall = row["is_fall"] == "1"
        span = (float(row["fall_start_s"]), float(row["fall_end_s"])) if fall else None
        yield _recording(row, ("weda_fall", row["code"], row["group"] == "elder"), 50.0, samples, span)


def _smartfall(folder: Path) -> Iterator[Recording]:
    for row, archive in _rows(folder):
        samples = archive[row["trial"] + "__acc"].astype(np.float64)
        yield _recording(
            row, ("smartfallmm_watch", row["activity"], row["group"] != "young"), 32.0, samples, None
        )


def _sisfall(folder: Path) -> Iterator[Recording]:
    for row, archive in _rows(folder):
        raw = archive[row["trial"]][:, :3] * (32 / 8192 * STANDARD_GRAVITY)
        samples = np.column_stack([np.arange(len(raw)) / 200.0, raw])
        yield _recording(row, ("sisfall", row["code"], row["subject"].startswith("SE")), 200.0, samples, None)


def _recording(
    row: dict[str, str],
    about: tuple[str, str, bool],
    rate: float,
    samples: Floats,
    span: tuple[float, float] | None,
) -> Recording:
    """`about` is dataset, act, and whether the person is an elder."""
    dataset, act, elder = about
    times, accel = samples[:, 0], samples[:, 1:4] / STANDARD_GRAVITY
    made = Recording(
        dataset, row["subject"], row["trial"], act, elder, row["is_fall"] == "1", rate, times, accel
    )
    if not made.fall:
        return made
    sizes = np.sqrt((accel * accel).sum(axis=1))
    if span is not None:
        sizes = np.where((times >= span[0]) & (times <= span[1]), sizes, 0.0)
    hit = float(times[sizes.argmax()])
    start, end = span or (hit - NEAR_HIT_S, hit + NEAR_HIT_S)
    return Recording(
        dataset, row["subject"], row["trial"], act, elder, True, rate, times, accel, start, end, hit
    )  # fmt: skip


READERS: dict[str, Callable[[Path], Iterator[Recording]]] = {
    "weda_fall": _weda,
    "smartfallmm_watch": _smartfall,
    "sisfall": _sisfall,
}
# What each placement's model is trained and measured on.
DATASETS = {"wrist": ("weda_fall", "smartfallmm_watch"), "waist": ("sisfall",)}
# What it learns from beside these, though worn elsewhere.
LENT = {"wrist": ("sisfall",)}
