"""What the robot says, from one file in both languages."""

import tomllib
from functools import cache
from pathlib import Path

PHRASE_FILE = Path(__file__).with_name("phrases.toml")


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads(PHRASE_FILE.read_text(encoding="utf-8"))


def known(phrase: str) -> bool:
    """Whether the robot knows the phrase."""
    return phrase in _all()


def words(phrase: str, language: str) -> str:
    """The phrase in ``ko`` or ``en``; raises ``KeyError`` for one that is not known."""
    return _all()[phrase][language]
