#!/usr/bin/env python3
"""Test voices: sentences that espeak-ng speaks so that the robot's recogniser truly hears them.

espeak's default Korean is hard for the recogniser. These voice variants, speeds and pitches were searched
for (phrases × variants × speed × pitch) with the robot's own acceptance rule, which knows nothing of them.

    script/rig/voices.py '사람 살려주세요' plea.wav      writes 16 kHz mono PCM16
    script/rig/voices.py --play '사람 살려주세요' PIPE   plays it into `hearing.input = "pipe:PIPE"`
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


def speak(phrase: str, voice: Voice | None = None) -> bytes:
    """The phrase as 16 kHz mono PCM16; without ``voice`` by its recipe, or plain Korean."""
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
