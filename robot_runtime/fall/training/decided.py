"""What a detector would have said of replayed looks: its decisions, without its arithmetic."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from robot_runtime.fall.model import ALL_AGREEING, probability
from robot_runtime.fall.policy import HOPELESS, Decider, Facts
from robot_runtime.fall.training.choose import log_odds

if TYPE_CHECKING:
    from robot_runtime.fall.event import Kind
    from robot_runtime.fall.history import Floats
    from robot_runtime.fall.model import Model
    from robot_runtime.fall.training.replay import Replay


@dataclass(frozen=True, slots=True)
class Said:
    """An event: of which recording, when the hit was, when it was said (s, the recording's clock), what."""

    recording: int
    hit_s: float
    now_s: float
    kind: Kind


def odds_of(looks: Replay, model: Model) -> Floats:
    """Calibrated log-odds of each look by the model's voters."""
    odds = np.zeros(len(looks.number))
    for number, voters in enumerate(model.voters):
        rows = looks.number == number
        slope, offset = model.calibration[number]
        odds[rows] = slope * log_odds(voters.scores(looks.values[rows])) + offset
    return odds


def said(looks: Replay, odds: Floats, model: Model) -> list[Said]:
    """The events of all recordings, one after the other; `odds` are those of each look."""
    events, place, decider = [], -1, Decider(model.thresholds)
    seen: dict[float, list[float]] = {}
    hopeless: set[float] = set()
    for row, value in enumerate(odds.tolist()):
        if looks.recording[row] != place:
            place, decider, seen, hopeless = int(looks.recording[row]), Decider(model.thresholds), {}, set()
        hit = float(looks.hit_s[row])
        if hit in hopeless:
            continue
        so_far = seen.setdefault(hit, [])
        so_far.append(value)
        newest = probability(so_far)
        if newest < HOPELESS:
            hopeless.add(hit)
        now = float(looks.now_s[row])
        facts = Facts(
            hit_s=hit,
            now_s=now,
            number=int(looks.number[row]),
            probability=newest,
            agreed=probability(so_far, ALL_AGREEING),
            impact_g=float(looks.impact_g[row]),
            moved_g=float(looks.moved_g[row]),
        )
        kind = decider.decide(facts)
        if kind is not None:
            events.append(Said(place, hit, now, kind))
    return events
