"""What the second engine's look at a stretch of speech decides: its own words, and how well phrases fit.

What it is asked about comes from the grammar's suspicion and from what its own words are near.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from robot_runtime.voice import evidence, jamo
from robot_runtime.voice.evidence import Suspicion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from robot_runtime.voice.lexicon import Lexicon, Phrase
    from robot_runtime.voice.second import Transcript

CRIES = frozenset({"help", "fire"})
FIT = {"okay": -2.3, "no": -2.3, "stop": -2.3, "wake": -2.3}
PLEA_FIT = -2.9
"""Mean log-probability of the phrase's tokens in a Whisper model, from which on it is taken as said."""
BETTER_THAN_OWN = -2.2
RELATIVE_FIT = -3.3
"""A plea the grammar suspects may fit a little worse where the engine is hardly surer of its own words."""
OKAY_BETTER, OKAY_RELATIVE, OKAY_MARGIN = -1.5, -2.9, 1.5
"""The same for an okay, which must be surer, and far from any denial."""
CRIED_LIMIT = 0.15
"""Jamo distance of a cry to a part of the second engine's own words: it stands among them."""
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
MOST_NEAR = 3
CLOSED_UP = 2
"""Of so many, the nearest, the spelling without spaces is asked about, too."""


def looked_at(suspicion: Suspicion | None, own_text: str, lexicon: Lexicon) -> Suspicion | None:
    """What the second engine is asked about: what the grammar suspects, and what its own words are near."""
    if suspicion is not None and suspicion.span is not None:
        return suspicion
    ranked = sorted(
        ((jamo.distance(own_text, each.text), each) for each in lexicon.phrases), key=evidence.apart
    )
    near = [each for apart, each in ranked[:MOST_NEAR] if apart <= OWN_NEAR_LIMIT]
    if not near and suspicion is None:
        near = _cried(own_text, lexicon)
    if any(each.intent == "okay" for each in near):
        near += [each for _, each in ranked[MOST_NEAR:] if each.intent == "no"][:2]
    if suspicion is None:
        return Suspicion(tuple(near), 1.0, None, by_grammar=False) if near else None
    both = tuple(dict.fromkeys((*suspicion.phrases, *near)))
    return replace(suspicion, phrases=both[:MOST_LOOKED_AT])


def _cried(own_text: str, lexicon: Lexicon) -> list[Phrase]:
    """A cry within longer words. Not a fall or a pain: people talk of those as of yesterday's."""
    letters = jamo.letters(own_text)
    return [
        each
        for each in lexicon.phrases
        if each.intent in CRIES
        and len(sounds := jamo.letters(each.text)) >= evidence.SPOT_SOUNDS
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
    apart, phrase = min(((jamo.distance(own_text, each.text), each) for each in phrases), key=evidence.apart)
    return (phrase, round(1.0 - apart, 3)) if apart <= OWN_WHOLE_LIMIT else None


def decide(
    phrases: Sequence[Phrase],
    own: Transcript,
    fits: Sequence[float] | None,
    alone: Callable[[], tuple[Phrase, float] | None],
    *,
    by_grammar: bool = True,
    whole: float = 1.0,
    gentle: bool = False,
) -> tuple[Phrase, float] | None:
    """With the second engine: the phrase that fits the sound, was written down, or is not denied.

    ``alone``: what vosk by itself makes of it, asked only where it counts, for it takes longest.
    ``whole``: the grammar's distance to the first phrase. ``gentle``: an answer is awaited.
    """
    wholly = wrote(own.text, phrases)
    if wholly is not None:
        return wholly
    written = jamo.letters(own.text)
    said = [(jamo.part(written, jamo.letters(each.text)), each) for each in phrases]
    apart, in_words = min(said, key=evidence.apart)
    if fits is None:
        return (in_words, round(1.0 - apart, 3)) if apart <= evidence.OWN_WORDS_LIMIT else None
    best = max(range(len(phrases)), key=lambda index: fits[index])
    phrase, fit = phrases[best], fits[best]
    denied = _denied(phrase, phrases, fits) or _goes_on(phrase, own)
    limit = _limit(phrase.intent, by_grammar=by_grammar, gentle=gentle)
    if by_grammar:
        limit = min(limit, _relative(phrase, phrases, fits, own, whole))
    if not denied and fit >= limit:
        return phrase, score(fit)
    if (
        apart <= evidence.OWN_WORDS_LIMIT
        and len(jamo.letters(in_words.text)) >= evidence.SPOT_SOUNDS
        and in_words.intent in evidence.PLEAS
    ):
        return in_words, round(1.0 - apart, 3)
    by_itself = alone() if fit >= VETO and not denied else None
    if by_itself is not None and by_itself[0].intent == phrase.intent:
        # A command needs more than not to be denied where the engine is sure that something else was said.
        sure_of_others = own.confidence >= SURE_OF_ITS_WORDS and phrase.intent not in evidence.PLEAS
        return None if sure_of_others else by_itself
    return _agreed(phrases[0], fits[0], own, whole) if by_grammar else None


def _relative(
    phrase: Phrase, phrases: Sequence[Phrase], fits: Sequence[float], own: Transcript, whole: float
) -> float:
    """The limit where the engine is hardly surer of its own words than of the phrase; 0: none."""
    best = max(fits)
    behind = best - own.confidence
    if phrase.intent in evidence.PLEAS:
        return RELATIVE_FIT if behind >= BETTER_THAN_OWN and whole <= evidence.WHOLE_LIMIT else 0.0
    denials = [fit for each, fit in zip(phrases, fits, strict=True) if each.intent == "no"]
    far = all(fit <= best - OKAY_MARGIN for fit in denials)
    near = whole <= evidence.WHOLE_LIMIT and behind >= OKAY_BETTER
    return OKAY_RELATIVE if phrase.intent == "okay" and near and far else 0.0


def _agreed(phrase: Phrase, fit: float, own: Transcript, whole: float) -> tuple[Phrase, float] | None:
    """Both engines wrote nearly the plea: in noise neither need be right, and they err in different ways."""
    apart = jamo.distance(own.text, phrase.text)
    near = apart <= AGREED_OWN and whole + apart <= AGREED_BOTH and fit >= VETO
    long = len(jamo.letters(phrase.text)) >= evidence.SPOT_SOUNDS
    return (
        (phrase, round(1.0 - max(whole, apart), 3))
        if near and long and phrase.intent in evidence.PLEAS
        else None
    )


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
        return OWN_PLEA_FIT if intent in evidence.PLEAS else OWN_FIT
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
