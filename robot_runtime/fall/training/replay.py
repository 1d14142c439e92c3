"""Looks of whole recordings, in the order a robot would take them, so that a decision can be replayed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.measures import moved_g
from robot_runtime.fall.observer import Observer
from robot_runtime.fall.training.table import fingerprint
from robot_runtime.fall.training.variants import Stream, variant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from robot_runtime.fall.training.recordings import Recording


@dataclass(frozen=True, slots=True)
class Replay:
    """One row a look: which recording (its place in the list), the hit, the time of looking, the numbers."""

    recording: npt.NDArray[np.int64]
    hit_s: npt.NDArray[np.float64]
    now_s: npt.NDArray[np.float64]
    number: npt.NDArray[np.int64]
    impact_g: npt.NDArray[np.float64]
    moved_g: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]


def replay(recordings: Sequence[Recording], kind: str, cache: Path | None) -> Replay:
    """Looks of each recording as it came (`kind` "as recorded") or as a variant."""
    path = cache / f"acts-{fingerprint(recordings, (kind,))}.npz" if cache else None
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            return Replay(*(kept[name] for name in Replay.__slots__))
    made = _watch(recordings, kind)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{name: getattr(made, name) for name in Replay.__slots__})
    return made


def stream(recording: Recording, kind: str) -> Stream:
    """The recording as it came, or a variant of it."""
    if kind == "as recorded":
        return Stream(recording.times, recording.accel, recording.rate_hz, recording.hit_s)
    return variant(recording, kind)


def _watch(recordings: Sequence[Recording], kind: str) -> Replay:
    facts: list[tuple[int, float, float, int, float, float]] = []
    values = []
    for place, recording in enumerate(recordings):
        samples = stream(recording, kind)
        observer = Observer(samples.rate_hz)
        for t, accel in zip(samples.times.tolist(), samples.accel.tolist(), strict=True):
            for look in observer.add(t, accel):
                hit = samples.recorded_s(recording, look.impact.raw_time)
                now = samples.recorded_s(recording, t)
                facts.append((place, hit, now, look.number, look.impact.size, moved_g(look.window)))
                values.append(look.values.astype(np.float32))
    places, hits, nows, numbers, impacts, moves = (np.array(column) for column in zip(*facts, strict=True))
    return Replay(places, hits, nows, numbers, impacts, moves, _rectangle(values))


def _rectangle(rows: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Later looks have more numbers: shorter rows are filled with NaN, which their voters never read."""
    filled = np.full((len(rows), max(map(len, rows), default=0)), np.nan, np.float32)
    for row, numbers in zip(filled, rows, strict=True):
        row[: len(numbers)] = numbers
    return filled
