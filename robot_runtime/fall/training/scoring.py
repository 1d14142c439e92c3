"""Scores of looks by voters that never saw the person, or the whole dataset, that made them."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.model import arrays_of, voters_of
from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.training.choose import Scored
from robot_runtime.fall.training.fit import LEAF_ROWS, RECIPE, SHARE, TREES, TRIED, elect
from robot_runtime.fall.training.recordings import DATASETS, LENT, read
from robot_runtime.fall.training.replay import Replay
from robot_runtime.fall.training.table import Table, cached_tables, thinned
from robot_runtime.fall.training.variants import DRAWN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from robot_runtime.fall.training.recordings import Recording
    from robot_runtime.fall.voters import Voters

# Of daily looks that another placement lends, and of those in variants drawn by chance, every so-manieth is
# learnt from: they are many and much alike.
LENT_EVERY, DRAWN_EVERY = 6, 2


def joined(tables: Sequence[Sequence[Table]]) -> list[Table]:
    """Tables of several datasets and variants, look by look."""
    names = Table.__slots__
    return [
        Table(*(np.concatenate([getattr(one[k], name) for one in tables]) for name in names))
        for k in range(len(LOOKS_S))
    ]


def rows_of(
    data: Path, placement: str, kinds: Sequence[str], lent_kinds: Sequence[str], cache: Path | None
) -> list[Table]:
    """What a placement's voters learn from, look by look: its own recordings, and what others lend it."""
    own = [
        [thinned(table, DRAWN_EVERY if kind in DRAWN else 1) for table in cached_tables(each, (kind,), cache)]
        for each in (read(data, name) for name in DATASETS[placement])
        for kind in kinds
    ]
    lent = [
        [thinned(table, LENT_EVERY) for table in cached_tables(read(data, name), (kind,), cache)]
        for name in LENT.get(placement, ())
        for kind in lent_kinds
    ]
    return joined(own + lent)


def folds(recordings: Sequence[Recording], count: int) -> dict[str, int]:
    """A fold for each person: those who fell and those who did not are dealt out apart."""
    fell = sorted({one.person for one in recordings if one.fall})
    others = sorted({one.person for one in recordings} - set(fell))
    return {person: k % count for people in (fell, others) for k, person in enumerate(people)}


def elect_all(tables: Sequence[Table], *, beside: bool) -> tuple[Voters, ...]:
    """Voters for each look."""
    return tuple(elect(table, number, beside=beside) for number, table in enumerate(tables))


def elected(tables: Sequence[Table], cache: Path | None, *, beside: bool) -> tuple[Voters, ...]:
    """The same, kept in `cache` under a name that changes with the rows."""
    if cache is None:
        return elect_all(tables, beside=beside)
    digest = hashlib.sha256(f"{TREES} {LEAF_ROWS} {TRIED} {SHARE} {beside and RECIPE}".encode())
    for one in tables:
        digest.update(np.ascontiguousarray(one.values).tobytes() + one.truth.tobytes())
    path = cache / f"voters-{digest.hexdigest()[:16]}.npz"
    if not path.is_file():
        voters = elect_all(tables, beside=beside)
        np.savez(path, allow_pickle=False, **arrays_of(voters))
        return voters
    with np.load(path, allow_pickle=False) as kept:
        return voters_of(dict(kept))


@dataclass(frozen=True, slots=True)
class Training:
    """The rows that voters learn from; `beside`: whether others vote beside the forest."""

    tables: Sequence[Table]
    beside: bool
    cache: Path | None = None

    def without_fold(self, fold_of: Mapping[str, int], fold: int) -> tuple[Voters, ...]:
        """Voters that never saw the people of one fold; who has no fold teaches always."""
        masks = [np.array([fold_of.get(p) != fold for p in one.person], bool) for one in self.tables]
        kept = [one.where(mask) for one, mask in zip(self.tables, masks, strict=True)]
        return elected(kept, self.cache, beside=self.beside)

    def without_dataset(self, dataset: str) -> tuple[Voters, ...]:
        """Voters that never saw one dataset."""
        kept = [one.where(one.dataset != dataset) for one in self.tables]
        return elected(kept, self.cache, beside=self.beside)

    def by_person(self, parts: Sequence[tuple[Sequence[Recording], Replay]], count: int) -> list[Scored]:
        """Each part's looks, scored by voters that never saw their person."""
        fold_of = folds([one for recordings, _ in parts for one in recordings], count)
        scored = [Scored(recordings, looks, np.zeros(len(looks.number))) for recordings, looks in parts]
        for fold in range(count):
            voters = self.without_fold(fold_of, fold)
            for part in scored:
                folds_of = np.array([fold_of[one.person] for one in part.recordings])
                fill(part, voters, folds_of[part.looks.recording] == fold)
        return scored


def fill(part: Scored, voters: Sequence[Voters], rows: np.ndarray) -> None:
    """Score the chosen rows in place."""
    for number, each in enumerate(voters):
        mask = rows & (part.looks.number == number)
        part.scores[mask] = each.scores(part.looks.values[mask])


def without(part: Scored, people: Collection[str]) -> Scored:
    """The same without some people's recordings."""
    kept = [place for place, one in enumerate(part.recordings) if one.person not in people]
    places = np.full(len(part.recordings), -1)
    places[kept] = np.arange(len(kept))
    rows = places[part.looks.recording] >= 0
    columns = {name: getattr(part.looks, name)[rows] for name in Replay.__slots__}
    columns["recording"] = places[columns["recording"]]
    return Scored([part.recordings[place] for place in kept], Replay(**columns), part.scores[rows])
