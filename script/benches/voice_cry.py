"""Cries without words: how often people's talk is taken for one, and what is found in a folder of cries.

False ones: every recording of people once, after 1 to 4 s of silence, in quiet, in a room's echo, with
others, as a television that is switched on (two mixtures), and noise and music that are made here. Cries
are wav files in ``--cries FOLDER/<voice>/*.wav``; none come with the project. Each is played 10 dB
louder than talk, in quiet and over the television.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches import voice_world as world
from robot_runtime.voice.cry import CryWatch

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).parents[3] / "shared" / "data" / "speech_ko"
LOUDER = 10 ** (10 / 20)
PIECE = 3200


def heard(sound: np.ndarray) -> list[float]:
    """When cries were told, in seconds."""
    watch = CryWatch()
    data = np.clip(sound, -32_768, 32_767).astype("<i2").tobytes()
    pieces = range(0, len(data), PIECE)
    return [at / 2 / world.RATE_HZ for at in pieces if watch.feed(data[at : at + PIECE]) is not None]


def _false(people: Sequence[np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    def after_silence(sounds: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([world.framed(each, 1.0, float(rng.uniform(0, 3))) for each in sounds])

    return {
        "people": after_silence(people),
        "people_in_echo": after_silence([world.in_a_room(each, rng) for each in people]),
        "people_among_others": after_silence([world.among_others(each, people, rng) for each in people]),
        "television": np.concatenate([world.television(people[::3], rng) for _ in range(2)]),
        "noise": world.noise(120, rng),
        "music": world.levelled(world.music(240, rng)),
    }


def _found(folder: Path, television: np.ndarray) -> dict[str, float]:
    share: dict[str, list[bool]] = defaultdict(list)
    for file in sorted(folder.glob("*/*.wav")):
        cry = world.levelled(world.read(file)) * LOUDER
        beside = television.copy()
        begin = 30 * world.RATE_HZ
        beside[begin : begin + len(cry)] += cry
        share[f"found_quiet_{file.parent.name}"].append(bool(heard(world.framed(cry, 4.0, 1.0))))
        told = heard(beside[: begin + len(cry) + world.RATE_HZ])
        share[f"found_television_{file.parent.name}"].append(any(at >= 30 for at in told))
    return {f"{name} (of {len(each)})": round(sum(each) / len(each), 3) for name, each in share.items()}


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cries", type=Path, help="a folder of wav files, one folder a voice")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(argv)
    if not given.data.exists():
        print(f"skipped: no recordings of people in {given.data}")
        return {}
    rng = np.random.default_rng(1)
    people = [each.sound for each in world.human(given.data)]
    result: dict[str, float] = {}
    began = time.process_time()
    sounds = _false(people, rng)
    made_s, minutes = time.process_time() - began, 0.0
    for name, sound in sounds.items():
        minutes += len(sound) / world.RATE_HZ / 60
        result[f"false_{name} (in {len(sound) / world.RATE_HZ / 60:.1f} min)"] = len(heard(sound))
    spent_s = time.process_time() - began - made_s
    result["core_pct"] = round(100 * spent_s / (60 * minutes), 2)
    if given.cries is not None:
        result |= _found(given.cries, sounds["television"])
    for name, value in result.items():
        print(f"{name:50} {value}")
    if given.json is not None:
        given.json.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
