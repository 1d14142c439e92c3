"""Scores of looks by forests that never saw the person, or the whole dataset, that made them."""

from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.training.choose import Scored
from robot_runtime.fall.training.fit import grow
from robot_runtime.fall.training.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def without_fold(tables: Sequence[Table], fold_of: Mapping[str, int], fold: int) -> tuple[Forest, ...]:
    """Forests that never saw the people of one fold."""
    return grow_all([one.where(np.array([fold_of[p] != fold for p in one.person], bool)) for one in tables])


def without_dataset(tables: Sequence[Table], dataset: str) -> tuple[Forest, ...]:
    """Forests that never saw one dataset."""
    return grow_all([one.where(one.dataset != dataset) for one in tables])


def by_person(
    tables: Sequence[Table], parts: Sequence[tuple[Sequence[Recording], Replay]], count: int
) -> list[Scored]:
    """Each part's looks, scored by forests that never saw their person."""
    fold_of = folds([one for recordings, _ in parts for one in recordings], count)
    scored = [Scored(recordings, looks, np.zeros(len(looks.number))) for recordings, looks in parts]
    for fold in range(count):
        forests = without_fold(tables, fold_of, fold)
        for part in scored:
            folds_of = np.array([fold_of[one.person] for one in part.recordings])
            fill(part, forests, folds_of[part.looks.recording] == fold)
    return scored


def fill(part: Scored, forests: Sequence[Forest], rows: np.ndarray) -> None:
    """Score the chosen rows in place."""
    for number, forest in enumerate(forests):
        mask = rows & (part.looks.number == number)
        part.scores[mask] = forest.scores(part.looks.values[mask])
