"""Trains the voters and turns them into the plain arrays that the robot runs."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from robot_runtime.fall.forest import LEAF, Forest
from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.outline import steps
from robot_runtime.fall.shapes import FARTHEST, LINES, NAMED, TAPS, Shapes
from robot_runtime.fall.training import learn_nets
from robot_runtime.fall.training.table import DAILY, FALL, Table, thinned
from robot_runtime.fall.voters import Beside, Voters

if TYPE_CHECKING:
    from collections.abc import Sequence

TREES, LEAF_ROWS, TRIED = 60, 10, 0.1
# Shapes, rows that tell how alike they are, and how freely the sum's weights may grow.
SHAPES, TOLD_BY, FREEDOM = 250, 300, 0.003
# The sum learns from every so-manieth daily look: more of them cost much time and teach it little.
SUMMED_EVERY = 3
# Changes with how those beside the forest are trained: kept voters are named after it.
RECIPE = (SHAPES, FREEDOM, SUMMED_EVERY, learn_nets.RECIPE)
# What each dataset's falls and daily acts weigh in all, however many rows they have.
FALLS_WEIGH, DAILY_WEIGHS = 1.0, 2.0
# The waist's recordings count so much beside a dataset of the wrist; alone, they count as they are.
SHARE = {"sisfall": 0.3}


def grow(table: Table, seed: int = 1) -> Forest:
    """A forest from the rows that are falls or daily acts."""
    taught = table.where(table.truth >= DAILY)
    trees = ExtraTreesClassifier(
        TREES, min_samples_leaf=LEAF_ROWS, max_features=TRIED, random_state=seed, n_jobs=1
    )
    trees.fit(taught.values, taught.truth == FALL, sample_weight=_weights(taught))
    return _plain([one.tree_ for one in trees.estimators_])


def elect(table: Table, number: int, *, beside: bool, seed: int = 1) -> Voters:
    """The voters for look `number`, with or without others beside the forest.

    The forest is grown on all numbers but the lines.
    """
    end = table.values.shape[1]
    named = end - LINES * steps(LOOKS_S[number])
    forest = grow(replace(table, values=table.values[:, :named]), seed)
    if not beside:
        return Voters(forest)
    taught = table.where(table.truth >= DAILY)
    nets = learn_nets.learn(taught, _weights(taught), (named, end))
    return Voters(forest, Beside(learn_shapes(table, number), nets))


def learn_shapes(table: Table, number: int, seed: int = 0) -> Shapes:
    """The sum over shapes for look `number`, from the rows that are falls or daily acts."""
    taught = thinned(table.where(table.truth >= DAILY), SUMMED_EVERY)
    end = taught.values.shape[1]
    unweighed, shares = _random_shapes(end - LINES * steps(LOOKS_S[number]), end, seed)
    told = np.random.default_rng(seed).permutation(len(taught.values))[:TOLD_BY]
    for one, alike in unweighed.likeness(taught.values[told]):
        for shape, line, place in zip(one.which.tolist(), one.line.tolist(), one.place.tolist(), strict=True):
            unweighed.levels[shape] = np.quantile(alike[:, line, :, place], shares[shape])
    signs = unweighed.signs(taught.values)
    middle, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-6
    weights = _weights(taught)
    fitted = LogisticRegression(C=FREEDOM, max_iter=300).fit(
        (signs - middle) / spread, taught.truth == FALL, sample_weight=weights / weights.mean()
    )
    slopes = fitted.coef_[0] / spread
    offset = float(fitted.intercept_[0]) - float(slopes @ middle)
    return replace(unweighed, weights=np.append(slopes, offset).astype(np.float32))


def _random_shapes(begin: int, end: int, seed: int) -> tuple[Shapes, npt.NDArray[np.float64]]:
    """Shapes without levels and weights, and what share of likenesses each level is to leave below it."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(SHAPES):
        kernel = rng.normal(size=TAPS)
        stride, line = int(2 ** rng.uniform(0.0, np.log2(FARTHEST))), int(rng.integers(LINES))
        drawn.append((stride, line, kernel - kernel.mean(), float(rng.uniform(0.1, 0.9))))
    drawn.sort(key=lambda one: one[0])
    strides, searched, kernels, shares = zip(*drawn, strict=True)
    shapes = Shapes(
        np.array(kernels, np.float32),
        np.array(strides),
        np.array(searched),
        np.zeros(SHAPES, np.float32),
        np.zeros(3 * SHAPES + NAMED + 1, np.float32),
        begin,
        end,
    )
    return shapes, np.array(shares)


def _weights(table: Table) -> npt.NDArray[np.float64]:
    weights = np.ones(len(table.truth))
    for dataset in np.unique(table.dataset):
        for truth, total in ((FALL, FALLS_WEIGH), (DAILY, DAILY_WEIGHS)):
            mask = (table.dataset == dataset) & (table.truth == truth)
            share = SHARE.get(str(dataset), 1.0)
            weights[mask] = share * total * len(table.truth) / max(1, int(mask.sum()))
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
