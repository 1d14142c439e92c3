"""The resident's own voice, recorded and measured; a fake only where the microphone would be."""

import time
from typing import TYPE_CHECKING

import pytest

from robot_runtime.errors import HearingError
from robot_runtime.voice import record
from robot_runtime.voice.listener import RATE_HZ, make_listener
from robot_runtime.voice.sound_in import Sound
from script.rig import voices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("speech")


class Speaks:
    """A microphone in front of which somebody says the same each time."""

    def __init__(self, phrase: str) -> None:
        self._sound = (bytes(RATE_HZ) + voices.speak(phrase)).ljust(int(record.SAY_S * RATE_HZ * 2), b"\0")

    def blocks(self) -> Iterator[Sound]:
        while True:
            for start in range(0, len(self._sound), 3200):
                yield Sound(self._sound[start : start + 3200], time.monotonic())


def test_phrases_are_recorded_measured_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PHRASES", {"ko": {"help": ("사람 살려",), "stop": ("그만",)}})
    monkeypatch.setattr(record, "make_listener", lambda language: make_listener(language, None))
    told: list[str] = []
    measured = record.session(Speaks("사람 살려주세요"), "ko", tmp_path, told.append, take=True)
    assert [(each.phrase, each.heard) for each in measured] == [("사람 살려", "help"), ("그만", "help")]
    assert "1 of 2 heard" in told
    # What was said for 그만 is a plea: it must never be learnt as a stop.
    assert record.read(tmp_path / record.ADAPTED) == {}


def test_alternatives_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "voice.toml"
    assert record.read(file) == {}
    learnt = {"help": ["살레주우소", "도와주이소"], "fallen": ["i can't get up", 'so "down"']}
    record.write(learnt, file)
    assert record.read(file) == learnt
    file.write_text("help = [")
    with pytest.raises(HearingError, match="remove it"):
        record.read(file)


def test_recording_that_is_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "help-x.wav"
    file.write_bytes(b"no wave")
    with pytest.raises(HearingError, match="can't be read"):
        record._sound(file)
