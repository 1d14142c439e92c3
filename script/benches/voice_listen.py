"""One listener under test: what it hears of a sound, when, and at what cost."""

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches import voice_world as world
from robot_runtime.voice import evidence, jamo, listener, reading, recogniser, second
from robot_runtime.voice.ears import HURRY_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from robot_runtime.voice import Heard, Listener

SECOND_OF_SILENCE = bytes(32_000)
BLOCK_BYTES = 3200
BEFORE_S = {"quiet": 0.5, "babble_10db": 2.0, "room_0.6s": 0.5}
"""Of silence, or of others' talk, before a phrase."""
CONDITIONS = tuple(BEFORE_S)


class Bench:
    """One listener and the figures so far."""

    def __init__(
        self, *, alone: bool, seed: int = 1, alternatives: dict[str, list[str]] | None = None
    ) -> None:
        """``alone``: without the second engine. ``alternatives``: further phrases by intent."""
        began = time.perf_counter()
        self.ears: Listener = listener.make_listener("ko", None if alone else "installed", alternatives)
        self.found: dict[str, float] = {
            "load_s": round(time.perf_counter() - began, 2),
            "second_engine": float(self.ears.has_second_ear),
            "memory_mb": round(memory_mb()),
        }
        self.rng = np.random.default_rng(seed)
        self.heard_s = 0.0
        self.cpu_s = 0.0
        self.most_behind_s = 0.0

    def note(self, name: str, value: float) -> None:
        """A figure, told as it comes."""
        self.found[name] = round(value, 4)
        print(f"  {name:44} {self.found[name]:g}")
        sys.stdout.flush()

    def intents(self, sound: np.ndarray) -> list[tuple[Heard, float]]:
        """What is heard as an intent, and when it was told (s on the stream's clock).

        Sound comes in blocks of 0.1 s; a block waits for the one before it. What a block takes is processor
        time: all is computed one thing after another, so an idle machine needs as long on the clock.
        """
        stream = world.pcm(sound, self.rng) + SECOND_OF_SILENCE
        intents: list[tuple[Heard, float]] = []
        now = 0.0
        for start in range(0, len(stream), BLOCK_BYTES):
            now = max(now, (start + BLOCK_BYTES) / 32_000)
            self.ears.behind_s = now - (start + BLOCK_BYTES) / 32_000
            self.ears.hurried = self.ears.behind_s > HURRY_S
            before = time.process_time()
            block = stream[start : start + BLOCK_BYTES]
            found = [each for each in self.ears.feed(block) if each.intent]
            took = time.process_time() - before
            now += took
            self.cpu_s += took
            self.most_behind_s = max(self.most_behind_s, now - (start + BLOCK_BYTES) / 32_000)
            intents += [(each, now) for each in found]
        self.heard_s += len(stream) / 32_000
        return intents

    def false_intents(self, name: str, sounds: Iterator[np.ndarray]) -> None:
        """Intents an hour of sound that asks for nothing."""
        counts: Counter[str] = Counter()
        seconds = 0.0
        for sound in sounds:
            heard = [each for each, _ in self.intents(sound)]
            for each in heard:
                print(f"    {name}, {seconds / 60:.1f} min: {each.intent} ({each.text}, {each.score})")
            counts.update(str(each.intent) for each in heard)
            seconds += len(sound) / world.RATE_HZ
        pleas = sum(counts[intent] for intent in evidence.PLEAS)
        print(f"{name}: {seconds / 60:.1f} minutes, {dict(counts) or 'nothing heard'}")
        self.note(f"false.{name}.minutes", seconds / 60)
        self.note(f"false.{name}.pleas_per_hour", pleas / seconds * 3600)
        self.note(f"false.{name}.others_per_hour", (sum(counts.values()) - pleas) / seconds * 3600)

    def recall(
        self,
        condition: str,
        clips: Sequence[tuple[str, np.ndarray]],
        others: list[np.ndarray],
        name: str = "recall",
    ) -> None:
        """Share of each intent's phrases that are heard as it, and how long until it is told first."""
        caught: dict[str, list[bool]] = defaultdict(list)
        delays: list[float] = []
        wrong = 0
        for intent, sound in clips:
            found = self.intents(self._condition(condition, sound, others))
            heard = [each.intent for each, _ in found]
            told = [at for each, at in found if each.intent == intent]
            caught[intent].append(not heard if intent == "nothing" else intent in heard)
            wrong += bool(set(heard) - {intent})
            if told:
                delays.append(told[0] - BEFORE_S[condition] - len(sound) / world.RATE_HZ)
            if not caught[intent][-1]:
                print(f"    {condition}: {intent} number {len(caught[intent])} heard as {heard or 'nothing'}")
        print(f"{condition}: {len(clips)} phrases")
        for intent, hits in sorted(caught.items()):
            label = "nothing_is_nothing" if intent == "nothing" else intent
            self.note(f"{name}.{condition}.{label}_pct", 100 * sum(hits) / len(hits))
        pleas = [hit for intent in evidence.PLEAS for hit in caught.get(intent, [])]
        closed = [hit for intent, hits in caught.items() if intent != "nothing" for hit in hits]
        self.note(f"{name}.{condition}.pleas_pct", 100 * sum(pleas) / max(1, len(pleas)))
        self.note(f"{name}.{condition}.closed_set_pct", 100 * sum(closed) / max(1, len(closed)))
        self.note(f"{name}.{condition}.with_a_wrong_intent_pct", 100 * wrong / max(1, len(clips)))
        if delays:
            self.note(f"{name}.delay.{condition}.median_s", float(np.median(delays)))
            self.note(f"{name}.delay.{condition}.p95_s", float(np.percentile(delays, 95)))

    def _condition(self, condition: str, sound: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
        if condition.startswith("room"):
            return world.framed(world.in_a_room(sound, self.rng), BEFORE_S[condition])
        if condition.startswith("babble") and others:
            sound = world.framed(sound, BEFORE_S[condition], 2.0)
            return world.among_others(sound, others, self.rng)
        return world.framed(sound, BEFORE_S[condition])

    def dictation(self, utterances: Sequence[world.Utterance], *, alone: bool) -> None:
        """Character error rate and share of real time, of vosk's free decoding and of the second engine.

        Of what was written, and of that as the robot reads it back, with its figures in words: the
        transcripts have 삼십 분 where the engine writes 30분.
        """
        engines: dict[str, second.SecondEar | recogniser.FreeEar] = {"vosk": recogniser.FreeEar("ko")}
        whisper = None if alone else second.find("ko")
        if whisper is not None:
            engines["second"] = whisper
        for name, engine in engines.items():
            wrong = aloud = letters = 0
            began = time.process_time()
            for each in utterances:
                made = engine.write_down(world.pcm(each.sound, self.rng))
                text = made if isinstance(made, str) else made.text
                said = list(_plain(each.text))
                wrong += jamo.edits(list(_plain(text)), said)
                aloud += jamo.edits(list(_plain(reading.aloud(text))), said)
                letters += len(said)
            seconds = sum(len(each.sound) for each in utterances) / world.RATE_HZ
            self.note(f"dictation.{name}.character_error_rate", wrong / max(1, letters))
            self.note(f"dictation.{name}.read_back_character_error_rate", aloud / max(1, letters))
            self.note(f"dictation.{name}.cpu_share_of_real_time", (time.process_time() - began) / seconds)


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isalnum())


def memory_mb() -> float:
    """What this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
