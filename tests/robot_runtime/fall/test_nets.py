"""Networks over ranks: what they are shown, what they learn, and that one look is judged as many are."""

import numpy as np
import pytest

from robot_runtime.fall.nets import MOST_ODDS, Nets, knots_of, ranks, seen
from robot_runtime.fall.shapes import LINES
from robot_runtime.fall.training import learn_nets
from robot_runtime.fall.training.table import DAILY, FALL, Table

NAMED, LENGTH = 6, 4


def rows(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, NAMED + LINES * LENGTH)).astype(np.float32)


def learnt(values: np.ndarray, truth: np.ndarray) -> Nets:
    people = np.array(["P"] * len(values))
    table = Table(values, truth.astype(np.int8), people, people)
    return learn_nets.learn(table, np.ones(len(values)), (NAMED, values.shape[1]))


def test_rank_depends_on_the_order_alone_and_ends_somewhere() -> None:
    numbers = np.linspace(0.0, 1.0, 1001, dtype=np.float32)[:, None]
    plain = ranks(numbers, knots_of(numbers).astype(np.float32))
    stretched = ranks(numbers**3, knots_of(numbers**3).astype(np.float32))
    assert (np.diff(plain[:, 0]) >= 0).all()
    assert plain[[0, 500, 1000], 0].tolist() == [-2.625, 0.0, 2.625]
    assert np.abs(plain - stretched).max() <= 0.25
    wild = np.array([[-np.inf], [np.inf], [1e30], [np.nan]], np.float32)
    assert np.isfinite(ranks(wild, knots_of(numbers).astype(np.float32))).all()


def test_number_that_is_mostly_the_same_stands_in_the_middle_of_its_kind() -> None:
    mostly_zero = np.array([0.0] * 90 + [1.0] * 10, np.float32)[:, None]
    knots = knots_of(mostly_zero).astype(np.float32)
    zero, one = ranks(np.array([[0.0], [1.0]], np.float32), knots)[:, 0]
    assert -1.5 < zero < 0
    assert one > 1


def test_lines_are_seen_by_the_means_of_two_steps() -> None:
    values = np.arange(2 + LINES * 5, dtype=np.float32)[None]
    looked = seen(values, 2, values.shape[1])[0]
    assert looked[:2].tolist() == [0.0, 1.0]
    assert looked[2:6].tolist() == [2.5, 4.5, 7.5, 9.5]


def test_networks_learn_what_no_number_tells_by_itself() -> None:
    values = rows(3000)
    truth = np.where(values[:, 0] * values[:, 1] > 0, FALL, DAILY)
    nets = learnt(values[:2000], truth[:2000])
    odds = nets.scores(values[2000:])
    assert np.mean((odds > 0) == (truth[2000:] == FALL)) > 0.75
    assert np.abs(odds).max() <= MOST_ODDS
    one_by_one = [nets.score(row) for row in values[2000:2020].astype(float)]
    assert one_by_one == pytest.approx(odds[:20].tolist(), abs=1e-4)
    assert nets.scores(values[:0]).shape == (0,)


def test_training_twice_gives_the_same_networks() -> None:
    values = rows(300)
    truth = np.where(values[:, 2] > 0, FALL, DAILY)
    first, second = learnt(values, truth), learnt(values, truth)
    assert np.array_equal(first.first, second.first)
    assert first.scores(values).tolist() == second.scores(values).tolist()


def test_broken_numbers_give_a_finite_opinion() -> None:
    values = rows(300)
    nets = learnt(values, np.where(values[:, 2] > 0, FALL, DAILY))
    broken = np.where(rows(4, 2) > 1, np.nan, 1e30).astype(np.float32)
    assert np.isfinite(nets.scores(broken)).all()
