"""How far two Korean phrases are apart, letter by letter (jamo), for any text else character by character."""

from functools import lru_cache

_FIRST_SYLLABLE = 0xAC00
_SYLLABLES = 11172
_VOWELS_AND_FINALS = 588
_FINALS = 28
_SILENT_INITIAL = 11
"""ㅇ before a vowel has no sound."""


def letters(text: str) -> list[str]:
    """The sounds of a phrase: initial, vowel and final of each syllable, without spaces and punctuation."""
    return list(_letters(text))


@lru_cache(2048)
def _letters(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for character in text.lower():
        syllable = ord(character) - _FIRST_SYLLABLE
        if 0 <= syllable < _SYLLABLES:
            initial, rest = divmod(syllable, _VOWELS_AND_FINALS)
            vowel, final = divmod(rest, _FINALS)
            if initial != _SILENT_INITIAL:
                found.append(f"i{initial}")
            found.append(f"v{vowel}")
            if final:
                found.append(f"f{final}")
        elif character.isalnum():
            found.append(character)
    return tuple(found)


def distance(heard: str, phrase: str) -> float:
    """Edit distance of the sounds over the longer phrase's length: 0 the same, 1 nothing in common."""
    return apart(letters(heard), letters(phrase))


def apart(left: list[str], right: list[str]) -> float:
    """``distance`` of two phrases that are letters already."""
    longest = max(len(left), len(right))
    return _edits(left, right)[-1] / longest if longest else 0.0


def edits(left: list[str], right: list[str]) -> int:
    """How many insertions, deletions and replacements lead from one to the other."""
    return _edits(left, right)[-1]


def part(heard: list[str], phrase: list[str]) -> float:
    """How far the phrase is from the stretch of ``heard`` that is most like it, over the phrase's length.

    0: the phrase is in it, 1: nothing of it is. Sellers' algorithm (1980).
    """
    if not phrase:
        return 0.0
    return min(1.0, min(_edits(phrase, heard, anywhere=True)) / len(phrase))


def _edits(left: list[str], right: list[str], *, anywhere: bool = False) -> list[int]:
    """The edit matrix's last row: ``left`` against each beginning of ``right`` (``anywhere``: each end)."""
    row = [0] * (len(right) + 1) if anywhere else list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row
