"""A microphone's level: soft voices are lifted for the voice detector, and clipping is noticed."""

import numpy as np

from robot_runtime.voice.level import LIFTED_RMS, MOST_GAIN, Level

CHUNK = 512


def tone(rms: float) -> bytes:
    at = np.arange(CHUNK) / 16_000
    return np.clip(rms * 2**0.5 * np.sin(2 * np.pi * 250 * at), -32_768, 32_767).astype("<i2").tobytes()


def rms(chunk: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(chunk, "<i2").astype(float) ** 2)))


def test_loud_sound_stays_as_it_is() -> None:
    assert Level().lifted(tone(1500)) == tone(1500)


def test_soft_voice_is_lifted_slowly_and_not_without_end() -> None:
    level = Level()
    first = rms(level.lifted(tone(20)))
    for _ in range(3000):
        last = rms(level.lifted(tone(20)))
    assert first < 25
    assert abs(last - 20 * MOST_GAIN) < 10
    assert level.lifted(tone(LIFTED_RMS * 2)) == tone(LIFTED_RMS * 2)  # a shout is not made louder


def test_microphone_that_clips_is_noticed_until_it_is_turned_down() -> None:
    level = Level()
    for _ in range(100):
        level.lifted(tone(40_000))
    assert level.overdriven
    for _ in range(1500):
        level.lifted(tone(15_000))
    assert not level.overdriven
    assert level.lifted(b"") == b""
