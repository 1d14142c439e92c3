"""A Whisper model on the CPU (faster-whisper, int8), one thread, greedy."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from robot_runtime.errors import HearingError
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

Given 10 s it writes and judges nearly the same at a seventh of the cost (docs/voice.md).
"""
SILENCE_FRAMES = 50
"""So much silence at least ends the window; without it the last word is sometimes cut off or repeated."""
FRAMES_PER_STEP = 2
"""The encoder halves the 100 frames a second."""

logging.getLogger("faster_whisper").setLevel(logging.WARNING)


@cache
def _load(folder: Path) -> WhisperModel:
    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
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
        """The stretch as text."""
        return self._transcribe(*self._hear(pcm))

    def fit(
        self, pcm: bytes, choose: Callable[[str], Sequence[str]]
    ) -> tuple[Transcript, list[float] | None]:
        """Its own words, and how probable each phrase is where its own words are not asked for."""
        heard, frames = self._hear(pcm)
        own = self._transcribe(heard, frames)
        return own, [self._probability(heard, frames, each) for each in choose(own.text)]

    def _hear(self, pcm: bytes) -> tuple[Any, int]:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        features = self._model.feature_extractor(samples)
        frames = int(features.shape[-1])
        window = min(MOST_FRAMES, max(LEAST_FRAMES, frames + SILENCE_FRAMES))
        return self._model.encode(pad_or_trim(features, window)), min(frames, window)

    def _transcribe(self, heard: Any, frames: int) -> Transcript:
        longest = min(MOST_TOKENS, len(self._prompt) + TOKENS_MORE + TOKENS_PER_S * frames // FRAMES_PER_S)
        made = self._model.model.generate(
            heard, [self._prompt], beam_size=1, max_length=longest, return_scores=True
        )[0]
        return Transcript(self._words.decode(made.sequences_ids[0]).strip(), round(float(made.scores[0]), 3))

    def _probability(self, heard: Any, frames: int, phrase: str) -> float:
        tokens = self._words.encode(f" {phrase}")
        steps = min(frames // FRAMES_PER_STEP, 1500)
        found = self._model.model.align(heard, self._prompt, [tokens], steps)[0]
        return float(np.mean(np.log(np.maximum(found.text_token_probs, LEAST_PROBABILITY))))
