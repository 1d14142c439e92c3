"""What the robot hears: false intents, pleas caught, dictation, delay, memory.

Real: the recordings of people. Synthetic: the test voices (Kokoro, Korean with an accent), the room's echo,
the mixture of other voices, noise and music. No recording of a real plea was to be had: recall is of test
voices only, and the false alarms are of read speech, not of television.
"""

import argparse
import json
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches import voice_world as world
from benches.voice_kokoro import FOLDER, VOICES, Kokoro, NoVoicesError, fetch
from robot_runtime.voice import evidence, jamo, listener, second

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from robot_runtime.voice import Listener

DATA = Path("../shared/data/speech_ko")
PHRASES = Path(__file__).with_name("voice_phrases.toml")
CONDITIONS = ("quiet", "babble_10db", "room_0.6s")
SECOND_OF_SILENCE = bytes(32_000)


class Bench:
    """One listener and the figures so far."""

    def __init__(self, *, alone: bool, seed: int = 1) -> None:
        """``alone``: without the second engine."""
        began = time.perf_counter()
        self.ears: Listener = listener.make_listener("ko", None if alone else "installed")
        self.found: dict[str, float] = {
            "load_s": round(time.perf_counter() - began, 2),
            "second_engine": float(self.ears.has_second_ear),
            "memory_mb": round(_memory_mb()),
        }
        self.rng = np.random.default_rng(seed)
        self.heard_s = 0.0
        self.cpu_s = 0.0

    def note(self, name: str, value: float) -> None:
        """A figure, told as it comes."""
        self.found[name] = round(value, 4)
        print(f"  {name:44} {self.found[name]:g}")
        sys.stdout.flush()

    def intents(self, sound: np.ndarray) -> tuple[list[str], float]:
        """What is heard, and how long after the sound's end the answer came (s of processor time).

        All of it is computed one thing after another, so on an idle machine it takes as long on the clock.
        """
        stream = world.pcm(sound, self.rng) + SECOND_OF_SILENCE
        began = time.process_time()
        intents: list[str] = []
        last = 0.0
        for start in range(0, len(stream), 3200):
            before = time.process_time()
            found = [each.intent for each in self.ears.feed(stream[start : start + 3200]) if each.intent]
            if found:
                last = time.process_time() - before
            intents += found
        self.cpu_s += time.process_time() - began
        self.heard_s += len(stream) / 32_000
        return intents, last

    def false_intents(self, name: str, sounds: Iterator[np.ndarray]) -> None:
        """Intents an hour of sound that asks for nothing."""
        counts: Counter[str] = Counter()
        seconds = 0.0
        for sound in sounds:
            counts.update(self.intents(sound)[0])
            seconds += len(sound) / world.RATE_HZ
        pleas = sum(counts[intent] for intent in evidence.PLEAS)
        print(f"{name}: {seconds / 60:.1f} minutes, {dict(counts) or 'nothing heard'}")
        self.note(f"false.{name}.minutes", seconds / 60)
        self.note(f"false.{name}.pleas_per_hour", pleas / seconds * 3600)
        self.note(f"false.{name}.others_per_hour", (sum(counts.values()) - pleas) / seconds * 3600)

    def recall(
        self, condition: str, clips: Sequence[tuple[str, np.ndarray]], others: list[np.ndarray]
    ) -> None:
        """Share of each intent's phrases that are heard as it, and how long the answer takes."""
        caught: dict[str, list[bool]] = defaultdict(list)
        delays: list[float] = []
        wrong = 0
        for intent, sound in clips:
            heard, computing = self.intents(self._condition(condition, sound, others))
            caught[intent].append(not heard if intent == "nothing" else intent in heard)
            wrong += bool(set(heard) - {intent})
            if heard:
                delays.append(computing + listener.END_OF_SPEECH_CHUNKS * listener.CHUNK_S)
        print(f"{condition}: {len(clips)} phrases of test voices")
        for intent, hits in sorted(caught.items()):
            label = "nothing_is_nothing" if intent == "nothing" else intent
            self.note(f"recall.{condition}.{label}_pct", 100 * sum(hits) / len(hits))
        pleas = [hit for intent in evidence.PLEAS for hit in caught.get(intent, [])]
        closed = [hit for intent, hits in caught.items() if intent != "nothing" for hit in hits]
        self.note(f"recall.{condition}.pleas_pct", 100 * sum(pleas) / max(1, len(pleas)))
        self.note(f"recall.{condition}.closed_set_pct", 100 * sum(closed) / max(1, len(closed)))
        self.note(f"recall.{condition}.with_a_wrong_intent_pct", 100 * wrong / max(1, len(clips)))
        if delays:
            self.note(f"delay.{condition}.median_s", float(np.median(delays)))
            self.note(f"delay.{condition}.p95_s", float(np.percentile(delays, 95)))

    def _condition(self, condition: str, sound: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
        if condition.startswith("room"):
            return world.framed(world.in_a_room(sound, self.rng))
        if condition.startswith("babble") and others:
            return world.among_others(world.framed(sound, 2.0, 2.0), others, self.rng)
        return world.framed(sound)

    def dictation(self, utterances: Sequence[world.Utterance], *, alone: bool) -> None:
        """Character error rate and share of real time, of vosk's free decoding and of the second engine."""
        engines: dict[str, second.SecondEar | listener.FreeEar] = {"vosk": listener.FreeEar("ko")}
        whisper = None if alone else second.find("ko")
        if whisper is not None:
            engines["second"] = whisper
        for name, engine in engines.items():
            wrong = letters = 0
            began = time.process_time()
            for each in utterances:
                made = engine.write_down(world.pcm(each.sound, self.rng))
                written, said = _plain(made if isinstance(made, str) else made.text), _plain(each.text)
                wrong += jamo.edits(list(written), list(said))
                letters += len(said)
            seconds = sum(len(each.sound) for each in utterances) / world.RATE_HZ
            self.note(f"dictation.{name}.character_error_rate", wrong / max(1, letters))
            self.note(f"dictation.{name}.cpu_share_of_real_time", (time.process_time() - began) / seconds)


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isalnum())


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


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
        "noise": iter([world.noise(seconds, rng)]),
        "music": iter([world.music(seconds, rng)]),
    }
    for name, found in kinds.items():
        if (given.only is None or name in given.only) and (sounds or name in {"noise", "music"}):
            bench.false_intents(name, found)


def _measure_recall(bench: Bench, sounds: list[np.ndarray], given: argparse.Namespace) -> None:
    try:
        clips = spoken(given.voices, given.every)
    except NoVoicesError as error:
        print(f"skipped: {error}")
        return
    for condition in CONDITIONS:
        if given.only is None or condition in given.only:
            bench.recall(condition, clips, sounds)


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
    if people and given.part in {"all", "dictation"}:
        bench.dictation(people, alone=given.alone)
    if bench.heard_s:
        bench.note("cpu_share_of_real_time", bench.cpu_s / bench.heard_s)
    bench.note("memory_after_mb", _memory_mb())
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
    parser.add_argument("--part", choices=("all", "false", "recall", "dictation"), default="all")
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
