"""The resident's own voice: records the phrases that matter, measures how they are heard, and adapts.

The recordings stay in the robot's state folder and never leave it; they may be deleted after the measurement.
"""

import json
import tomllib
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

from robot_runtime.errors import HearingError
from robot_runtime.voice import jamo
from robot_runtime.voice.listener import make_listener
from robot_runtime.voice.recogniser import RATE_HZ, FreeEar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from robot_runtime.voice.listener import Listener
    from robot_runtime.voice.sound_in import SoundSource

PHRASES = {
    "ko": {
        "help": ("살려 주세요", "도와줘", "사람 살려"),
        "fallen": ("넘어졌어", "못 일어나겠어"),
        "pain": ("너무 아파", "가슴이 아파"),
        "fire": ("불이야",),
        "okay": ("괜찮아", "응 괜찮아"),
        "no": ("아니",),
        "stop": ("그만",),
    },
    "en": {
        "help": ("help me", "please help me"),
        "fallen": ("i fell down", "i can't get up"),
        "pain": ("my chest hurts",),
        "fire": ("there is a fire",),
        "okay": ("i'm okay", "i'm fine"),
        "no": ("no",),
        "stop": ("stop",),
    },
}
SAY_S = 4.0
FOLDER = "voice"
ADAPTED = "voice.toml"
SHORTEST_SOUNDS = 5
"""A shorter alternative would be found in any speech."""
NEAREST_OTHER = 0.5
"""An alternative nearer (jamo) than this to another intent's phrase is not taken."""
SILENCE = bytes(2 * RATE_HZ)


@dataclass(frozen=True, slots=True)
class Measured:
    """One recording, what was wanted and what was heard."""

    phrase: str
    intent: str
    heard: str | None
    score: float


def record(source: SoundSource, language: str, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """Asks for each phrase in turn and keeps 4 s of sound; raises ``HearingError`` without a microphone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    blocks = iter(source.blocks())
    files = []
    for intent, phrases in PHRASES[language].items():
        for phrase in phrases:
            tell(f"› {phrase}")
            sound = b""
            while len(sound) < SAY_S * RATE_HZ * 2:
                sound += next(blocks).pcm
            file = folder / f"{intent}-{phrase.replace(' ', '_')}.wav"
            with wave.open(str(file), "wb") as wav:
                wav.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
                wav.writeframes(sound)
            files.append(file)
    return files


def measure(listener: Listener, files: Iterable[Path]) -> list[Measured]:
    """How each recording is heard; raises ``HearingError`` for one that is no recording of these."""
    found = []
    for file in sorted(files):
        intent, _, phrase = file.stem.partition("-")
        heard = [each for each in listener.feed(_sound(file) + SILENCE) if each.intent]
        best = next((each for each in heard if each.intent == intent), heard[0] if heard else None)
        found.append(
            Measured(
                phrase.replace("_", " "), intent, best.intent if best else None, best.score if best else 0.0
            )
        )
    return found


def adapt(
    missed: Sequence[Measured], folder: Path, language: str, listener: Listener
) -> dict[str, list[str]]:
    """What vosk makes of the missed phrases, by intent; what is near another intent is left."""
    ear = FreeEar(language)
    found: dict[str, list[str]] = {}
    for each in missed:
        written = ear.write_down(_sound(folder / f"{each.intent}-{each.phrase.replace(' ', '_')}.wav"))
        text = written.replace(" ", "") if language == "ko" else written
        if len(jamo.letters(text)) >= SHORTEST_SOUNDS and listener.far_from_others(
            text, each.intent, NEAREST_OTHER
        ):
            found.setdefault(each.intent, []).append(text)
    return found


def write(alternatives: dict[str, list[str]], file: Path) -> None:
    """As the listener reads them again."""
    # A list of strings is written in TOML as in JSON.
    lines = [
        f"{intent} = {json.dumps(texts, ensure_ascii=False)}\n" for intent, texts in alternatives.items()
    ]
    said = "# How this resident says it (seogu-robot record-phrases).\n" + "".join(lines)
    file.write_text(said, encoding="utf-8")


def read(file: Path) -> dict[str, list[str]]:
    """The resident's alternatives, or none; raises ``HearingError`` for a file that can't be read."""
    if not file.exists():
        return {}
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        return {intent: [str(text) for text in texts] for intent, texts in raw.items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError) as error:
        raise HearingError(
            f"{file} can't be read ({error}); remove it and record the phrases anew"
        ) from error


def session(
    source: SoundSource, language: str, state_dir: Path, tell: Callable[[str], None], *, take: bool
) -> list[Measured]:
    """Records, measures, tells; with ``take`` the alternatives are kept for the next start."""
    folder = state_dir / FOLDER
    tell("Say each phrase after it is shown. / 보이는 말을 하나씩 말씀해 주세요.")
    files = record(source, language, folder, tell)
    listener = make_listener(language)
    measured = measure(listener, files)
    for each in measured:
        mark = "ok  " if each.heard == each.intent else "MISS"
        tell(f"{mark}  {each.phrase}: {each.heard or '-'} ({each.score:.2f})")
    missed = [each for each in measured if each.heard != each.intent]
    tell(f"{len(measured) - len(missed)} of {len(measured)} heard")
    if take and missed:
        alternatives = adapt(missed, folder, language, listener)
        write(alternatives, state_dir / ADAPTED)
        learnt = sum(map(len, alternatives.values()))
        tell(f"{learnt} of {len(missed)} missed phrases learnt for the next start")
    return measured


def _sound(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as wav:
            if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) != (RATE_HZ, 1, 2):
                raise HearingError(f"{file} is not 16 kHz mono PCM16")
            return bytes(wav.readframes(-1))
    except (OSError, EOFError, wave.Error) as error:
        raise HearingError(f"{file} can't be read: {error}") from error
