"""What the robot hears: false intents, pleas caught, dictation, delay, memory.

Real: the recordings of people. Synthetic: the test voices (Kokoro, Korean with an accent), the room's echo,
the mixture of other voices, noise and music. No recording of a real plea was to be had: recall is of test
voices only, and the false alarms are of read speech, not of television.
"""

import argparse
import json
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches import voice_world as world
from benches.voice_kokoro import FOLDER, VOICES, Kokoro, NoVoicesError, fetch
from benches.voice_listen import CONDITIONS, Bench, memory_mb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DATA = Path("../shared/data/speech_ko")
PHRASES = Path(__file__).with_name("voice_phrases.toml")
PARTS = ("all", "false", "recall", "stand_in", "dictation")
STAND_IN_LETTERS = 12
"""Recordings of so few syllables at most stand in for pleas."""


def spoken(folder: Path, every: int) -> list[tuple[str, np.ndarray]]:
    """The phrases by test voices, kept in the folder once they were made."""
    cache = folder / "spoken"
    cache.mkdir(parents=True, exist_ok=True)
    voices: Kokoro | None = None
    clips = []
    jobs = [
        (intent, phrase, VOICES[number % len(VOICES)], (0.85, 0.7, 1.0)[number % 3])
        for intent, phrases in tomllib.loads(PHRASES.read_text(encoding="utf-8"))["say"].items()
        for number, phrase in enumerate(phrases)
    ]
    for intent, phrase, voice, speed in jobs[::every]:
        file = cache / f"{phrase.replace(' ', '_')}-{voice}-{speed}.npy"
        if not file.exists():
            voices = voices or Kokoro(folder)
            np.save(file, voices.speak(phrase, voice, speed).astype(np.float32))
        clips.append((intent, world.levelled(world.resampled(np.load(file).astype(float), 24_000))))
    return clips


def _measure_false(bench: Bench, sounds: list[np.ndarray], given: argparse.Namespace) -> None:
    rng, seconds = bench.rng, given.minutes * 60
    kinds: dict[str, Iterator[np.ndarray]] = {
        "speech": (world.framed(each) for each in sounds),
        "speech_in_a_room": (world.framed(world.in_a_room(each, rng)) for each in sounds),
        "babble": (world.among_others(world.framed(each), sounds, rng) for each in sounds),
        "television": iter([world.television(sounds, rng)] if sounds else []),
        "noise": iter([world.noise(seconds, rng)]),
        "music": iter([world.music(seconds, rng)]),
    }
    for name, found in kinds.items():
        if _wanted(name, given) and (sounds or name in {"noise", "music"}):
            bench.false_intents(name, found)


def _measure_recall(bench: Bench, sounds: list[np.ndarray], given: argparse.Namespace) -> None:
    try:
        clips = spoken(given.voices, given.every)
    except NoVoicesError as error:
        print(f"skipped: {error}")
        return
    for condition in filter(lambda each: _wanted(each, given), CONDITIONS):
        bench.recall(condition, clips, sounds)


def _measure_stand_ins(people: list[world.Utterance], given: argparse.Namespace) -> dict[str, float]:
    """Short sentences of people, taken into the lexicon as if they were pleas: the rule on human voices.

    Real voices and words that nobody tuned for, but calm: no plea.
    """
    short = [each for each in people if sum("가" <= one <= "힣" for one in each.text) <= STAND_IN_LETTERS]
    texts = ["".join(one for one in each.text if one.isalnum() or one == " ") for each in short]
    bench = Bench(alone=given.alone, alternatives={"help": texts})
    clips = [("help", each.sound) for each in short]
    others = [each.sound for each in people if each not in short]
    for condition in filter(lambda each: _wanted(each, given), CONDITIONS):
        bench.recall(condition, clips, others, "stand_in")
    return {name: value for name, value in bench.found.items() if name.startswith("stand_in")}


def _wanted(name: str, given: argparse.Namespace) -> bool:
    """``--only`` names conditions whole or by their first word."""
    return given.only is None or not {name, name.split("_", maxsplit=1)[0]}.isdisjoint(given.only)


def measure(given: argparse.Namespace) -> dict[str, float]:
    """All figures, printed as they come."""
    bench = Bench(alone=given.alone)
    for name, value in bench.found.items():
        print(f"  {name:44} {value:g}")
    people = world.human(given.data, given.every) if (given.data / "manifest.csv").exists() else []
    if not people:
        print(f"skipped: no real data (looked in {given.data}); no false intents on speech, no dictation")
    sounds = [each.sound for each in people]
    if given.part in {"all", "false"}:
        _measure_false(bench, sounds, given)
    if given.part in {"all", "recall"}:
        _measure_recall(bench, sounds, given)
    if people and given.part in {"all", "stand_in"}:
        bench.found |= _measure_stand_ins(world.human(given.data), given)
    if people and given.part in {"all", "dictation"}:
        bench.dictation(people, alone=given.alone)
    if bench.heard_s:
        bench.note("cpu_share_of_real_time", bench.cpu_s / bench.heard_s)
        bench.note("most_behind_s", bench.most_behind_s)
    bench.note("memory_after_mb", memory_mb())
    return bench.found


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """Measure, print and return the figures."""
    parser = argparse.ArgumentParser(prog="bench voice", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--voices", type=Path, default=FOLDER, help="where the test voices lie")
    parser.add_argument(
        "--fetch-voices", action="store_true", help="fetch the test voices first (some 90 MB)"
    )
    parser.add_argument("--every", type=int, default=1, help="only every n-th recording and phrase: quicker")
    parser.add_argument("--minutes", type=float, default=6.0, help="of noise, and of music")
    parser.add_argument("--alone", action="store_true", help="without the second engine")
    parser.add_argument("--part", choices=PARTS, default="all")
    parser.add_argument("--only", nargs="+", help="only these conditions, such as quiet, or speech babble")
    parser.add_argument("--json", type=Path, help="write the figures as one flat JSON object")
    given = parser.parse_args(argv)
    print(__doc__)
    if given.fetch_voices:
        try:
            print(fetch(given.voices))
        except (NoVoicesError, subprocess.CalledProcessError) as error:
            print(f"the test voices can't be fetched: {error}")
    found = measure(given)
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    return found


if __name__ == "__main__":
    main()
