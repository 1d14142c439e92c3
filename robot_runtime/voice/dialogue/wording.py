"""Chooses among a line's wordings, and fills in names with the particle that fits them."""

import re
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from robot_runtime.voice import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이라고": ("이라고", "라고"),
    "이에요": ("이에요", "예요"),
    "아": ("아", "야"),
}
_SLOT = re.compile(r"\{(?P<name>\w+)(?::(?P<particle>[가-힣]+))?\}")
_RIEUL = 8


def fill(text: str, slots: Mapping[str, str], language: str = "ko") -> str:
    """Replaces ``{name}`` and, with its particle, ``{name:을}``; figures are written as they are said."""

    def replace(found: re.Match[str]) -> str:
        value = reading.aloud(slots.get(found["name"], ""), language)
        particle = found["particle"]
        return value + with_particle(value, particle) if particle else value

    filled = reading.aloud(_SLOT.sub(replace, text), language)
    return filled[:1].upper() + filled[1:]


def plain(text: str, slots: Mapping[str, str]) -> str:
    """As ``fill``, for what is sent: figures stay figures."""
    return _SLOT.sub(lambda found: slots.get(found["name"], ""), text)


def with_particle(word: str, particle: str) -> str:
    """The form of a particle after a word: after a final consonant the first, else the second."""
    after_final, after_vowel = _PARTICLES.get(particle, (particle, particle))
    letters = [each for each in word if each.isalnum()]
    syllable = ord(letters[-1]) - 0xAC00 if letters else -1
    if not 0 <= syllable < 11172:  # noqa: PLR2004 - the block of Hangul syllables
        return after_vowel
    final = syllable % 28
    if particle == "으로" and final == _RIEUL:
        return after_vowel
    return after_final if final else after_vowel


class Wordings:
    """Remembers what was said today, so that nothing is said the same way twice while another way is left."""

    def __init__(self) -> None:
        """Nothing said yet."""
        self._day: date | None = None
        self._used: dict[str, list[int]] = {}
        self.changes = 0

    def choose(self, key: str, texts: Sequence[str], today: date) -> str:
        """The next unused wording; when all are used, the one used longest ago."""
        index = self._next(key, len(texts), today)
        used = self._used.setdefault(key, [])
        if index in used:
            used.remove(index)
        used.append(index)
        self.changes += 1
        return texts[index]

    def to_store(self) -> dict[str, Any]:
        """Today's wordings, so that a restart does not say them again."""
        return {"day": self._day and self._day.isoformat(), "used": self._used}

    def restore(self, raw: Any) -> None:
        """As ``to_store`` wrote it; anything else is left out."""
        match raw:
            case {"day": str(written), "used": dict(used)}:
                with suppress(ValueError, TypeError):
                    found = {str(key): [int(each) for each in indexes] for key, indexes in used.items()}
                    self._day, self._used = date.fromisoformat(written), found

    def all_used(self, key: str, count: int, today: date) -> bool:
        """Whether every wording was said today."""
        return self._day == today and set(range(count)) <= set(self._used.get(key, ()))

    def _next(self, key: str, count: int, today: date) -> int:
        if self._day != today:
            self._day = today
            self._used = {}
        # A file of talk with fewer wordings may have come between.
        used = [each for each in self._used.get(key, []) if 0 <= each < count]
        # Begins elsewhere each day, so that Tuesday's first greeting is not Monday's.
        order = [(today.toordinal() + step) % count for step in range(count)]
        return next((each for each in order if each not in used), used[0] if used else order[0])
