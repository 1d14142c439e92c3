"""Which of the expected intents a sentence means, by the phrases the file of talk gives for each."""

from typing import TYPE_CHECKING

from robot_runtime.voice import jamo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from robot_runtime.voice.dialogue.script import Script

LIMIT = 0.25
"""Share of a phrase's sounds that may be wrong; free recognition gets some of them wrong."""
ENGLISH_LIMIT = 0.16
"""Letters tell English sounds badly, so fewer of them may be wrong."""
SHORT = 6
"""Sounds; a phrase this short (네, 그래, no) must be whole words of what was said, or all of it."""
WHOLE = frozenset({"stop", "pain"})
"""Said about something as often as meant (시끄러운 공사, 허리가 아파서): these must be the whole sentence."""


def intent_of(
    text: str, expected: Iterable[str], script: Script, language: str, *, limit: float | None = None
) -> str | None:
    """The expected intent whose phrase is in ``text``: the one that fits best, of equals the longest."""
    wanted = {intent: script.understand.get(intent, {}).get(language, ()) for intent in expected}
    found = best_phrase(text, wanted, language, limit=limit)
    return None if found is None else found[0]


def best_phrase(
    text: str, wanted: Mapping[str, Sequence[str]], language: str, *, limit: float | None = None
) -> tuple[str, str] | None:
    """The intent and its phrase that fit ``text`` best; of equals the longest (안 괜찮아 holds 괜찮아)."""
    words = text.split()
    most = limit if limit is not None else LIMIT if language == "ko" else ENGLISH_LIMIT
    best: tuple[int, int] | None = None
    found = None
    for intent, phrases in wanted.items():
        for phrase in phrases:
            apart = _apart(text, words, phrase, whole=intent in WHOLE)
            rank = (round(apart * 100), -len(phrase))
            if apart <= most and (best is None or rank < best):
                best, found = rank, (intent, phrase)
    return found


def _apart(text: str, words: list[str], phrase: str, *, whole: bool) -> float:
    wanted = jamo.letters(phrase)
    if whole:
        return jamo.apart(_ending(words, len(wanted)), wanted)
    if len(wanted) > SHORT:
        return jamo.part(jamo.letters(text), wanted)
    if _stands_in(words, wanted):
        return 0.0
    return jamo.apart(jamo.letters(text), wanted)


def _ending(words: list[str], sounds: int) -> list[str]:
    """The sentence, less a name or a sigh before it: the fewest last words that reach so many sounds."""
    for start in range(len(words) - 1, max(-1, len(words) - 5), -1):
        tail = jamo.letters("".join(words[start:]))
        if len(tail) >= sounds and start <= 1:
            return tail
    return jamo.letters("".join(words))


def _stands_in(words: list[str], wanted: list[str]) -> bool:
    """Whether some words in a row are the phrase, sound for sound."""
    sounds = [jamo.letters(word) for word in words]
    for start in range(len(sounds)):
        run: list[str] = []
        for word in sounds[start:]:
            run += word
            if run == wanted:
                return True
            if len(run) >= len(wanted):
                break
    return False
