"""Trains the networks that vote beside the forest."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from robot_runtime.fall.nets import Nets, knots_of, ranks, seen
from robot_runtime.fall.training.table import FALL

if TYPE_CHECKING:
    from numpy.random import Generator

    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.nets import Singles
    from robot_runtime.fall.training.table import Table

# Networks, their hidden units, how often each sees as many rows as there are, and how weights are held small.
NETS, UNITS, ROUNDS, HELD = 3, (64, 32), 20, 1.0
# What a network is shown is blurred by so much of a standard deviation, and of each row this share of numbers
# is withheld: it must not lean on few numbers, nor on their last digit.
NOISE, WITHHELD = np.float32(0.3), 0.2
# The largest of a unit's weights is so many steps.
WHOLE, LEAST = 127, 1e-12
RECIPE = (NETS, UNITS, ROUNDS, HELD, float(NOISE), WITHHELD)


def learn(table: Table, weights: Floats, lines: tuple[int, int], seed: int = 0) -> Nets:
    """Networks from rows that are all falls or daily acts, each drawn as often as its weight says.

    In the rows the lines stand from `lines[0]` to `lines[1]`.
    """
    rows = seen(table.values, *lines)
    knots = knots_of(rows)
    ranked, falls = ranks(rows, knots.astype(np.float32)), table.truth == FALL
    rng = np.random.default_rng(seed)
    made = [_learnt(ranked, falls, weights / weights.sum(), rng) for _ in range(NETS)]
    first, second, last = (np.stack([one.coefs_[k] for one in made]).astype(np.float32) for k in range(3))
    biases = [np.stack([one.intercepts_[k] for one in made]).astype(np.float32) for k in range(3)]
    side_by_side = np.concatenate(list(first), axis=1)
    # A unit that was held to nothing has no largest weight.
    step = np.maximum(np.abs(side_by_side).max(axis=0), np.float32(LEAST)) / np.float32(WHOLE)
    steps = np.rint(side_by_side / step).astype(np.int8)
    return Nets(
        knots,
        steps,
        step,
        biases[0].ravel(),
        second.astype(np.float16),
        biases[1],
        last[:, :, 0],
        biases[2][:, 0],
        *lines,
    )


def _learnt(ranked: Singles, falls: npt.NDArray[np.bool_], shares: Floats, rng: Generator) -> MLPClassifier:
    drawn = rng.choice(len(ranked), len(ranked), p=shares)
    shown = ranked[drawn] + NOISE * rng.normal(size=(len(drawn), ranked.shape[1])).astype(np.float32)
    shown *= (rng.random(shown.shape, np.float32) >= WITHHELD) / np.float32(1 - WITHHELD)
    net = MLPClassifier(UNITS, alpha=HELD, max_iter=ROUNDS, random_state=int(rng.integers(2**31)))
    # It stops after so many rounds on purpose, and says so each time.
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        return net.fit(shown, falls[drawn])
