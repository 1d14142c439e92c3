from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from robot_runtime.fall import FallError
from robot_runtime.fall.forest import LEAF, Forest
from robot_runtime.fall.observer import LOOKS_S
from robot_runtime.fall.outline import steps
from robot_runtime.fall.shapes import LINES, NAMED, TAPS, Shapes
from robot_runtime.fall.train import main
from robot_runtime.fall.training import learn_nets
from robot_runtime.fall.training.choose import Budget, Scored, suspect_thresholds
from robot_runtime.fall.training.fit import grow, learn_shapes
from robot_runtime.fall.training.recordings import Recording, read
from robot_runtime.fall.training.replay import Replay
from robot_runtime.fall.training.scoring import elected, folds, without
from robot_runtime.fall.training.table import DAILY, FALL, MAKERS, NEITHER, Table, code, fingerprint, thinned
from robot_runtime.fall.training.variants import variant
from robot_runtime.fall.voters import Beside, Voters


def recording(person: str, *, fall: bool, dataset: str = "weda_fall", name: str = "R1") -> Recording:
    rng = np.random.default_rng(len(name))
    times = np.arange(600) / 50
    accel = rng.normal([0.0, 0.0, 1.0], 0.3, (600, 3))
    return Recording(dataset, person, name, "F01", False, fall, 50.0, times, accel, 5.0, 7.0, 6.0)


def test_every_person_has_one_fold_and_those_who_fell_are_spread() -> None:
    people = [recording(f"P{i}", fall=i < 4) for i in range(10)]
    fold_of = folds(people, 4)
    assert set(fold_of) == {f"P{i}" for i in range(10)}
    assert sorted(fold_of[f"P{i}"] for i in range(4)) == [0, 1, 2, 3]


def test_missing_recordings_are_told_with_the_folder() -> None:
    with pytest.raises(FallError, match="nowhere"):
        read(Path("nowhere"), "weda_fall")


def test_train_command_tells_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", "nowhere"]) == 1
    assert "no recordings in nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["slow", "any", "slowish"])
def test_a_variant_is_the_same_each_time(kind: str) -> None:
    one, two = variant(recording("P", fall=True), kind), variant(recording("P", fall=True), kind)
    assert np.array_equal(one.accel, two.accel)
    assert np.array_equal(one.times, two.times)


def test_slow_variant_runs_at_20_hz() -> None:
    stream = variant(recording("P", fall=True), "slow")
    assert np.median(np.diff(stream.times)) == pytest.approx(0.05)


def test_weda_daily_acts_are_thinned_to_the_rate_of_its_falls() -> None:
    assert len(variant(recording("P", fall=False), "base").times) == 480
    assert len(variant(recording("P", fall=True), "base").times) == 600


def test_hit_that_arrived_late_is_still_where_it_was_made() -> None:
    """Two seconds were held back and came at once: the slow variant lays them out, and the hit with them."""
    one = recording("P", fall=True, dataset="smartfallmm_watch")
    late = np.where((one.times >= 4) & (one.times < 6), 6 + one.times * 1e-4, one.times)
    held = Recording(
        "smartfallmm_watch", "P", "R1", "10", False, True, 50.0, late, one.accel, 4.5, 7.5, late[300]
    )
    stream = variant(held, "slow")
    assert stream.hit_s == pytest.approx(6.0, abs=0.2)
    middle = variant(replace(held, hit_s=float(late[250])), "slow")
    assert middle.hit_s == pytest.approx(5.0, abs=0.3)
    assert middle.recorded_s(replace(held, hit_s=float(late[250])), middle.hit_s) == late[250]


def test_kept_looks_are_named_after_the_code_that_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MAKERS:
        copy = tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((files("robot_runtime.fall") / name).read_bytes())
    made = fingerprint([], ("base",))
    monkeypatch.setattr("robot_runtime.fall.training.table.files", lambda _: tmp_path)
    code.cache_clear()
    assert fingerprint([], ("base",)) == made
    (tmp_path / "history.py").write_text("GRID_HZ = 24.0")
    code.cache_clear()
    assert fingerprint([], ("base",)) != made
    code.cache_clear()


def test_voters_of_a_fold_are_kept_and_learn_anew_from_other_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(120, 70 + LINES * steps(LOOKS_S[0]))).astype(np.float32)
    truth = np.where(values[:, 1] > 0, FALL, DAILY).astype(np.int8)
    table = Table(values, truth, np.array(["P"] * 120), np.array(["weda_fall"] * 120))
    first, again = (elected([table], tmp_path, beside=True) for _ in range(2))
    elected([table.where(values[:, 0] > 0)], tmp_path, beside=True)
    alone = elected([table], tmp_path, beside=False)
    assert len(list(tmp_path.iterdir())) == 3
    assert first[0].scores(values).tolist() == again[0].scores(values).tolist()
    assert alone[0].beside is None
    one = values[7].astype(float)
    assert first[0].score(one) == pytest.approx(first[0].scores(values)[7], abs=1e-5)


def scored(margins: list[tuple[bool, float, float]]) -> Scored:
    """Recordings with one last look each: whether it is a fall, its score, its hit (g)."""
    people = [recording(f"P{k}", fall=fall, name=f"R{k}") for k, (fall, _, _) in enumerate(margins)]
    count = len(margins)
    looks = Replay(
        np.arange(count),
        np.full(count, 6.0),
        np.full(count, 9.0),
        np.full(count, 5),
        np.array([hit for _, _, hit in margins]),
        np.zeros(count),
        np.zeros((count, 1), np.float32),
    )
    return Scored(people, looks, np.array([score for _, score, _ in margins]))


def test_soft_hits_get_the_lower_threshold_when_only_hard_daily_acts_look_like_falls() -> None:
    acts = [(False, 0.2, 2.0)] * 50 + [(False, 0.8, 5.0)] * 10
    falls = [(True, 0.9, 5.0)] * 20 + [(True, 0.5, 2.0)] * 20
    hard, soft = suspect_thresholds([scored(acts + falls)], ((1.0, 0.0),) * 6, Budget(1.0, elders_all=False))
    assert 0.8 < hard[5] < 0.9
    assert 0.2 < soft[5] <= 0.5


def test_early_looks_need_less_when_no_daily_act_looks_like_a_fall_early() -> None:
    """Falls are seen at 0.7 s, never as surely as at 4.5 s; daily acts look alike only late."""
    acts = [(False, 0.2, 5.0)] * 50
    late = scored([*acts, *[(True, 0.9, 5.0)] * 20])
    early = replace(
        late,
        looks=replace(late.looks, number=np.zeros(70, np.int64), now_s=np.full(70, 6.7)),
        scores=np.where(late.scores > 0.5, 0.6, 0.1),
    )
    both = Replay(
        *(np.concatenate([getattr(each.looks, n) for each in (early, late)]) for n in Replay.__slots__)
    )
    order = np.argsort(both.recording, kind="stable")
    looks = Replay(*(getattr(both, n)[order] for n in Replay.__slots__))
    part = Scored(late.recordings, looks, np.concatenate([early.scores, late.scores])[order])
    hard, _ = suspect_thresholds([part], ((1.0, 0.0),) * 6, Budget(1.0, elders_all=False))
    assert hard[0] < hard[5]
    assert hard[0] <= 0.6


def test_where_little_may_be_chosen_one_level_serves_all_looks_and_hits() -> None:
    acts = [(False, 0.2, 2.0)] * 50 + [(False, 0.8, 5.0)] * 10
    falls = [(True, 0.9, 5.0)] * 20 + [(True, 0.5, 2.0)] * 20
    budget = Budget(1.0, elders_all=False, free=False)
    hard, soft = suspect_thresholds([scored(acts + falls)], ((1.0, 0.0),) * 6, budget)
    assert len({*hard, *soft}) == 1
    assert 0.8 < hard[5] < 0.9


def test_people_left_out_take_their_looks_with_them() -> None:
    part = scored([(True, 0.9, 5.0), (False, 0.2, 2.0), (False, 0.3, 3.0)])
    rest = without(part, {"P0"})
    assert [one.person for one in rest.recordings] == ["P1", "P2"]
    assert rest.looks.recording.tolist() == [0, 1]
    assert rest.looks.impact_g.tolist() == [2.0, 3.0]
    assert rest.scores.tolist() == [0.2, 0.3]


def test_thinning_keeps_every_fall_and_some_daily_looks() -> None:
    truth = np.array([FALL, DAILY, DAILY, NEITHER, DAILY, DAILY], np.int8)
    names = np.array(["P"] * 6)
    table = thinned(Table(np.arange(6.0)[:, None].astype(np.float32), truth, names, names), 2)
    assert table.values[:, 0].tolist() == [0.0, 2.0, 3.0, 5.0]


def test_thresholds_that_would_never_suspect_are_refused() -> None:
    acts = [(False, 0.999, 5.0)] * 10 + [(True, 0.9, 5.0)] * 10
    with pytest.raises(FallError, match="never speak"):
        suspect_thresholds([scored(acts)], ((1.0, 0.0),) * 6, Budget(0.998, elders_all=False))


def test_forest_learns_what_separates_falls_and_ignores_the_rest() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(900, 6)).astype(np.float32)
    truth = np.where(values[:, 2] > 0, FALL, DAILY).astype(np.int8)
    truth[600:] = NEITHER
    table = Table(values, truth, np.array(["P"] * 900), np.array(["weda_fall"] * 900))
    forest = grow(table)
    scores = forest.scores(values[:600])
    assert np.median(scores[truth[:600] == FALL]) > np.quantile(scores[truth[:600] == DAILY], 0.9)
    assert forest.score(values[0].astype(float)) == pytest.approx(scores[0], abs=1e-6)


def test_shapes_find_a_short_swing_wherever_it_stands() -> None:
    rng = np.random.default_rng(5)
    length, count = steps(LOOKS_S[0]), 240
    lines = rng.normal(0.0, 0.3, (count, LINES, length))
    for row in range(0, count, 2):
        at = rng.integers(0, length - 12)
        lines[row, 1, at : at + 12] += 2 * np.sin(np.arange(12))
    values = np.concatenate([rng.normal(size=(count, 70)), lines.reshape(count, -1)], axis=1)
    truth = np.where(np.arange(count) % 2 == 0, FALL, DAILY).astype(np.int8)
    people = np.array(["P"] * count)
    learnt = learn_shapes(Table(values[:160].astype(np.float32), truth[:160], people[:160], people[:160]), 0)
    odds = learnt.scores(values[160:].astype(np.float32))
    assert np.mean((odds > 0) == (truth[160:] == FALL)) > 0.9
    assert [learnt.score(row) for row in values[160:]] == pytest.approx(odds.tolist(), abs=1e-4)
    assert learnt.scores(values[:0].astype(np.float32)).shape == (0,)


@pytest.mark.parametrize(("sees", "asked"), [(0.05, False), (0.5, True)])
def test_others_are_asked_only_where_the_forest_sees_a_chance(sees: float, *, asked: bool) -> None:
    leaf, right = np.full(1, LEAF, np.uint8), np.zeros(1, np.uint16)
    forest = Forest(np.zeros(1, np.int32), leaf, np.full(1, sees, np.float16), right, 0)
    rng = np.random.default_rng(6)
    values = rng.normal(size=(3, 70 + LINES * steps(LOOKS_S[0]))).astype(np.float32)
    level, weights = np.zeros(1, np.float32), np.ones(4 + NAMED, np.float32)
    kernel = rng.normal(size=(1, TAPS)).astype(np.float32)
    stride, line = np.full(1, 2, np.int64), np.zeros(1, np.int64)
    shapes = Shapes(kernel, stride, line, level, weights, 70, values.shape[1])
    people = np.array(["P"] * 3)
    table = Table(values, np.array([FALL, DAILY, FALL], np.int8), people, people)
    nets = learn_nets.learn(table, np.ones(3), (70, values.shape[1]))
    voters = Voters(forest, Beside(shapes, nets))
    alone, both = forest.scores(values), voters.scores(values)
    assert np.array_equal(alone, both) is not asked
    assert voters.score(values[1].astype(float)) == pytest.approx(both[1], abs=1e-5)
