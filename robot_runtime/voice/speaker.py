"""The robot's mouth: a queue of phrases in which the urgent cuts in."""

import asyncio
import contextlib
import json
import logging
import sys
import tempfile
import wave
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from robot_runtime.errors import SpeechError
from robot_runtime.voice import portaudio

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.config import Config, SpeechConfig

_LOGGER = logging.getLogger(__name__)

SYNTHESIS_S = 15.0
"""A phrase that takes longer has hung the synthesiser; it is started anew."""
VOICES = {"ko": "ko", "en": "en"}
RATE_STEP_WPM = 20
SLOWEST_WPM, FASTEST_WPM = 90, 240
VOLUME_STEP = 0.2
SOFTEST, LOUDEST = 0.2, 1.0
QUIET_VOLUME = 0.4
"""In quiet hours what is not urgent is said at most so loud."""


class Player(Protocol):
    """Where the sound goes."""

    async def play(self, wav: Path) -> None:
        """Returns when the sound has been heard; may be cancelled in the middle."""


class WavFolder:
    """Keeps numbered wav files in a folder, and takes as long as each would sound."""

    def __init__(self, folder: Path) -> None:
        """Goes on after the highest number that is there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        taken = [int(file.stem) for file in folder.glob("*.wav") if file.stem.isdecimal()]
        self._number = max(taken, default=0)

    async def play(self, wav: Path) -> None:
        """The file appears whole; then as long as it would sound."""
        self._keep(wav)
        await asyncio.sleep(duration_s(wav))

    def _keep(self, wav: Path) -> None:
        self._number += 1
        fresh = self._folder / f"{self._number:04d}.part"
        fresh.write_bytes(wav.read_bytes())
        fresh.replace(fresh.with_suffix(".wav"))


class Loudspeaker:
    """The sound card, through PortAudio."""

    async def play(self, wav: Path) -> None:
        """Writes 50 ms at a time, so that cutting in is quick."""
        import sounddevice  # noqa: PLC0415 - loads PortAudio, which a robot without a sound card may lack

        with wave.open(str(wav), "rb") as file:
            rate = file.getframerate()
            try:
                stream = sounddevice.RawOutputStream(
                    samplerate=rate, channels=file.getnchannels(), dtype="int16"
                )
                with portaudio.playing(), stream:
                    while block := file.readframes(rate // 20):
                        await asyncio.to_thread(stream.write, block)
                    await asyncio.sleep(float(stream.latency))
            except sounddevice.PortAudioError as error:
                raise SpeechError(f"the loudspeaker does not work: {error}") from error


class Synthesiser:
    """espeak-ng through pyttsx3, in a process of its own that is started anew when it fails."""

    def __init__(self, language: str, config: SpeechConfig) -> None:
        """Starts with the first phrase."""
        self._voice = VOICES[language]
        self._config = config
        self._process: asyncio.subprocess.Process | None = None

    @property
    def config(self) -> SpeechConfig:
        """How fast and loud it speaks now."""
        return self._config

    def change(self, action: str) -> SpeechConfig:
        """``louder``, ``softer``, ``slower`` or ``faster`` by one step, within what can be understood."""
        rate, volume = self._config.rate_wpm, self._config.volume
        match action:
            case "louder":
                volume = min(LOUDEST, round(volume + VOLUME_STEP, 2))
            case "softer":
                volume = max(SOFTEST, round(volume - VOLUME_STEP, 2))
            case "slower":
                rate = max(SLOWEST_WPM, rate - RATE_STEP_WPM)
            case "faster":
                rate = min(FASTEST_WPM, rate + RATE_STEP_WPM)
        self._config = replace(self._config, rate_wpm=rate, volume=volume)
        return self._config

    def set(self, rate_wpm: int, volume: float) -> None:
        """As it was set before a restart."""
        self._config = replace(
            self._config,
            rate_wpm=max(SLOWEST_WPM, min(FASTEST_WPM, rate_wpm)),
            volume=max(SOFTEST, min(LOUDEST, volume)),
        )

    async def write(self, text: str, wav: Path, volume: float | None = None) -> None:
        """Writes the phrase to a wav file, at most as loud as ``volume``.

        Raises ``SpeechError`` when a fresh process can't do it either.
        """
        try:
            await self._write_once(text, wav, volume)
        except SpeechError as error:
            _LOGGER.warning("%s; trying once more", error)
            await self.stop()
            await self._write_once(text, wav, volume)

    async def _write_once(self, text: str, wav: Path, volume: float | None = None) -> None:
        request = {
            "text": text,
            "path": str(wav),
            "voice": self._voice,
            "rate": self._config.rate_wpm,
            "volume": self._config.volume if volume is None else min(volume, self._config.volume),
        }
        line = json.dumps(request) + "\n"
        try:
            async with asyncio.timeout(SYNTHESIS_S):
                answer = await self._ask(line)
        except (TimeoutError, OSError, ValueError) as error:
            await self.stop()
            raise SpeechError(f"the speech synthesiser failed ({error!r}); it is started anew") from error
        except asyncio.CancelledError:
            await self.stop()
            raise
        if not answer.get("ok"):
            raise SpeechError(f"the speech synthesiser failed: {answer.get('error')}")
        if not _sounds(wav):
            raise SpeechError("the speech synthesiser made no sound")

    async def _ask(self, line: str) -> dict[str, object]:
        """A process that died since the last phrase is started anew for this one."""
        if self._process is not None:
            try:
                return await _exchange(self._process, line)
            except OSError, ValueError:
                await self.stop()
        return await _exchange(await self._start(), line)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "robot_runtime.voice.synthesis",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._process = process
        await _exchange(process, "")
        return process

    async def stop(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@dataclass(slots=True, eq=False)
class _Utterance:
    text: str
    urgent: bool
    tag: str
    done: asyncio.Future[bool]
    hushed: bool = False


class Speaker:
    """Says one thing after another; the urgent goes first and interrupts what is not."""

    def __init__(
        self,
        synthesiser: Synthesiser,
        player: Player,
        on_speaking: Callable[[bool], None],
        on_failure: Callable[[str | None], None],
    ) -> None:
        """``on_speaking`` is told when sound begins and ends, so that the ears are shut to it.

        ``on_failure`` is told when the mouth fails, and with ``None`` when it works again.
        """
        self._synthesiser = synthesiser
        self._player = player
        self._queue: list[_Utterance] = []
        self._added = asyncio.Event()
        self._playing: tuple[_Utterance, asyncio.Task[None]] | None = None
        self._on_speaking = on_speaking
        self._on_failure = on_failure
        self._failure: str | None = None
        self.quiet: Callable[[], bool] = lambda: False
        """Whether it is an hour in which what is not urgent is said softly."""

    @property
    def saying(self) -> str:
        """The words that sound just now, so that the ears can tell the robot's own voice; empty: none."""
        return self._playing[0].text if self._playing is not None else ""

    @property
    def voice(self) -> Synthesiser:
        """What makes the sound."""
        return self._synthesiser

    def hush(self, tag: str) -> None:
        """Ends at once what is marked so, and what is not urgent; it counts as not said."""
        for each in [*self._queue, *([self._playing[0]] if self._playing else [])]:
            if each.tag == tag or not each.urgent:
                each.hushed = True
                if each in self._queue:
                    self._queue.remove(each)
                    each.done.set_result(False)
        if self._playing is not None and self._playing[0].hushed:
            self._playing[1].cancel()

    async def say(self, text: str, *, urgent: bool = False, tag: str = "") -> bool:
        """Returns when it was said, anew where something urgent cut in; ``False`` when it could not be."""
        utterance = _Utterance(text, urgent, tag, asyncio.get_running_loop().create_future())
        place = sum(each.urgent for each in self._queue) if urgent else len(self._queue)
        self._queue.insert(place, utterance)
        if urgent and self._playing is not None and not self._playing[0].urgent:
            self._playing[1].cancel()
        self._added.set()
        return await utterance.done

    async def run(self) -> None:
        """For ever: takes the next phrase and says it."""
        try:
            while True:
                await self._added.wait()
                while self._queue:
                    await self._say_next(self._queue.pop(0))
                self._added.clear()
        finally:
            await self._synthesiser.stop()

    async def _say_next(self, utterance: _Utterance) -> None:
        task = asyncio.create_task(self._sound(utterance))
        self._playing = (utterance, task)
        said = False
        try:
            await asyncio.wait({task})
            if task.cancelled() and utterance.hushed:
                pass
            elif task.cancelled():
                self._queue.insert(sum(each.urgent for each in self._queue), utterance)
            else:
                failure = task.exception()
                if failure is not None and not isinstance(failure, (SpeechError, OSError)):
                    raise failure
                said = failure is None
                self._note(failure)
        finally:
            task.cancel()
            self._playing = None
            self._on_speaking(False)
            if utterance not in self._queue and not utterance.done.done():
                utterance.done.set_result(said)

    async def _sound(self, utterance: _Utterance) -> None:
        volume = QUIET_VOLUME if self.quiet() and not utterance.urgent else None
        with tempfile.TemporaryDirectory(prefix="seogu-speech-") as folder:
            wav = Path(folder) / "phrase.wav"
            await self._synthesiser.write(utterance.text, wav, volume)
            self._on_speaking(True)
            await self._player.play(wav)

    def _note(self, failure: BaseException | None) -> None:
        words = None if failure is None else str(failure)
        if words != self._failure:
            self._failure = words
            if words is not None:
                _LOGGER.error("The robot can't speak: %s", words)
            self._on_failure(words)


def make_speaker(
    config: Config, on_speaking: Callable[[bool], None], on_failure: Callable[[str | None], None]
) -> Speaker:
    """The mouth that the configuration names."""
    folder = config.speech.wav_dir
    player: Player = Loudspeaker() if folder is None else WavFolder(folder)
    made = Speaker(make_synthesiser(config), player, on_speaking, on_failure)
    quiet = config.speech.quiet
    if quiet is not None:
        made.quiet = lambda: within(datetime.now().astimezone().time(), *quiet)
    return made


def make_synthesiser(config: Config) -> Synthesiser:
    """The voice that the configuration names; espeak-ng is the floor."""
    if config.speech.voice == "espeak":
        return Synthesiser(config.language, config.speech)
    from robot_runtime.voice.wyoming_voice import WyomingVoice  # noqa: PLC0415 - only where it is asked for

    return WyomingVoice(config.speech.voice, config.language, config.speech)


def within(moment: time, begin: time, end: time) -> bool:
    """Whether a time of day lies in a span that may go over midnight."""
    return begin <= moment < end if begin <= end else moment >= begin or moment < end


def _sounds(wav: Path) -> bool:
    return wav.exists() and duration_s(wav) > 0.0


def duration_s(wav: Path) -> float:
    """How long the file sounds."""
    with wave.open(str(wav), "rb") as file:
        return file.getnframes() / file.getframerate()


async def _exchange(process: asyncio.subprocess.Process, line: str) -> dict[str, object]:
    """Sends a line (or none), reads the answer; raises ``ValueError`` or ``OSError`` when it is gone."""
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    if line:
        process.stdin.write(line.encode())
        await process.stdin.drain()
    answer = await process.stdout.readline()
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for the caller
    return found
