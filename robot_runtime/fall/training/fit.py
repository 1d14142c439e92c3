"""Grows the forests and turns them into the plain arrays that the robot runs."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier

from robot_runtime.fall.forest import LEAF, Forest
from robot_runtime.fall.training.table import DAILY, FALL, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

TREES, LEAF_ROWS, TRIED = 60, 10, 0.15
# What each dataset's falls and daily acts weigh in all, however many rows they have.
FALLS_WEIGH, DAILY_WEIGHS = 1.0, 2.0


def grow(table: Table, seed: int = 1) -> Forest:
    """A forest from the rows that are falls or daily acts."""
    taught = table.where(table.truth >= DAILY)
    trees = ExtraTreesClassifier(
        TREES, min_samples_leaf=LEAF_ROWS, max_features=TRIED, random_state=seed, n_jobs=1
    )
    trees.fit(taught.values, taught.truth == FALL, sample_weight=_weights(taught))
    return _plain([one.tree_ for one in trees.estimators_])


def _weights(table: Table) -> npt.NDArray[np.float64]:
    weights = np.ones(len(table.truth))
    for dataset in np.unique(table.dataset):
        for truth, total in ((FALL, FALLS_WEIGH), (DAILY, DAILY_WEIGHS)):
            mask = (table.dataset == dataset) & (table.truth == truth)
            weights[mask] = total * len(table.truth) / max(1, int(mask.sum()))
    return weights


def _plain(trees: Sequence[Any]) -> Forest:
    """One list of nodes; scikit-learn grows depth first, so a left child always follows its parent."""
    feature, number, right, roots, start, depth = [], [], [], [], 0, 0
    for tree in trees:
        leaf = tree.children_left < 0
        shares = tree.value[:, 0, :]
        feature.append(np.where(leaf, LEAF, tree.feature))
        number.append(np.where(leaf, shares[:, 1] / shares.sum(axis=1), tree.threshold))
        right.append(np.where(leaf, 0, tree.children_right - np.arange(tree.node_count)))
        roots.append(start)
        start += tree.node_count
        depth = max(depth, int(tree.max_depth))
    return Forest(
        np.array(roots, np.int32),
        np.concatenate(feature).astype(np.uint8),
        np.concatenate(number).astype(np.float16),
        np.concatenate(right).astype(np.uint16),
        depth,
    )
