"""Streams through the very observer the robot runs, and keeps each look with what it should have said."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_runtime.fall.observer import LOOKS_S, Observer
from robot_runtime.fall.training.variants import variant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from robot_runtime.fall.training.recordings import Recording
    from robot_runtime.fall.training.variants import Stream

# Looks at hits this close to the fall's hit are falls; well before it they are daily acts; the rest (the
# way down, getting up) teaches nothing.
HIT_FROM_S, HIT_TO_S = -0.5, 1.2
SEEN_AFTER_S = 0.4
WELL_BEFORE_S = -1.5
FALL, DAILY, NEITHER = 1, 0, -1
# The code that a look's numbers and its truth come from.
MAKERS = (
    *(f"{name}.py" for name in ("history", "impacts", "observer", "features", "outline", "calm", "shapes")),
    "measures.py",
    *(f"training/{name}.py" for name in ("recordings", "variants", "table", "replay")),
)


@dataclass(frozen=True, slots=True)
class Table:
    """The looks of one number (delay after the hit), a row each."""

    values: npt.NDArray[np.float32]
    truth: npt.NDArray[np.int8]
    person: npt.NDArray[np.str_]
    dataset: npt.NDArray[np.str_]

    def where(self, mask: npt.NDArray[np.bool_]) -> Table:
        """The rows where `mask` is true."""
        return Table(self.values[mask], self.truth[mask], self.person[mask], self.dataset[mask])


def tables(recordings: Sequence[Recording], kinds: Sequence[str]) -> list[Table]:
    """One table for each of `LOOKS_S`."""
    values: list[list[npt.NDArray[np.float32]]] = [[] for _ in LOOKS_S]
    notes: list[list[tuple[int, str, str]]] = [[] for _ in LOOKS_S]
    for recording in recordings:
        for kind in kinds:
            stream = variant(recording, kind)
            observer = Observer(stream.rate_hz)
            for t, accel in zip(stream.times.tolist(), stream.accel.tolist(), strict=True):
                for look in observer.add(t, accel):
                    values[look.number].append(look.values.astype(np.float32))
                    truth = _truth(recording, stream, look.impact.raw_time, look.number)
                    notes[look.number].append((truth, recording.person, recording.dataset))
    return [_table(v, n) for v, n in zip(values, notes, strict=True)]


def thinned(table: Table, every: int) -> Table:
    """All rows that are not daily acts, and every so-manieth that is."""
    daily = table.truth == DAILY
    return table.where(~daily | (np.cumsum(daily) % every == 0))


def cached_tables(recordings: Sequence[Recording], kinds: Sequence[str], folder: Path | None) -> list[Table]:
    """The same, kept in `folder` under a name that changes with the code that made it."""
    if folder is None:
        return tables(recordings, kinds)
    path = folder / f"looks-{fingerprint(recordings, kinds)}.npz"
    if not path.is_file():
        made = tables(recordings, kinds)
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {f"{name}_{k}": getattr(t, name) for k, t in enumerate(made) for name in Table.__slots__}
        np.savez(path, **arrays)
        return made
    with np.load(path, allow_pickle=False) as kept:
        return [Table(*(kept[f"{name}_{k}"] for name in Table.__slots__)) for k in range(len(LOOKS_S))]


def _truth(recording: Recording, stream: Stream, hit: float, number: int) -> int:
    if not recording.fall:
        return DAILY
    off = (hit - stream.hit_s) / stream.stretch
    looked = off + LOOKS_S[number]
    if HIT_FROM_S <= off <= HIT_TO_S and looked >= SEEN_AFTER_S:
        return FALL
    return DAILY if off < WELL_BEFORE_S and looked < HIT_FROM_S else NEITHER


def _table(values: list[npt.NDArray[np.float32]], notes: list[tuple[int, str, str]]) -> Table:
    return Table(
        np.array(values, np.float32),
        np.array([note[0] for note in notes], np.int8),
        np.array([note[1] for note in notes], np.str_),
        np.array([note[2] for note in notes], np.str_),
    )


def fingerprint(recordings: Sequence[Recording], kinds: Sequence[str]) -> str:
    """Names what is cached: changes with the recordings, the variants, and the code that makes looks."""
    digest = hashlib.sha256(code())
    digest.update(" ".join([*kinds, *(f"{one.name} {len(one.times)}" for one in recordings)]).encode())
    return digest.hexdigest()[:16]


@cache
def code() -> bytes:
    """A changed comment costs minutes; looks that an older code had made once went into a model unseen."""
    folder = files("robot_runtime.fall")
    digest = hashlib.sha256()
    for name in MAKERS:
        digest.update(folder.joinpath(*name.split("/")).read_bytes())
    return digest.digest()
