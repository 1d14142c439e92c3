"""How well falls are told from daily acts, on people and datasets the scoring voters never saw.

Each recording's looks, taken once by the detector's own observer and kept, are decided on as the detector
does; every so-manieth recording is streamed sample by sample through `FallDetector.update` as well, to time
it and to see that it says the same. The voters learn anew without the people (or the dataset) they are
asked about. For people, calibration and thresholds are chosen without them as well; for a dataset they are
the shipped model's. All falls are acted.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches.falls_cost import costs
from benches.falls_plot import Curve, draw
from robot_runtime.fall import FallDetector
from robot_runtime.fall.model import Model, shipped
from robot_runtime.fall.train import RECIPES, decide
from robot_runtime.fall.training.choose import Scored, best_of_each, fits, margins, mask
from robot_runtime.fall.training.decided import Said, odds_of, said
from robot_runtime.fall.training.recordings import DATASETS, Recording, read
from robot_runtime.fall.training.replay import Replay, replay, stream
from robot_runtime.fall.training.scoring import Training, folds, rows_of, without

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATA = Path("../shared/data")


@dataclass(slots=True)
class Outcome:
    """What one streamed recording gave."""

    recording: Recording
    delay_s: float = float("nan")
    false_events: int = 0
    certain_falls: int = 0
    certain_daily: int = 0
    # Events in a recording of a fall, but at another hit than the fall's.
    strays: int = 0


@dataclass(slots=True)
class Tally:
    """Outcomes of one dataset under one protocol, and what the streaming cost."""

    outcomes: list[Outcome] = field(default_factory=list)
    samples: int = 0
    seconds: float = 0.0
    streamed: int = 0
    differing: int = 0

    def figures(self) -> dict[str, float]:
        """The numbers the goals are stated in."""
        falls = [one for one in self.outcomes if one.recording.fall]
        seen = [one for one in falls if one.recording.after_hit_s >= 3.0]
        daily = [one for one in self.outcomes if not one.recording.fall]
        delays = [one.delay_s for one in falls if np.isfinite(one.delay_s)]
        hours = sum(one.recording.seconds for one in daily) / 3600
        found = {
            "falls": len(falls),
            "daily_acts": len(daily),
            "sensitivity_pct": _percent([np.isfinite(one.delay_s) for one in falls]),
            "sensitivity_3s_after_pct": _percent([np.isfinite(one.delay_s) for one in seen]),
            "specificity_pct": _percent([one.false_events == 0 for one in daily]),
            "specificity_young_pct": _percent(
                [one.false_events == 0 for one in daily if not one.recording.elder]
            ),
            "specificity_elders_pct": _percent(
                [one.false_events == 0 for one in daily if one.recording.elder]
            ),
            "false_per_hour": sum(one.false_events for one in daily) / hours,
            "delay_median_s": float(np.median(delays)) if delays else float("nan"),
            "delay_p95_s": float(np.percentile(delays, 95)) if delays else float("nan"),
            "certain_falls_pct": _percent([one.certain_falls > 0 for one in falls]),
            "certain_daily": sum(one.certain_daily for one in self.outcomes),
            "strays": sum(one.strays for one in falls),
            "streamed": self.streamed,
            "streamed_differing": self.differing,
            "us_per_sample": self.seconds / max(1, self.samples) * 1e6,
        }
        return {name: round(value, 2) for name, value in found.items() if np.isfinite(value)}


def _percent(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / len(hits) if hits else float("nan")


def judge(recording: Recording, events: Sequence[Said], tally: Tally) -> None:
    """Note what came of one recording."""
    outcome = Outcome(recording)
    for event in events:
        certain = event.kind == "certain"
        if fits(recording, event.hit_s):
            outcome.delay_s = np.fmin(outcome.delay_s, event.now_s - event.hit_s)
            outcome.certain_falls += certain
        elif recording.fall:
            outcome.strays += 1
        else:
            # An alarm that follows its own suspicion is the same false event, only worse.
            outcome.false_events += not certain or outcome.false_events == 0
            outcome.certain_daily += certain
    tally.outcomes.append(outcome)


def streamed(recording: Recording, kind: str, placement: str, model: Model, tally: Tally) -> list[Said]:
    """The events of one recording, sample by sample through the detector, on the recording's clock."""
    samples = stream(recording, kind)
    times, accel = samples.times.tolist(), [tuple(row) for row in samples.accel.tolist()]
    detector = FallDetector(samples.rate_hz, placement, model)
    events = []
    begin = time.process_time()
    for t, vector in zip(times, accel, strict=True):
        event = detector.update(t, vector, None)
        if event is not None:
            events.append((t, event))
    tally.seconds += time.process_time() - begin
    tally.samples += len(times)
    return [
        Said(0, samples.recorded_s(recording, event.time_s), samples.recorded_s(recording, t), event.kind)
        for t, event in events
    ]


def run(
    each: Sequence[Recording], chosen: Sequence[bool], kind: str, bench: Bench, model: Model, tally: Tally
) -> None:
    """Decide on the replayed looks of the chosen recordings; stream every so many to time and check them."""
    looks = replay(each, kind, bench.cache)
    rows = np.array(chosen)[looks.recording]
    mine = Replay(*(getattr(looks, name)[rows] for name in Replay.__slots__))
    events: dict[int, list[Said]] = {}
    for event in said(mine, odds_of(mine, model), model):
        events.setdefault(event.recording, []).append(event)
    for place in np.flatnonzero(chosen).tolist():
        judge(each[place], events.get(place, []), tally)
        if place % bench.stream_every == 0:
            straight = streamed(each[place], kind, bench.placement, model, tally)
            tally.streamed += 1
            tally.differing += _times(straight) != _times(events.get(place, []))


def _times(events: Sequence[Said]) -> list[tuple[str, float]]:
    return [(event.kind, round(event.hit_s, 3)) for event in events]


def called(name: str, kind: str) -> str:
    """How unseen people's figures of a dataset are called, as recorded or at 20 Hz."""
    return f"{name}.unseen_people{'_20hz' if kind == 'slow' else ''}"


@dataclass(frozen=True, slots=True)
class Bench:
    """One placement's recordings, looks and shipped model."""

    placement: str
    model: Model
    recordings: Mapping[str, list[Recording]]
    training: Training
    cache: Path
    stream_every: int

    def unseen_people(self, count: int) -> dict[str, Tally]:
        """Leave one person who fell out (and a share of those who did not) at a time; choose without them."""
        recipe = RECIPES[self.placement]
        fold_of = folds([one for each in self.recordings.values() for one in each], count)
        scored = self.scored(count)
        tallies = {called(name, kind): Tally() for name in self.recordings for kind in recipe.judged_on}
        for fold in range(count):
            people = {person for person, its in fold_of.items() if its == fold}
            calibration, thresholds = decide([without(part, people) for part in scored], recipe)
            voters = self.training.without_fold(fold_of, fold)
            model = replace(self.model, voters=voters, calibration=calibration, thresholds=thresholds)
            for name, each in self.recordings.items():
                chosen = [recording.person in people for recording in each]
                for kind in recipe.judged_on:
                    run(each, chosen, kind, self, model, tallies[called(name, kind)])
        return tallies

    def scored(self, count: int) -> list[Scored]:
        """All looks of what the recipe judges on, scored by voters that never saw their person."""
        kinds = RECIPES[self.placement].judged_on
        parts = [
            (each, replay(each, kind, self.cache)) for each in self.recordings.values() for kind in kinds
        ]
        return self.training.by_person(parts, count)

    def unseen_dataset(self, name: str, kind: str) -> Tally:
        """Leave the whole dataset out."""
        model = replace(self.model, voters=self.training.without_dataset(name))
        tally = Tally()
        each = self.recordings[name]
        run(each, [True] * len(each), kind, self, model, tally)
        return tally

    def curves(self, count: int) -> list[Curve]:
        """Share of falls found against false suspicions an hour, as all thresholds move together."""
        parts = [(each, replay(each, "as recorded", self.cache)) for each in self.recordings.values()]
        scored = self.training.by_person(parts, count)
        return [self._curve(name, one) for name, one in zip(self.recordings, scored, strict=True)]

    def _curve(self, name: str, part: Scored) -> Curve:
        limits = self.model.thresholds
        soft, hard = (
            margins(part, self.model.calibration, np.log(np.array(each) / (1 - np.array(each))))
            for each in (limits.suspect_soft, limits.suspect)
        )
        best = best_of_each(part, np.where(part.looks.impact_g < limits.soft_g, soft, hard))
        falls, daily = best[mask(part.recordings, "long")], best[mask(part.recordings, "daily")]
        hours = sum(one.seconds for one in part.recordings if not one.fall) / 3600
        levels = np.arange(-4.0, 4.0, 0.05)
        points = [(float((daily >= level).sum()) / hours, float((falls >= level).mean())) for level in levels]
        used = (float((daily >= 0).sum()) / hours, float((falls >= 0).mean()))
        return Curve(f"{self.placement}: {name}", points, used)


def bench(placement: str, data: Path, cache: Path, stream_every: int) -> Bench:
    """Read the recordings and make their looks (kept in `cache`)."""
    recordings = {name: read(data, name) for name in DATASETS[placement]}
    recipe = RECIPES[placement]
    tables = rows_of(data, placement, recipe.variants, recipe.lent, cache)
    training = Training(tables, recipe.beside, cache)
    return Bench(placement, shipped(placement), recordings, training, cache, stream_every)


def measure(
    where: tuple[Path, Path], placements: Sequence[str], count: int, stream_every: int, plot: Path | None
) -> dict[str, float]:
    """All figures, printed as they come; `where` are the folders of the recordings and of what is kept."""
    found: dict[str, float] = {}
    curves: list[Curve] = []
    for placement in placements:
        one = bench(placement, *where, stream_every)
        people = max(
            1, min(count, len({r.person for each in one.recordings.values() for r in each if r.fall}))
        )
        for name, tally in one.unseen_people(people).items():
            _tell(found, name, tally)
        if len(one.recordings) > 1:
            for name in one.recordings:
                for kind, label in (("as recorded", "unseen_dataset"), ("slow", "unseen_dataset_20hz")):
                    _tell(found, f"{name}.{label}", one.unseen_dataset(name, kind))
        else:
            print(f"{placement}: no second dataset, so none can be left out")
        for name, value in costs(placement, next(iter(one.recordings.values()))).items():
            found[f"{placement}.{name}"] = round(value, 3)
            print(f"{placement}.{name:28} {value:.3f}")
        if plot is not None:
            curves += one.curves(people)
    if plot is not None:
        draw(curves, plot)
        print(f"operating curves: {plot}")
    return found


def _tell(found: dict[str, float], name: str, tally: Tally) -> None:
    print(name)
    for figure, value in tally.figures().items():
        print(f"  {figure:28} {value:g}")
        found[f"{name}.{figure}"] = value
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """Measure, print and return the figures; an empty dict where the recordings are missing."""
    parser = argparse.ArgumentParser(prog="bench falls", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "seogu-falls")
    parser.add_argument("--only", choices=sorted(DATASETS), help="one placement only")
    parser.add_argument(
        "--folds", type=int, default=99, help="fewer folds of people: quicker, and a little worse"
    )
    parser.add_argument(
        "--stream-every",
        type=int,
        default=10,
        help="stream each so-manieth recording sample by sample; 1: all",
    )
    parser.add_argument("--plot", type=Path, help="write the operating curves as a PNG")
    parser.add_argument("--json", type=Path, help="write the figures as one flat JSON object")
    given = parser.parse_args(argv)
    if not (given.data / "weda_fall").is_dir():
        print(f"skipped: no real data (looked in {given.data})")
        return {}
    print(__doc__)
    placements = [given.only] if given.only else list(DATASETS)
    found = measure((given.data, given.cache), placements, given.folds, given.stream_every, given.plot)
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
