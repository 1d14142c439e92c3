"""Phrases by intent, built from pieces that the recogniser's model has in its vocabulary."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError
from robot_runtime.voice import jamo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HANGUL = re.compile("[가-힣]")
LONGEST_PIECE = 8
"""Syllables; no word of the vocabulary that matters here is longer."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: its sounds without spaces, as the grammar spells it, and as people write it.

    The second engine judges a phrase as people write it: "누가 좀 도와주세요" far better than without spaces.
    """

    intent: str
    text: str
    pieces: tuple[str, ...]
    spaced: str = ""

    @property
    def written(self) -> str:
        """With its spaces."""
        return self.spaced or self.text


@dataclass(frozen=True)
class Lexicon:
    """Everything one language's listener can understand."""

    phrases: tuple[Phrase, ...]
    unbuildable: tuple[str, ...]

    @cached_property
    def grammar(self) -> list[str]:
        """The phrases as the recogniser's grammar wants them."""
        return [" ".join(phrase.pieces) for phrase in self.phrases]

    def nearest(self, text: str) -> tuple[float, Phrase]:
        """The phrase that sounds most like ``text``, and how far it is (see ``jamo.distance``)."""
        return min(
            ((jamo.distance(text, each.text), each) for each in self.phrases), key=lambda found: found[0]
        )


def load(path: Path, in_vocabulary: Callable[[str], bool]) -> Lexicon:
    """Builds every phrase; raises ``HearingError`` when a safety phrase can't be built."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    phrases: list[Phrase] = []
    missing: list[str] = []
    for intent, entry in raw.items():
        for text in entry["phrases"]:
            pieces = split(text, in_vocabulary)
            if pieces is not None:
                phrases.append(Phrase(intent, _closed_up(text), pieces, text))
            elif entry["safety"]:
                raise HearingError(
                    f"the speech model lacks the words to hear {text!r} ({intent}); the robot does not start "
                    f"deaf to it. Change the phrase in {path.name} or install the model it was written for"
                )
            else:
                missing.append(text)
    return Lexicon(tuple(phrases), tuple(missing))


def extended(
    words: Lexicon, alternatives: dict[str, list[str]], in_vocabulary: Callable[[str], bool]
) -> Lexicon:
    """With one resident's own ways of saying it; what can't be built is left out."""
    added = [
        Phrase(intent, _closed_up(text), pieces, text)
        for intent, texts in alternatives.items()
        if any(each.intent == intent for each in words.phrases)
        for text in texts
        if (pieces := split(text, in_vocabulary)) is not None
    ]
    return Lexicon((*words.phrases, *added), words.unbuildable)


def split(text: str, in_vocabulary: Callable[[str], bool]) -> tuple[str, ...] | None:
    """The fewest pieces of the vocabulary that spell ``text``; of equals, the one with the longest piece.

    English is split at its spaces alone; Korean is spoken, and spelt by the model's pieces, across them.
    """
    compact = _closed_up(text)
    if " " in compact:
        words = tuple(text.split())
        return words if all(map(in_vocabulary, words)) else None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(compact)
    for start in range(len(compact)):
        before = best[start]
        if before is None:
            continue
        for end in range(start + 1, min(start + LONGEST_PIECE, len(compact)) + 1):
            piece = compact[start:end]
            if in_vocabulary(piece):
                known, found = best[end], (*before, piece)
                if known is None or _cost(found) < _cost(known):
                    best[end] = found
    return best[-1] or None


def _closed_up(text: str) -> str:
    """Korean without its spaces; English as it is."""
    return text.replace(" ", "") if HANGUL.search(text) else text


def _cost(pieces: tuple[str, ...]) -> tuple[int, int]:
    return len(pieces), -max(map(len, pieces))
