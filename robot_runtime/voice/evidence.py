"""What vosk's two decodings make of a stretch of speech: the rule, apart from the engines that hear.

Its grammar forces whatever was said into the known phrases, so that text is only a suspicion. Free decoding
of the same sound decides and, where there is one, the second engine's look (``second_look``). docs/voice.md
has the figures.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from robot_runtime.voice import jamo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.voice.lexicon import Lexicon, Phrase

PLEAS = frozenset({"help", "fallen", "pain", "fire"})
WHOLE_LIMIT = 0.35
"""Jamo distance of the grammar's whole text to the phrase, without a second engine."""
FREE_LIMIT = 0.6
"""Jamo distance of the free decoding to the phrase; free decoding gets some 43 % of the letters wrong."""
OKAY_FREE_LIMIT = 0.5
"""An okay ends a check-in, so it must be surer than a plea, which only brings help that was not needed."""
SURE_WHOLE, SURE_FREE = 0.2, 0.45
"""A plea this clear is told without a second look."""
SUSPECT_WHOLE = 0.5
"""A plea at most so far off is worth a second look."""
SPOT_LIMIT = 0.1
"""Jamo distance of a part of the grammar's text to a phrase within longer speech."""
SPOT_SOUNDS = 7
"""Sounds; shorter phrases are found in any speech."""
TAIL_WORDS, WORDS_AFTER = 8, 2
"""While speech goes on: among so many last words a plea is looked for, with so many others behind it."""
WAKE_WHOLE, WAKE_FREE = 0.15, 0.4
"""Without a second engine the name must be this clear: it is short, and nobody's life hangs on it."""
CANDIDATES = 4
OWN_WORDS_LIMIT = 0.2
"""Jamo distance of a part of the second engine's own words to the phrase."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the grammar may have heard: the nearest phrases, and where (seconds; ``None``: everywhere)."""

    phrases: tuple[Phrase, ...]
    whole: float
    span: tuple[float, float] | None
    by_grammar: bool = True
    """Whether vosk suspects it, too, and not only the second engine's own words."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the grammar's text and its times within the stretch."""

    text: str
    start_s: float
    end_s: float


def suspect(words: Sequence[Word], lexicon: Lexicon) -> Suspicion | None:
    """The phrases that the whole text is near, or else one that stands in it."""
    text = "".join(word.text for word in words)
    if not text:
        return None
    ranked = sorted(((jamo.distance(text, each.text), each) for each in lexicon.phrases), key=apart)
    whole, nearest = ranked[0]
    if whole <= (SUSPECT_WHOLE if nearest.intent in PLEAS else WHOLE_LIMIT):
        chosen = [each for _, each in ranked[:CANDIDATES]]
        if nearest.intent == "okay":
            # What could deny it must be among what the second engine is asked about.
            chosen += [each for _, each in ranked[CANDIDATES:] if each.intent == "no"][:2]
        return Suspicion(tuple(chosen), whole, None)
    return _spot(words, lexicon)


def apart(pair: tuple[float, Phrase]) -> float:
    """The distance of a pair, to sort by."""
    return pair[0]


def _spot(words: Sequence[Word], lexicon: Lexicon) -> Suspicion | None:
    """The longest plea that some words in a row spell."""
    best: tuple[int, Phrase, tuple[float, float]] | None = None
    for phrase in lexicon.phrases:
        sounds = jamo.letters(phrase.text)
        if phrase.intent not in PLEAS or len(sounds) < SPOT_SOUNDS:
            continue
        if best is not None and len(sounds) <= best[0]:
            continue
        span = _span(words, sounds)
        if span is not None:
            best = len(sounds), phrase, span
    if best is None:
        return None
    _, phrase, span = best
    return Suspicion((phrase,), 1.0, span)


def newest(words: Sequence[Word], lexicon: Lexicon) -> Suspicion | None:
    """The plea that the last words spell, the longest of them, while speech goes on.

    The grammar takes the voices behind a plea for words as well, so that a few more may stand after it.
    """
    tail = words[-TAIL_WORDS:]
    pleas = [each for each in lexicon.phrases if each.intent in PLEAS]
    pleas.sort(key=lambda each: -len(jamo.letters(each.text)))
    for phrase in pleas:
        sounds = jamo.letters(phrase.text)
        if len(sounds) < SPOT_SOUNDS:
            return None
        span = _span(tail, sounds, earliest_end=len(tail) - 1 - WORDS_AFTER)
        if span is not None:
            return Suspicion((phrase,), 1.0, span)
    return None


def _span(words: Sequence[Word], sounds: list[str], earliest_end: int = 0) -> tuple[float, float] | None:
    """``earliest_end``: of the words, the first that may be the phrase's last."""
    for start in range(len(words)):
        run: list[str] = []
        for end in range(start, len(words)):
            run += jamo.letters(words[end].text)
            if len(run) > len(sounds) + 2:
                break
            if end < earliest_end or abs(len(run) - len(sounds)) > SPOT_LIMIT * max(len(run), len(sounds)):
                continue  # so many sounds more or less are too many edits already
            if jamo.apart(run, sounds) <= SPOT_LIMIT:
                return words[start].start_s, words[end].end_s
    return None


def named(words: Sequence[Word], lexicon: Lexicon) -> Phrase | None:
    """The robot's name at the beginning of longer speech: a command may follow in the same breath."""
    for phrase in lexicon.phrases:
        if phrase.intent == "wake":
            span = _span(words[:4], jamo.letters(phrase.text))
            if span is not None and span[0] <= words[0].start_s:
                return phrase
    return None


def in_text(phrase: Phrase, text: str) -> bool:
    """Whether the second engine's words hold the phrase, too."""
    return jamo.part(jamo.letters(text), jamo.letters(phrase.text)) <= OWN_WORDS_LIMIT


def worth_decoding(suspicion: Suspicion) -> bool:
    """Whether a free decoding can add anything: what is further off only the second engine can confirm."""
    return suspicion.span is not None or suspicion.whole <= WHOLE_LIMIT


def by_itself(suspicion: Suspicion, free_text: str) -> tuple[Phrase, float] | None:
    """Without a second engine: the phrase and its score, when both of vosk's decodings agree on it."""
    phrase = suspicion.phrases[0]
    doubt = jamo.distance(free_text, phrase.text)
    if suspicion.span is not None:
        doubt = jamo.part(jamo.letters(free_text), jamo.letters(phrase.text))
        return (phrase, round(1.0 - doubt, 3)) if doubt <= OWN_WORDS_LIMIT else None
    whole_limit, free_limit = {"okay": (WHOLE_LIMIT, OKAY_FREE_LIMIT), "wake": (WAKE_WHOLE, WAKE_FREE)}.get(
        phrase.intent, (WHOLE_LIMIT, FREE_LIMIT)
    )
    if suspicion.whole > whole_limit or doubt > free_limit:
        return None
    return phrase, round(1.0 - max(suspicion.whole, doubt), 3)


def may_be_sure(suspicion: Suspicion) -> bool:
    """Whether the grammar is so near a plea that a free decoding may save the second look."""
    clear = suspicion.span is None and suspicion.whole <= SURE_WHOLE
    return clear and suspicion.phrases[0].intent in PLEAS


def sure(suspicion: Suspicion, free_text: str) -> bool:
    """Whether a plea is so clear that the second look would only cost time."""
    return may_be_sure(suspicion) and jamo.distance(free_text, suspicion.phrases[0].text) <= SURE_FREE
