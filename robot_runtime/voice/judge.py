"""Puts a stretch of speech to all the engines that there are, and says what it meant."""

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError
from robot_runtime.voice import bursts, evidence, second_look
from robot_runtime.voice.recogniser import BYTES_PER_S, RATE_HZ, Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import vosk

    from robot_runtime.voice.evidence import Suspicion, Word
    from robot_runtime.voice.lexicon import Lexicon, Phrase
    from robot_runtime.voice.second import SecondEar

_LOGGER = logging.getLogger(__name__)

CUT_MARGIN_S = 0.35
"""Around a phrase within longer speech."""
PATIENCE_S = 1.0
"""Further behind than this, a stretch is not searched for bursts: never more than 2 s is the goal."""
CLEAR = -0.35
"""A second engine as sure of its own words as this has heard all there was: nothing hides behind them."""
SHORT_S = 3.0
"""What the second engine wrote in a look will do where it was so short, and clear."""
SECOND_AGAIN_S = 60.0
"""A second engine that failed is asked again after so long."""


def _nothing() -> None:
    return None


class Judge:
    """Takes whole stretches, 16 kHz mono PCM16; knows nothing of where they begin and end."""

    def __init__(
        self,
        model: vosk.Model,
        words: Lexicon,
        second_ear: SecondEar | None,
        clock: Callable[[], float],
    ) -> None:
        """``clock``: the stream's time in seconds."""
        self._words = words
        self._free = Decoder(model)
        self._again = Decoder(model, words.grammar)
        self.second = second_ear
        self._clock = clock
        self._try_again_at = float("-inf")
        self.failure: str | None = None
        """Why the second engine does not work just now."""
        self.hurried = False
        """Sound waits: only the first look at a stretch is taken."""
        self.behind_s = 0.0
        """How long sound waited already when this look began."""
        self.awaited = False
        """An answer is awaited, so that it may fit less well."""
        self._own = (b"", "")
        self._clear = False
        self._began = 0.0

    @property
    def second_now(self) -> SecondEar | None:
        """The second engine, unless it failed a moment ago."""
        return None if self._clock() < self._try_again_at else self.second

    def weigh(self, sound: bytes, words: Sequence[Word]) -> tuple[Phrase, float] | None:
        """The intent's phrase of a stretch and its score, if it has one."""
        self._clear = False
        self._began = time.monotonic()
        suspicion = evidence.suspect(words, self._words)
        if suspicion is not None and suspicion.span is None:
            return self._weigh_suspicion(sound, suspicion)
        # What the grammar found in a part of it is often nothing, and what was said elsewhere in it.
        second_ear = None if self.hurried else self.second_now
        found = None if second_ear is None else self._look_again(second_ear, sound, None)
        if found is not None or self._clear or suspicion is None or suspicion.span is None:
            return found
        found = self._weigh_suspicion(cut(sound, *suspicion.span), suspicion)
        self._clear = False
        return found

    def weigh_amid(self, sound: bytes, suspicion: Suspicion) -> tuple[Phrase, float] | None:
        """A plea while voices go on, which must be clear to the second engine: the whole is heard later."""
        second_ear = None if self.hurried else self.second_now
        if second_ear is None or suspicion.span is None:
            return None
        return self._clearly(second_ear, cut(sound, *suspicion.span), suspicion)

    def weigh_burst(self, sound: bytes) -> tuple[Phrase, float] | None:
        """The same of what stood out of the voices."""
        second_ear = None if self.hurried else self.second_now
        if second_ear is None:
            return None
        suspicion = evidence.suspect(self._again.decode(sound), self._words)
        whole = suspicion is not None and suspicion.span is None
        return self._clearly(second_ear, sound, suspicion if whole else None)

    def _clearly(
        self, second_ear: SecondEar, sound: bytes, suspicion: Suspicion | None
    ) -> tuple[Phrase, float] | None:
        asked = None if suspicion is None else replace(suspicion, span=None, by_grammar=False)
        found = self._look_again(second_ear, sound, asked)
        return found if found is not None and found[0].intent in evidence.PLEAS else None

    def _weigh_suspicion(self, sound: bytes, suspicion: Suspicion) -> tuple[Phrase, float] | None:
        free: list[str] = []

        def alone() -> tuple[Phrase, float] | None:
            if not evidence.worth_decoding(suspicion):
                return None
            if not free:
                free.append(self._decode_freely(sound))
            return evidence.by_itself(suspicion, free[0])

        if evidence.may_be_sure(suspicion):
            found = alone()
            if evidence.sure(suspicion, free[0]):
                return found
        second_ear = self.second_now
        return alone() if second_ear is None else self._look_again(second_ear, sound, suspicion, alone)

    def _look_again(
        self,
        second_ear: SecondEar,
        sound: bytes,
        suspicion: Suspicion | None,
        alone: Callable[[], tuple[Phrase, float] | None] = _nothing,
    ) -> tuple[Phrase, float] | None:
        """What the second engine says; it is asked about each stretch, for a look costs little (voice.md)."""
        asked: Suspicion | None = None
        texts: list[str] = []

        def choose(own_text: str) -> list[str]:
            nonlocal asked, texts
            asked = second_look.looked_at(suspicion, own_text, self._words)
            texts = [] if asked is None else second_look.spellings(asked.phrases, own_text)
            return texts

        try:
            own, fits = second_ear.fit(sound, choose)
        except HearingError as error:
            self._without_second(error)
            return alone()
        self.failure = None
        self._own = (sound, own.text)
        self._clear = own.confidence >= CLEAR
        if fits is None:
            choose(own.text)
        if asked is None:
            return None
        return second_look.decide(
            asked.phrases,
            own,
            None
            if fits is None
            else second_look.best_spelling(asked.phrases, dict(zip(texts, fits, strict=True))),
            alone,
            by_grammar=asked.by_grammar,
            whole=asked.whole,
            gentle=self.awaited,
        )

    def called(self, sound: bytes, words: Sequence[Word]) -> str | None:
        """The robot's name and what follows in the same breath; only a second engine knows."""
        name = evidence.named(words, self._words) if words and self.second_now is not None else None
        if name is None or self.hurried:
            return None
        text = self._own[1] if self._own[0] is sound else self._its_words(sound)
        return text if evidence.in_text(name, text) else None

    def _its_words(self, sound: bytes) -> str:
        try:
            return self.write(sound)
        except HearingError as error:
            return self.by_hand(sound, error)

    def weigh_bursts(self, chunks: Sequence[bytes]) -> tuple[Phrase, float] | None:
        """What is louder than the rest of a long stretch, each by itself; safe only with a second engine."""
        if self.second_now is None or self.hurried or self._clear or len(chunks) < bursts.LONGEST_CHUNKS:
            return None
        began = self._began
        for start, end in bursts.bursts(chunks):
            if self.behind_s + time.monotonic() - began > PATIENCE_S:
                break
            sound = b"".join(chunks[start:end])
            found = self.weigh(sound, self._again.decode(sound))
            if found is not None and found[0].intent in evidence.PLEAS:
                return found
        return None

    def written(self, sound: bytes) -> str | None:
        """The stretch as text without delay: it was short and clear, or there is no second engine now."""
        if self._own[0] is sound and (self._clear and len(sound) <= SHORT_S * BYTES_PER_S):
            return self._own[1]
        return None if self.second_now is not None else self._decode_freely(sound)

    def write(self, sound: bytes) -> str:
        """Any length as text by the second engine; in any thread; raises ``HearingError``."""
        second_ear = self.second
        if second_ear is None:
            raise HearingError("there is no second engine")
        text = second_ear.write_down(sound).text
        self.failure = None
        return text

    def by_hand(self, sound: bytes, error: HearingError) -> str:
        """What the second engine could not write down."""
        self._without_second(error)
        return self._decode_freely(sound)

    def _without_second(self, error: HearingError) -> None:
        """It is asked again a minute later: a server may be back, or memory that was short."""
        if self.failure is None:
            _LOGGER.warning("%s; the second engine is left out for a while", error)
        self.failure = str(error)
        self._try_again_at = self._clock() + SECOND_AGAIN_S

    def _decode_freely(self, stretch: bytes) -> str:
        return "".join(word.text for word in self._free.decode(stretch))


def cut(sound: bytes, start_s: float, end_s: float) -> bytes:
    """A part of the sound with a margin."""
    first = max(0, int((start_s - CUT_MARGIN_S) * RATE_HZ)) * 2
    return sound[first : int((end_s + CUT_MARGIN_S) * RATE_HZ) * 2]
