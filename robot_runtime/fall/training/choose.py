"""Calibration and thresholds, from scores of people the scoring forest never saw."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from robot_runtime.fall.event import FallError
from robot_runtime.fall.model import AGREEING, ALL_AGREEING
from robot_runtime.fall.observer import LOOKS_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.training.recordings import Recording
    from robot_runtime.fall.training.replay import Replay

# How much surer (log-odds) an early look must be than the looks from 2 s on. More, because each look is one
# more chance to be wrong and a later one sees what came after; or less, because an early look never is as
# sure as a late one. Training takes the row that finds most falls, of several the quickest.
EARLIER = (
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.4, 0.3, 0.1, 0.0, 0.0, 0.0),
    (0.7, 0.5, 0.2, 0.0, 0.0, 0.0),
    (1.5, 1.0, 0.5, 0.0, 0.0, 0.0),
    (-0.3, -0.3, -0.2, -0.1, 0.0, 0.0),
    (-0.6, -0.6, -0.4, -0.2, 0.0, 0.0),
    (-0.9, -0.9, -0.6, -0.3, 0.0, 0.0),
    (-1.2, -1.2, -0.8, -0.4, 0.0, 0.0),
    (-1.5, -1.5, -1.0, -0.5, 0.0, 0.0),
)
# No threshold below this (log-odds), however clean the recordings were.
LEAST_LOG_ODDS = -2.0
# A fall counts as found by a hit from a second before what is marked to this long after it.
LATE_S = 1.5
# A fall recorded for this long after the hit can be judged by what came after.
LONG_S = 3.0


@dataclass(frozen=True, slots=True)
class Scored:
    """Recordings, their looks, and a score for each look from a forest that never saw the person."""

    recordings: Sequence[Recording]
    looks: Replay
    scores: Floats


def fits(recording: Recording, hit_s: float) -> bool:
    """Whether a hit is the fall's (and not one before or long after it)."""
    return recording.fall and recording.start_s - 1 <= hit_s <= recording.end_s + LATE_S


def calibrate(parts: Sequence[Scored]) -> tuple[tuple[float, float], ...]:
    """Slope and offset of Platt's logistic for each look."""
    found = []
    for number in range(len(LOOKS_S)):
        scores, truths = [], []
        for part in parts:
            rows = (part.looks.number == number) & _judged(part)
            scores.append(part.scores[rows])
            truths.append(_of_recordings(part, [one.fall for one in part.recordings])[rows])
        odds = log_odds(np.concatenate(scores))[:, None]
        line = LogisticRegression(C=1e3).fit(odds, np.concatenate(truths))
        found.append((float(line.coef_[0, 0]), float(line.intercept_[0])))
    return tuple(found)


def _of_recordings(part: Scored, values: Sequence[float]) -> npt.NDArray[Any]:
    """For each look, the value that belongs to its recording."""
    each: npt.NDArray[Any] = np.array(values)[part.looks.recording]
    return each


def _judged(part: Scored) -> npt.NDArray[np.bool_]:
    """Looks at daily acts, and looks at a fall's own hit (see `fits`)."""
    start, end = (_of_recordings(part, times) for times in zip(*_spans(part), strict=True))
    fall = _of_recordings(part, [one.fall for one in part.recordings])
    hit = part.looks.hit_s
    judged: npt.NDArray[np.bool_] = ~fall | ((start - 1 <= hit) & (hit <= end + LATE_S))
    return judged


def _spans(part: Scored) -> list[tuple[float, float]]:
    return [(one.start_s, one.end_s) for one in part.recordings]


def log_odds(scores: Floats) -> Floats:
    """Of scores in 0..1, kept finite as the robot does."""
    kept = np.clip(scores, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def margins(
    part: Scored,
    calibration: Sequence[tuple[float, float]],
    earlier: Sequence[float],
    agreeing: int = AGREEING,
) -> Floats:
    """Calibrated log-odds of a hit's newest looks at each look, less what its delay must be surer by."""
    lines = np.array(calibration)[part.looks.number]
    odds = lines[:, 0] * log_odds(part.scores) + lines[:, 1]
    less = np.array(earlier)[part.looks.number]
    agreed: Floats = _averaged(part.looks, odds, agreeing) - less
    return agreed


def _averaged(looks: Replay, odds: Floats, agreeing: int) -> Floats:
    """The mean over each hit's newest `agreeing` looks, as the robot takes it."""
    order = np.lexsort((looks.hit_s, looks.recording))
    recording, hit, sorted_odds = looks.recording[order], looks.hit_s[order], odds[order]
    total, count = sorted_odds.copy(), np.ones(len(odds))
    for back in range(1, agreeing):
        same = (recording[back:] == recording[:-back]) & (hit[back:] == hit[:-back])
        total[back:] += np.where(same, sorted_odds[:-back], 0.0)
        count[back:] += same
    averaged = np.empty_like(odds)
    averaged[order] = total / count
    return averaged


def best_of_each(part: Scored, margin: Floats) -> Floats:
    """The highest margin in each recording (falls: of looks at the fall), -inf where there was no look."""
    best = np.full(len(part.recordings), -np.inf)
    judged = _judged(part)
    np.maximum.at(best, part.looks.recording[judged], margin[judged])
    return best


def mask(recordings: Sequence[Recording], test: str) -> npt.NDArray[np.bool_]:
    """`falls`, `long` (falls with 3 s after the hit), `daily` or `elders` (their daily acts)."""
    return np.fromiter((_passes(one, test) for one in recordings), np.bool_, len(recordings))


def _passes(one: Recording, test: str) -> bool:
    match test:
        case "falls":
            return one.fall
        case "long":
            return one.fall and one.after_hit_s >= LONG_S
        case "elders":
            return one.elder and not one.fall
        case _:
            return not one.fall


@dataclass(frozen=True, slots=True)
class Budget:
    """What false suspicions may cost: the least share of daily acts without one; elders' all, if asked.

    `free`: whether early looks and soft hits may have levels of their own. The more there is to choose, the
    more it fits the people at hand: with few who fell, one level for all holds better for others.
    """

    daily: float
    elders_all: bool = True
    free: bool = True


# Hits below this are soft, g: what jumps, claps and knocks on a table seldom are.
SOFT_G = 2.8
# Levels (log-odds) that are tried for hard and for soft hits.
LEVELS = tuple(LEAST_LOG_ODDS + step / 10 for step in range(80))


@dataclass(frozen=True, slots=True)
class _Bests:
    """The best margins of a part's recordings at soft and at hard hits, and which recordings are what."""

    soft: Floats
    hard: Floats
    long: npt.NDArray[np.bool_]
    daily: npt.NDArray[np.bool_]
    elders: npt.NDArray[np.bool_]

    def suspected(self, which: npt.NDArray[np.bool_]) -> Floats:
        """How many of these recordings have a suspicion, at each soft (rows) and hard level (columns)."""
        levels = np.array(LEVELS)
        soft, hard = ((each[which, None] >= levels).astype(np.float64) for each in (self.soft, self.hard))
        either: Floats = soft.sum(axis=0)[:, None] + hard.sum(axis=0)[None] - soft.T @ hard
        return either

    def found(self) -> Floats:
        """Share of the long falls found at each pair of levels."""
        share: Floats = self.suspected(self.long) / max(1, int(self.long.sum()))
        return share

    def affordable(self, budget: Budget) -> npt.NDArray[np.bool_]:
        """Whether so many daily acts may be suspected, at each pair of levels."""
        daily = self.suspected(self.daily) / max(1, int(self.daily.sum()))
        affordable: npt.NDArray[np.bool_] = (daily <= 1 - budget.daily) & (self.suspected(self.elders) == 0)
        return affordable


def suspect_thresholds(
    parts: Sequence[Scored], calibration: Sequence[tuple[float, float]], budget: Budget
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The probability each look needs at a hard and at a soft hit: most falls found within the budget.

    FallError where nothing does: a model that never suspects must not be shipped.
    """
    best, best_is = None, (-1.0, 0.0)
    for earlier in EARLIER if budget.free else EARLIER[:1]:
        all_margins = [margins(part, calibration, earlier) for part in parts]
        bests = [_bests(part, one, budget) for part, one in zip(parts, all_margins, strict=True)]
        found, hard, soft = _most_found(bests, budget)
        if found < max(0.0, best_is[0]):
            continue
        waits = [_waited_s(part, one, hard, soft) for part, one in zip(parts, all_margins, strict=True)]
        this_is = (found, -float(np.mean(waits)))
        if this_is > best_is:
            best, best_is = (_probabilities(hard, earlier), _probabilities(soft, earlier)), this_is
    if best is None:
        raise FallError(
            f"no threshold keeps {budget.daily:.1%} of the daily acts quiet: the model would never speak"
        )
    return best


def _most_found(bests: Sequence[_Bests], budget: Budget) -> tuple[float, float, float]:
    """Most falls found within the budget (a share; -1 where nothing is), the hard and the soft level.

    Of several pairs of levels the strictest; what is soft never needs more than what is hard.
    """
    levels = np.array(LEVELS)
    allowed = levels[:, None] <= levels[None] if budget.free else np.eye(len(levels), dtype=np.bool_)
    for one in bests:
        allowed &= one.affordable(budget)
    found = np.where(allowed, np.mean([one.found() for one in bests], axis=0), -1.0)
    soft, hard = np.argwhere(found >= found.max() - 1e-9)[-1].tolist()
    return float(found.max()), LEVELS[hard], LEVELS[soft]


def _waited_s(part: Scored, margin: Floats, hard: float, soft: float) -> float:
    """Mean delay of the first look at each fall that is above its level."""
    looks = part.looks
    above = margin >= np.where(looks.impact_g < SOFT_G, soft, hard)
    above &= _judged(part) & _of_recordings(part, [one.fall for one in part.recordings])
    waited = np.full(len(part.recordings), np.inf)
    np.minimum.at(waited, looks.recording[above], (looks.now_s - looks.hit_s)[above])
    return float(waited[np.isfinite(waited)].mean()) if above.any() else float("inf")


def _probabilities(level: float, earlier: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(1 / (1 + np.exp(-(level + less)))) for less in earlier)


def _bests(part: Scored, margin: Floats, budget: Budget) -> _Bests:
    soft = part.looks.impact_g < SOFT_G
    strict = budget.elders_all and part.recordings[0].dataset in ELDERS_ALL
    elders = mask(part.recordings, "elders")
    return _Bests(
        best_of_each(part, np.where(soft, margin, -np.inf)),
        best_of_each(part, np.where(soft, -np.inf, margin)),
        mask(part.recordings, "long"),
        mask(part.recordings, "daily"),
        elders if strict else np.zeros_like(elders),
    )


def certain_threshold(
    parts: Sequence[Scored], calibration: Sequence[tuple[float, float]], limits: tuple[float, float, float]
) -> float:
    """Above all looks at every daily act that was hard and then still.

    `limits` are g, g and the step above (log-odds).
    """
    hard_g, still_g, step = limits
    highest = 0.0
    for part in parts:
        odds = margins(part, calibration, (0.0,) * len(LOOKS_S), ALL_AGREEING)
        daily = ~np.array([part.recordings[place].fall for place in part.looks.recording])
        last = part.looks.number == len(LOOKS_S) - 1
        rows = daily & last & (part.looks.impact_g >= hard_g) & (part.looks.moved_g <= still_g)
        highest = max(highest, float(odds[rows].max(initial=0.0)))
    return float(1 / (1 + np.exp(-(highest + step))))


# Where elders' daily acts are recorded cleanly enough to ask that none of them be a suspicion.
ELDERS_ALL = ("weda_fall", "sisfall")
