"""What makes a stretch of speech an intent: the rule, apart from the engines that hear.

Vosk's grammar forces whatever was said into the known phrases, so its text is only a suspicion. Free decoding
of
the same sound and, where there is one, the second engine's look decide. docs/voice.md has the figures.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from robot_runtime.voice import jamo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from robot_runtime.voice.lexicon import Lexicon, Phrase
    from robot_runtime.voice.second import Transcript

PLEAS = frozenset({"help", "fallen", "pain", "fire"})

CRIES = frozenset({"help", "fire"})

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
FIT = {"okay": -2.3, "no": -2.3, "stop": -2.3, "wake": -2.3}
PLEA_FIT = -2.9
"""Mean log-probability of the phrase's tokens in a Whisper model, from which on it is taken as said."""
WAKE_WHOLE, WAKE_FREE = 0.15, 0.4
"""Without a second engine the name must be this clear: it is short, and nobody's life hangs on it."""
OWN_WORDS_LIMIT = 0.2
"""Jamo distance of a part of the second engine's own words to the phrase."""
CRIED_LIMIT = 0.15
"""The same where the grammar did not suspect the phrase."""
VETO = -5.0
"""A phrase that passed the first rule but fits so badly, and is not in the second engine's words, was not
said.
"""
AGREED_OWN, AGREED_BOTH = 0.4, 0.65
"""Jamo distance of all the second engine's own words to a plea, and with the grammar's to the same added."""
MARGIN = 0.3
"""An okay must fit so much better than any denial."""
OWN_WHOLE_LIMIT = 0.2
"""Jamo distance of all the second engine's own words to a phrase: it wrote the phrase, and nothing else."""
OWN_NEAR_LIMIT = 0.5
"""Own words so near a phrase are asked about though the grammar did not suspect it."""
OWN_PLEA_FIT, OWN_FIT = -2.0, -1.5
"""A phrase that only the second engine suspects must fit so well."""
GENTLE_FIT = {"no": -3.2, "stop": -2.6, "okay": -2.6}
"""Within a talk, where the answer is awaited. A no in a check-in brings help, so it is the gentlest."""
SURE_OF_ITS_WORDS = -0.7
NO_FIT = -20.0
MOST_LOOKED_AT = 7
CANDIDATES = 4
MOST_NEAR = 3
CLOSED_UP = 2
"""Of so many, the nearest, the spelling without spaces is asked about, too."""


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
    ranked = sorted(((jamo.distance(text, each.text), each) for each in lexicon.phrases), key=_apart)
    whole, nearest = ranked[0]
    if whole <= (SUSPECT_WHOLE if nearest.intent in PLEAS else WHOLE_LIMIT):
        chosen = [each for _, each in ranked[:CANDIDATES]]
        if nearest.intent == "okay":
            # What could deny it must be among what the second engine is asked about.
            chosen += [each for _, each in ranked[CANDIDATES:] if each.intent == "no"][:2]
        return Suspicion(tuple(chosen), whole, None)
    return _spot(words, lexicon)


def _apart(pair: tuple[float, Phrase]) -> float:
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


def _span(words: Sequence[Word], sounds: list[str]) -> tuple[float, float] | None:
    for start in range(len(words)):
        run: list[str] = []
        for end in range(start, len(words)):
            run += jamo.letters(words[end].text)
            if len(run) > len(sounds) + 2:
                break
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


def sure(suspicion: Suspicion, free_text: str) -> bool:
    """Whether a plea is so clear that the second look would only cost time."""
    phrase = suspicion.phrases[0]
    clear = suspicion.span is None and suspicion.whole <= SURE_WHOLE
    return phrase.intent in PLEAS and clear and jamo.distance(free_text, phrase.text) <= SURE_FREE


def looked_at(suspicion: Suspicion | None, own_text: str, lexicon: Lexicon) -> Suspicion | None:
    """What the second engine is asked about: what the grammar suspects, and what its own words are near."""
    if suspicion is not None and suspicion.span is not None:
        return suspicion
    ranked = sorted(((jamo.distance(own_text, each.text), each) for each in lexicon.phrases), key=_apart)
    near = [each for apart, each in ranked[:MOST_NEAR] if apart <= OWN_NEAR_LIMIT]
    if not near and suspicion is None:
        near = _cried(own_text, lexicon)
    if any(each.intent == "okay" for each in near):
        near += [each for _, each in ranked[MOST_NEAR:] if each.intent == "no"][:2]
    if suspicion is None:
        return Suspicion(tuple(near), 1.0, None, by_grammar=False) if near else None
    both = tuple(dict.fromkeys((*suspicion.phrases, *near)))
    return Suspicion(both[:MOST_LOOKED_AT], suspicion.whole, None)


def _cried(own_text: str, lexicon: Lexicon) -> list[Phrase]:
    """A cry within longer words. Not a fall or a pain: people talk of those as of yesterday's."""
    letters = jamo.letters(own_text)
    return [
        each
        for each in lexicon.phrases
        if each.intent in CRIES
        and len(sounds := jamo.letters(each.text)) >= SPOT_SOUNDS
        and jamo.part(letters, sounds) <= CRIED_LIMIT
    ][:1]


def spellings(phrases: Sequence[Phrase], own_text: str) -> list[str]:
    """Each phrase with its spaces and without: the second engine was taught by people who write both.

    None where its own words are one of the phrases: how well that fits adds nothing.
    """
    if wrote(own_text, phrases) is not None:
        return []
    closed_up = [each.text for each in phrases[:CLOSED_UP]]
    return list(dict.fromkeys([*(each.written for each in phrases), *closed_up]))


def best_spelling(phrases: Sequence[Phrase], fits: Mapping[str, float]) -> list[float]:
    """Of the two spellings of each phrase the one that fits better."""
    return [max(fits.get(each.written, NO_FIT), fits.get(each.text, NO_FIT)) for each in phrases]


def wrote(own_text: str, phrases: Sequence[Phrase]) -> tuple[Phrase, float] | None:
    """The phrase that all the second engine's own words are, and its score."""
    if not jamo.letters(own_text):
        return None
    apart, phrase = min(((jamo.distance(own_text, each.text), each) for each in phrases), key=_apart)
    return (phrase, round(1.0 - apart, 3)) if apart <= OWN_WHOLE_LIMIT else None


def second_look(
    phrases: Sequence[Phrase],
    own: Transcript,
    fits: Sequence[float] | None,
    alone: tuple[Phrase, float] | None,
    *,
    by_grammar: bool = True,
    whole: float = 1.0,
    gentle: bool = False,
) -> tuple[Phrase, float] | None:
    """With the second engine: the phrase that fits the sound, was written down, or is not denied.

    ``alone``: what vosk by itself makes of it. ``whole``: the grammar's distance to the first phrase.
    ``gentle``: an answer is awaited.
    """
    wholly = wrote(own.text, phrases)
    if wholly is not None:
        return wholly
    written = jamo.letters(own.text)
    said = [(jamo.part(written, jamo.letters(each.text)), each) for each in phrases]
    apart, in_words = min(said, key=_apart)
    if fits is None:
        return (in_words, round(1.0 - apart, 3)) if apart <= OWN_WORDS_LIMIT else None
    best = max(range(len(phrases)), key=lambda index: fits[index])
    phrase, fit = phrases[best], fits[best]
    denied = _denied(phrase, phrases, fits) or _goes_on(phrase, own)
    if not denied and fit >= _limit(phrase.intent, by_grammar=by_grammar, gentle=gentle):
        return phrase, score(fit)
    if (
        apart <= OWN_WORDS_LIMIT
        and len(jamo.letters(in_words.text)) >= SPOT_SOUNDS
        and in_words.intent in PLEAS
    ):
        return in_words, round(1.0 - apart, 3)
    if alone is not None and alone[0].intent == phrase.intent and fit >= VETO and not denied:
        return alone
    return _agreed(phrases[0], fits[0], own, whole) if by_grammar else None


def _agreed(phrase: Phrase, fit: float, own: Transcript, whole: float) -> tuple[Phrase, float] | None:
    """Both engines wrote nearly the plea: in noise neither need be right, and they err in different ways."""
    apart = jamo.distance(own.text, phrase.text)
    near = apart <= AGREED_OWN and whole + apart <= AGREED_BOTH and fit >= VETO
    long = len(jamo.letters(phrase.text)) >= SPOT_SOUNDS
    return (phrase, round(1.0 - max(whole, apart), 3)) if near and long and phrase.intent in PLEAS else None


def _goes_on(phrase: Phrase, own: Transcript) -> bool:
    """Whether the engine is sure that the phrase is but the beginning of a word: 아파 of 아파트."""
    wanted = jamo.letters(phrase.text)
    run: list[str] = []
    for word in own.text.split():
        run += jamo.letters(word)
        if len(run) >= len(wanted):
            break
    return run[: len(wanted)] == wanted and len(run) > len(wanted) + 1 and own.confidence >= SURE_OF_ITS_WORDS


def _limit(intent: str, *, by_grammar: bool, gentle: bool) -> float:
    if gentle and intent in GENTLE_FIT:
        return GENTLE_FIT[intent]
    if not by_grammar:
        return OWN_PLEA_FIT if intent in PLEAS else OWN_FIT
    return FIT.get(intent, PLEA_FIT)


def _denied(phrase: Phrase, phrases: Sequence[Phrase], fits: Sequence[float]) -> bool:
    if phrase.intent != "okay":
        return False
    denials = [fit for each, fit in zip(phrases, fits, strict=True) if each.intent == "no"]
    okay = max(fit for each, fit in zip(phrases, fits, strict=True) if each.intent == "okay")
    return any(fit > okay - MARGIN for fit in denials)


def score(fit: float) -> float:
    """A mean log-probability as a score from 0 to 1: -6 is 0, 0 is 1."""
    return round(min(1.0, max(0.0, 1.0 + fit / 6.0)), 3)
