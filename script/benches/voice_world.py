"""The sounds of a home for the voice bench.

Only the recordings of people are real; echo, others together, television, noise and music are made here.
"""

import csv
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RATE_HZ = 16_000
LEVEL = 1500.0
"""RMS of a voice at a metre or two, of 32,768."""
ROOM_T60_S = 0.6
BABBLE_DB = 10.0
BABBLE_VOICES = 3


@dataclass(frozen=True, slots=True)
class Utterance:
    """One recording with its words."""

    name: str
    speaker: str
    text: str
    sound: np.ndarray


def human(data: Path, every: int = 1) -> list[Utterance]:
    """The recordings of real people, each at the same loudness."""
    with (data / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::every]
    return [
        Utterance(row["file"], row["speaker"], row["transcript"], levelled(read(data / row["file"])))
        for row in rows
    ]


def read(file: Path) -> np.ndarray:
    """A mono wav at 16 kHz."""
    with wave.open(str(file)) as opened:
        rate = opened.getframerate()
        samples = np.frombuffer(opened.readframes(-1), "<i2").astype(float)
    return resampled(samples, rate)


def resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    """To 16 kHz by way of the spectrum."""
    if rate == RATE_HZ:
        return samples
    length = len(samples) * RATE_HZ // rate
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


def levelled(sound: np.ndarray) -> np.ndarray:
    """At the bench's loudness."""
    return sound * (LEVEL / max(1e-9, _rms(sound)))


def _rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def framed(sound: np.ndarray, before_s: float = 0.5, after_s: float = 1.0) -> np.ndarray:
    """With silence around."""
    return np.concatenate([np.zeros(int(before_s * RATE_HZ)), sound, np.zeros(int(after_s * RATE_HZ))])


def in_a_room(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With an exponentially falling echo of ``ROOM_T60_S``, as loud as the direct sound."""
    length = int(ROOM_T60_S * RATE_HZ * 1.2)
    echo = rng.normal(size=length) * 10 ** (-3 * np.arange(length) / (ROOM_T60_S * RATE_HZ))
    echo /= np.sqrt(np.sum(echo**2))
    echo[0] += 1.0
    size = len(sound) + length
    return levelled(np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echo, size), size))


def among_others(sound: np.ndarray, others: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """With several others talking all the while, ``BABBLE_DB`` below the voice."""
    babble = np.zeros(len(sound))
    for _ in range(BABBLE_VOICES):
        parts: list[np.ndarray] = []
        while sum(map(len, parts)) < len(sound):
            parts.append(others[int(rng.integers(len(others)))])
        babble += np.concatenate(parts)[: len(sound)]
    return sound + babble * (LEVEL / _rms(babble) / 10 ** (BABBLE_DB / 20))


def television(sounds: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The recordings one after another without a pause, over music that is ``BABBLE_DB`` softer."""
    talk = np.concatenate([sounds[index] for index in rng.permutation(len(sounds))])
    softer = 10 ** (BABBLE_DB / 20)
    return np.asarray(talk + music(len(talk) / RATE_HZ, rng)[: len(talk)] / softer)


def noise(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """White noise, then pink, then a knock a second."""
    third = int(seconds * RATE_HZ / 3)
    white = rng.normal(size=third)
    spectrum = np.fft.rfft(rng.normal(size=third))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), third)
    knocks = np.zeros(third)
    for start in range(0, third - 800, RATE_HZ):
        knocks[start : start + 800] = rng.normal(size=800) * np.exp(-np.arange(800) / 120) * 12
    return np.concatenate([levelled(white), levelled(pink), levelled(knocks + 1e-3 * rng.normal(size=third))])


def music(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Chords, a melody with vibrato (as a singer's, without words) and a beat."""
    count = int(seconds * RATE_HZ)
    at = np.arange(count) / RATE_HZ
    song = np.zeros(count)
    for start in range(0, count, RATE_HZ):
        part = slice(start, min(count, start + RATE_HZ))
        t = at[part]
        root = 110.0 * 2 ** (float(rng.integers(0, 12)) / 12)
        for ratio in (1.0, 1.25, 1.5):
            song[part] += sum(np.sin(2 * np.pi * root * ratio * n * t) / n for n in range(1, 6))
        tune = root * 4 * 2 ** (float(rng.integers(0, 8)) / 12)
        song[part] += 2 * sum(
            np.sin(2 * np.pi * tune * n * t + n * 0.4 * np.sin(2 * np.pi * 5.5 * t)) / n for n in range(1, 9)
        )
        beat = min(2000, part.stop - part.start)
        song[start : start + beat] += rng.normal(size=beat) * np.exp(-np.arange(beat) / 300) * 4
    return levelled(song)


def pcm(sound: np.ndarray, rng: np.random.Generator) -> bytes:
    """As a microphone gives it, with a little noise of its own."""
    return np.clip(sound + rng.normal(0, 8, len(sound)), -32768, 32767).astype("<i2").tobytes()
