"""Korean spelling to the phonemes that Kokoro's vocabulary has, by the rules of standard pronunciation.

Enough for short spoken phrases: liaison, nasalisation, tensing, aspiration and voicing (표준 발음법,
chapters 4-6).
"""

import itertools

_INITIALS = tuple("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")
_FINALS = (
    *("_", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ"),
    *("ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"),
)
_VOWELS = (
    *("a", "ɛ", "ja", "jɛ", "ʌ", "e", "jʌ", "je", "o", "wa", "wɛ"),
    *("we", "jo", "u", "wʌ", "we", "wi", "ju", "ɯ", "ɯi", "i"),
)
_CLOSED = {
    **dict.fromkeys(("ㄱ", "ㄲ", "ㅋ", "ㄱㅅ", "ㄹㄱ"), "ㄱ"),
    **dict.fromkeys(("ㄷ", "ㅅ", "ㅆ", "ㅈ", "ㅊ", "ㅌ", "ㅎ"), "ㄷ"),
    **dict.fromkeys(("ㅂ", "ㅍ", "ㅂㅅ", "ㄹㅍ"), "ㅂ"),
    **dict.fromkeys(("ㄴ", "ㄴㅈ", "ㄴㅎ"), "ㄴ"),
    **dict.fromkeys(("ㄹ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅎ"), "ㄹ"),
    **dict.fromkeys(("ㅁ", "ㄹㅁ"), "ㅁ"),
    "ㅇ": "ㅇ",
    "_": "_",
}
_TENSE = {"ㄱ": "ㄲ", "ㄷ": "ㄸ", "ㅂ": "ㅃ", "ㅅ": "ㅆ", "ㅈ": "ㅉ"}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ"}
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
_SPOKEN = ("k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "", "ʨ", "ʨ", "ʨʰ", "kʰ", "tʰ", "pʰ", "h")
_AT_THE_START = dict(zip(_INITIALS, _SPOKEN, strict=True))
_BETWEEN_VOICED = {"ㄱ": "ɡ", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʥ"}
_AT_THE_END = {"ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ŋ", "_": ""}


def phonemes(text: str) -> str:
    """``살려 주세요`` → Kokoro's phonemes; other characters stay."""
    return " ".join(_word(word) for word in text.split())


def _word(word: str) -> str:
    out = []
    run: list[list[str]] = []
    for character in word:
        syllable = ord(character) - 0xAC00
        if 0 <= syllable < 11172:
            initial, rest = divmod(syllable, 588)
            vowel, final = divmod(rest, 28)
            run.append([_INITIALS[initial], _VOWELS[vowel], _FINALS[final]])
        else:
            out.append(_run(run))
            run = []
            out.append(character if character in ".,!?" else "")
    out.append(_run(run))
    return "".join(out)


def _run(run: list[list[str]]) -> str:
    for one, other in itertools.pairwise(run):
        _meet(one, other)
    spoken = []
    voiced = False
    for initial, vowel, final in run:
        sound = _BETWEEN_VOICED.get(initial) if voiced else None
        sound = _AT_THE_START[initial] if sound is None else sound
        if initial in {"ㅅ", "ㅆ"} and vowel[0] in "ij":
            sound = "ɕ"
        last = _CLOSED[final]
        spoken.append(sound + vowel + _AT_THE_END[last])
        voiced = last in {"_", "ㄴ", "ㅁ", "ㅇ", "ㄹ"}
    return "".join(spoken)


def _meet(one: list[str], other: list[str]) -> None:
    """What a final and the next initial do to each other."""
    final, initial = one[2], other[0]
    if final == "_":
        return
    if initial == "ㅇ":
        _carry_over(one, other)
    elif final[-1] == "ㅎ" and initial in _ASPIRATED:
        one[2], other[0] = final[:-1] or "_", _ASPIRATED[initial]
    elif initial == "ㅎ" and _CLOSED[final] in {"ㄱ", "ㄷ", "ㅂ"}:
        other[0] = "ㅊ" if final[-1] == "ㅈ" else _ASPIRATED[_CLOSED[final]]
        one[2] = final[:-1] or "_"
    elif initial in {"ㄴ", "ㅁ"} and _CLOSED[final] in _NASAL:
        one[2] = _NASAL[_CLOSED[final]]
    elif {_CLOSED[final], initial} == {"ㄴ", "ㄹ"}:
        one[2], other[0] = "ㄹ", "ㄹ"
    elif initial == "ㄹ" and _CLOSED[final] in {"ㅁ", "ㅇ", "ㄱ", "ㅂ"}:
        one[2], other[0] = _NASAL.get(_CLOSED[final], _CLOSED[final]), "ㄴ"
    elif _CLOSED[final] in {"ㄱ", "ㄷ", "ㅂ"} or final in {"ㄴㅈ", "ㄹㅂ", "ㄹㅌ"}:
        other[0] = _TENSE.get(initial, initial)


def _carry_over(one: list[str], other: list[str]) -> None:
    final = one[2]
    if final == "ㅇ":
        return
    moved, stays = final[-1], final[:-1]
    if final in {"ㄲ", "ㅆ"}:
        moved, stays = final, ""
    if moved == "ㅎ":
        moved, stays = (stays, "") if stays else ("ㅇ", "")
    if moved in {"ㄷ", "ㅌ"} and other[1] == "i":
        moved = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}[moved]
    one[2], other[0] = stays or "_", moved
