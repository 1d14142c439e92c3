"""A Whisper model on the CPU (faster-whisper, int8), one thread.

A second look must be quick: it is greedy, in a short window. What is written down for others may take a fifth
of its own length: five beams, in the window that the model was made for.
"""

import logging
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from robot_runtime.errors import HearingError
from robot_runtime.voice import pieces
from robot_runtime.voice.second import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LEAST_PROBABILITY = 1e-6
TOKENS_PER_S, TOKENS_MORE, MOST_TOKENS = 15, 10, 440
"""More than anybody says: a decoder that repeats itself is cut off there."""
FRAMES_PER_S = 100
LEAST_FRAMES, MOST_FRAMES = 1000, 3000
"""The encoder was made for windows of 30 s (3,000 frames) and costs as much for a cry of one second.

Given 10 s it judges nearly the same at a seventh of the cost, but writes worse (docs/voice.md).
"""
BEAMS = 5
REPEATS = 2.4
"""Text that zlib shortens so much says the same over and over (Radford et al. 2022, *Robust Speech
Recognition via Large-Scale Weak Supervision*, section 4.5)."""
NO_SPEECH, HARDLY_SURE = 0.6, -1.0
"""Where the model sees no speech, and is hardly sure of its words, there was none (the same section)."""
TOKENS_IN_A_ROW = 3
"""None so long comes twice in what is decoded again because it repeated itself."""
SILENCE_FRAMES = 50
"""So much silence at least ends the window; without it the last word is sometimes cut off or repeated."""
FRAMES_PER_STEP = 2
"""The encoder halves the 100 frames a second."""

logging.getLogger("faster_whisper").setLevel(logging.WARNING)


@cache
def _load(folder: Path) -> WhisperModel:
    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=2)
    except Exception as error:  # ctranslate2 and tokenizers raise their own
        raise HearingError(
            f"the Whisper model in {folder} can't be loaded ({error}); fetch it anew: seogu-robot fetch-model"
        ) from error


class Whisper:
    """One loaded model, for one language."""

    def __init__(self, folder: Path, language: str) -> None:
        """Some 3 s and 250 MB the first time; raises ``HearingError`` when the folder holds no model."""
        self._model = _load(folder)
        self._words = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=language
        )
        self._prompt = [*self._words.sot_sequence, self._words.no_timestamps]

    def write_down(self, pcm: bytes) -> Transcript:
        """All of it as text, of any length; the empty text where nothing was said."""
        written = [self._write(each) for each in pieces.pieces(pcm)]
        text = " ".join(each.text for each in written if each.text)
        return Transcript(text, min((each.confidence for each in written), default=0.0))

    def fit(
        self, pcm: bytes, choose: Callable[[str], Sequence[str]]
    ) -> tuple[Transcript, list[float] | None]:
        """Its own words, and how probable each phrase is where its own words are not asked for."""
        heard, frames = self._hear(pcm)
        own = self._transcribe(heard, frames)
        return own, [self._probability(heard, frames, each) for each in choose(own.text)]

    def _write(self, pcm: bytes) -> Transcript:
        heard, frames = self._hear(pcm, MOST_FRAMES)
        made = self._transcribe(heard, frames, beam_size=BEAMS)
        if repeats(made.text):
            made = self._transcribe(heard, frames, beam_size=BEAMS, no_repeat_ngram_size=TOKENS_IN_A_ROW)
        return made

    def _hear(self, pcm: bytes, least: int = LEAST_FRAMES) -> tuple[Any, int]:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        features = self._model.feature_extractor(samples)
        frames = int(features.shape[-1])
        window = min(MOST_FRAMES, max(least, frames + SILENCE_FRAMES))
        return self._model.encode(pad_or_trim(features, window)), min(frames, window)

    def _transcribe(self, heard: Any, frames: int, **how: int) -> Transcript:
        longest = min(MOST_TOKENS, len(self._prompt) + TOKENS_MORE + TOKENS_PER_S * frames // FRAMES_PER_S)
        made = self._model.model.generate(
            heard,
            [self._prompt],
            **{"beam_size": 1} | how,
            max_length=longest,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        confidence = round(float(made.scores[0]), 3)
        if made.no_speech_prob > NO_SPEECH and confidence < HARDLY_SURE and how:
            return Transcript("", confidence)
        return Transcript(self._words.decode(made.sequences_ids[0]).strip(), confidence)

    def _probability(self, heard: Any, frames: int, phrase: str) -> float:
        tokens = self._words.encode(f" {phrase}")
        steps = min(frames // FRAMES_PER_STEP, 1500)
        found = self._model.model.align(heard, self._prompt, [tokens], steps)[0]
        return float(np.mean(np.log(np.maximum(found.text_token_probs, LEAST_PROBABILITY))))


def repeats(text: str) -> bool:
    """Whether a text says the same over and over, as a decoder does that has lost its way."""
    raw = text.encode()
    return len(raw) > REPEATS * len(zlib.compress(raw))
