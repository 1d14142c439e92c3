#!/usr/bin/env python3
"""Test voices: sentences that espeak-ng speaks so that the robot's recogniser truly hears them.

espeak's default Korean is hard for the recogniser. These voice variants, speeds and pitches were searched
for (phrases × variants × speed × pitch) with the robot's own acceptance rule, which knows nothing of them.

    script/rig/voices.py '사람 살려주세요' plea.wav      writes 16 kHz mono PCM16
    script/rig/voices.py --play '사람 살려주세요' PIPE   plays it into `hearing.input = "pipe:PIPE"`

'비명' and '신음' are no words: a scream and a groan.
"""

import argparse
import io
import subprocess
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np

RATE_HZ = 16_000
PEAK = 12_000
"""Loudest sample: a voice at a metre or two, not a shout into the microphone."""


class Voice(NamedTuple):
    """espeak-ng's arguments -v, -s and -p."""

    variant: str
    speed_wpm: int
    pitch: int


RECIPES: dict[str, Voice] = {
    "사람 살려주세요": Voice("ko+klatt2", 170, 80),
    "사람 살려": Voice("ko+f1", 150, 55),
    "도와주세요": Voice("ko+m4", 120, 35),
    "넘어졌어요": Voice("ko+f1", 165, 80),
    "불이야": Voice("ko+f5", 150, 50),
    "저는 괜찮아요": Voice("ko+klatt6", 165, 60),
}
# Heard 12 times out of 12; the others above 10 out of 12.
INTENTS = {
    "사람 살려주세요": "help",
    "넘어졌어요": "fallen",
    "불이야": "fire",
    "저는 괜찮아요": "okay",
}
PLEA_VOICES = (Voice("ko+klatt2", 170, 80), Voice("ko+klatt4", 160, 40), Voice("ko+edward2", 140, 50))
PLEA = "사람 살려주세요"
OKAY = "저는 괜찮아요"


_SECOND = np.arange(RATE_HZ) / RATE_HZ


def _sung(pitch_hz: np.ndarray, formants_hz: tuple[float, ...], rms: float) -> np.ndarray:
    """Harmonics of a pitch that may glide, loudest near the formants; float samples of 16 kHz."""
    turns = np.cumsum(pitch_hz) / RATE_HZ
    sound = np.zeros(len(pitch_hz))
    for number in range(1, int((RATE_HZ / 2 - 500) / float(pitch_hz.mean()))):
        at = number * float(pitch_hz.mean())
        weight = sum(np.exp(-(((at - each) / 250.0) ** 2)) for each in formants_hz) + 0.02
        sound += weight * np.sin(2 * np.pi * number * turns)
    return np.asarray(sound * rms / np.sqrt(np.mean(sound**2)))


def scream(rms: float = 5000.0) -> np.ndarray:
    """A second of it, rising and trembling."""
    return _sung(800 + 250 * _SECOND + 40 * np.sin(2 * np.pi * 7 * _SECOND), (1000, 1600, 2900), rms)


def groan(rms: float = 4000.0) -> np.ndarray:
    """A low voice, a second of it."""
    return _sung(140 - 15 * _SECOND, (400, 1200, 2400), rms)


CRIES = {"비명": scream, "신음": groan}
"""Not words: a scream, a groan."""


def speak(phrase: str, voice: Voice | None = None) -> bytes:
    """The phrase as 16 kHz mono PCM16; without ``voice`` by its recipe, or plain Korean; or a cry."""
    if phrase in CRIES:
        return CRIES[phrase]().astype("<i2").tobytes()
    variant, speed, pitch = voice or RECIPES.get(phrase, Voice("ko", 150, 50))
    made = subprocess.run(
        ["espeak-ng", "--stdout", "-v", variant, "-s", str(speed), "-p", str(pitch), phrase],
        capture_output=True,
        check=True,
    ).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(-1), dtype="<i2").astype(float)
    sound = resample(samples, rate)
    spoken: bytes = (sound * (PEAK / np.abs(sound).max())).astype("<i2").tobytes()
    return spoken


def resample(samples: np.ndarray, rate: int) -> np.ndarray:
    """To 16 kHz by way of the spectrum."""
    length = len(samples) * RATE_HZ // rate
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


def render_test_voice(phrase: str, path: Path, voice: Voice | None = None) -> Path:
    """Writes the phrase to a wav file of 16 kHz mono PCM16."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(speak(phrase, voice))
    return path


def play_test_voice(phrase: str, pipe: Path, voice: Voice | None = None) -> None:
    """Plays the phrase into the robot's pipe; the robot takes it at its real rate."""
    with pipe.open("wb", buffering=0) as file:
        file.write(speak(phrase, voice))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="Test voices that the robot hears")
    parser.add_argument("--play", action="store_true", help="TARGET is the robot's pipe")
    parser.add_argument("phrase", help=f"one of {', '.join(RECIPES)}; others are spoken plainly")
    parser.add_argument("target", type=Path)
    given = parser.parse_args()
    if given.play:
        play_test_voice(given.phrase, given.target)
    else:
        print(render_test_voice(given.phrase, given.target))


if __name__ == "__main__":
    main()
