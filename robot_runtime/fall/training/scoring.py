"""Scores of looks by forests that never saw the person, or the whole dataset, that made them."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.model import arrays_of, forest_of
from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.training.choose import Scored
from robot_runtime.fall.training.fit import LEAF_ROWS, TREES, TRIED, grow
from robot_runtime.fall.training.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from robot_runtime.fall.forest import Forest
    from robot_runtime.fall.training.recordings import Recording
    from robot_runtime.fall.training.replay import Replay


def joined(tables: Sequence[Sequence[Table]]) -> list[Table]:
    """Tables of several datasets and variants, look by look."""
    names = Table.__slots__
    return [
        Table(*(np.concatenate([getattr(one[k], name) for one in tables]) for name in names))
        for k in range(len(LOOKS_S))
    ]


def folds(recordings: Sequence[Recording], count: int) -> dict[str, int]:
    """A fold for each person: those who fell and those who did not are dealt out apart."""
    fell = sorted({one.person for one in recordings if one.fall})
    others = sorted({one.person for one in recordings} - set(fell))
    return {person: k % count for people in (fell, others) for k, person in enumerate(people)}


def grow_all(tables: Sequence[Table]) -> tuple[Forest, ...]:
    """A forest for each look."""
    return tuple(grow(table) for table in tables)


def grown(tables: Sequence[Table], cache: Path | None) -> tuple[Forest, ...]:
    """The same, kept in `cache` under a name that changes with the rows."""
    if cache is None:
        return grow_all(tables)
    digest = hashlib.sha256(f"{TREES} {LEAF_ROWS} {TRIED}".encode())
    for one in tables:
        digest.update(np.ascontiguousarray(one.values).tobytes() + one.truth.tobytes())
    path = cache / f"forests-{digest.hexdigest()[:16]}.npz"
    if not path.is_file():
        forests = grow_all(tables)
        kept_depth = np.array([each.depth for each in forests])
        np.savez(path, allow_pickle=False, depth=kept_depth, **arrays_of(forests))
        return forests
    with np.load(path, allow_pickle=False) as kept:
        return tuple(forest_of(kept, k, int(depth)) for k, depth in enumerate(kept["depth"]))


def without_fold(
    tables: Sequence[Table], fold_of: Mapping[str, int], fold: int, cache: Path | None = None
) -> tuple[Forest, ...]:
    """Forests that never saw the people of one fold."""
    masks = [np.array([fold_of[p] != fold for p in one.person], bool) for one in tables]
    return tuple(grown([one.where(mask) for one, mask in zip(tables, masks, strict=True)], cache))


def without_dataset(tables: Sequence[Table], dataset: str, cache: Path | None = None) -> tuple[Forest, ...]:
    """Forests that never saw one dataset."""
    return grown([one.where(one.dataset != dataset) for one in tables], cache)


def by_person(
    tables: Sequence[Table],
    parts: Sequence[tuple[Sequence[Recording], Replay]],
    count: int,
    cache: Path | None = None,
) -> list[Scored]:
    """Each part's looks, scored by forests that never saw their person."""
    fold_of = folds([one for recordings, _ in parts for one in recordings], count)
    scored = [Scored(recordings, looks, np.zeros(len(looks.number))) for recordings, looks in parts]
    for fold in range(count):
        forests = without_fold(tables, fold_of, fold, cache)
        for part in scored:
            folds_of = np.array([fold_of[one.person] for one in part.recordings])
            fill(part, forests, folds_of[part.looks.recording] == fold)
    return scored


def fill(part: Scored, forests: Sequence[Forest], rows: np.ndarray) -> None:
    """Score the chosen rows in place."""
    for number, forest in enumerate(forests):
        mask = rows & (part.looks.number == number)
        part.scores[mask] = forest.scores(part.looks.values[mask])
