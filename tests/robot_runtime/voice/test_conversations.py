"""Whole conversations: what is heard, what must be said, what must be sent."""

from pathlib import Path

import pytest

from tests.robot_runtime.voice.play import play

FILES = sorted(Path(__file__).with_name("conversations").glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_conversation_goes_as_written(file: Path) -> None:
    play(file.read_text(encoding="utf-8"))


def test_every_conversation_is_there_in_both_languages() -> None:
    korean = {file.stem.removeprefix("ko_") for file in FILES if file.stem.startswith("ko_")}
    english = {file.stem.removeprefix("en_") for file in FILES if file.stem.startswith("en_")}
    assert korean == english
    assert len(korean) >= 60
