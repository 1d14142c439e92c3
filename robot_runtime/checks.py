"""What works in this installation, in plain words."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bleak.exc import BleakError

from robot_runtime import identity, phrases
from robot_runtime.errors import HearingError, RobotError, SpeechError
from robot_runtime.events import EventLog
from robot_runtime.radio import pairing, wearables
from robot_runtime.radio.finder import Finder
from robot_runtime.voice import listener, recogniser, second, speaker
from robot_runtime.voice.speaker import Synthesiser

if TYPE_CHECKING:
    from robot_runtime.config import Config, WearableConfig

ANSWER_S = 5.0
WEARABLE_S = 20.0
SECOND_ENGINE = {
    True: "the second engine is there: suspected pleas are heard twice, and what is said can be written down",
    False: "no second engine: safety words are heard, longer speech is not written down "
    "(seogu-robot fetch-model)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and how it is."""

    ok: bool
    words: str


async def check(config: Config) -> list[Finding]:
    """Tries every part; never raises for one that fails."""
    findings = [Finding(True, f"configuration of {config.robot_id} is complete"), _state(config)]
    findings.append(await _broker(config))
    findings.append(await _speech(config))
    findings.extend(await asyncio.to_thread(_hearing, config))
    findings.extend(await _wearables(config))
    return findings


def _state(config: Config) -> Finding:
    try:
        config.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        identity.load_or_create(config.state_dir)
    except (OSError, RobotError) as error:
        return Finding(False, f"the state folder {config.state_dir} can't be used: {error}")
    return Finding(True, f"the state folder {config.state_dir} holds the robot's key")


async def _broker(config: Config) -> Finding:
    where = f"{config.mqtt.host}:{config.mqtt.port}"
    try:
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_connection(config.mqtt.host, config.mqtt.port)
        writer.close()
    except (OSError, TimeoutError) as error:
        return Finding(False, f"no MQTT broker answers at {where}: {error or 'no answer'}. Check [mqtt]")
    return Finding(True, f"something answers at the MQTT broker's address {where}")


async def _speech(config: Config) -> Finding:
    synthesiser = Synthesiser(config.language, config.speech)
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "check.wav"
        try:
            await synthesiser.write(phrases.words("answered_well", config.language), wav)
            seconds = speaker.duration_s(wav)
            if config.speech.wav_dir is None:
                await speaker.Loudspeaker().play(wav)
        except SpeechError as error:
            return Finding(False, f"speaking: {error}. Is espeak-ng installed, and the sound card there?")
        except OSError as error:
            return Finding(False, f"speaking: {error}. Is libportaudio2 installed?")
        finally:
            await synthesiser.stop()
    where = "to the loudspeaker" if config.speech.wav_dir is None else f"into {config.speech.wav_dir}"
    return Finding(True, f"speaking: a sentence of {seconds:.1f} s went {where}")


def _hearing(config: Config) -> list[Finding]:
    if config.hearing.kind == "none":
        return [Finding(True, "hearing is switched off: no calls for help and no answers are heard")]
    found = []
    try:
        made = listener.make_listener(config.language, second.find(config.language, config.hearing.second))
        found.append(Finding(True, f"the speech model is there; {made.phrase_count} phrases can be heard"))
        found.append(Finding(True, SECOND_ENGINE[made.has_second_ear]))
    except HearingError as error:
        found.append(Finding(False, f"hearing: {error}"))
    if config.hearing.kind == "microphone":
        found.append(_microphone(config.hearing.device))
    return found


def _microphone(device: str | None) -> Finding:
    try:
        import sounddevice  # noqa: PLC0415 - loads PortAudio, which may be missing

        name = sounddevice.query_devices(device, "input")["name"]
        sounddevice.check_input_settings(
            device=device, channels=1, dtype="int16", samplerate=recogniser.RATE_HZ
        )
    except Exception as error:  # noqa: BLE001 - PortAudio's errors and its absence: all are told
        return Finding(False, f"the microphone {device or '(default)'} can't be used: {error}")
    return Finding(True, f"the microphone is {name}")


async def _wearables(config: Config) -> list[Finding]:
    if not config.wearables:
        return [Finding(True, "no wearable is configured: falls are not noticed by the robot")]
    finder = Finder()
    return [await _wearable(each, finder) for each in config.wearables]


async def _wearable(each: WearableConfig, finder: Finder) -> Finding:
    worn = f"worn at the {each.placement}"
    if each.address is None:
        return Finding(True, f"the wearable is {each.kind} {each.replay_dir}, {worn}")
    try:
        wearables.make(each, EventLog(None), finder)
        tried = await pairing.try_out(each, finder, WEARABLE_S)
    except (RobotError, BleakError, OSError) as error:
        hint = "Is it near and charged, and the robot itself stopped meanwhile?"
        return Finding(False, f"the wearable {each.address} ({each.driver}) gives nothing: {error}. {hint}")
    battery = "" if tried.battery is None else f", battery {tried.battery} %"
    return Finding(True, f"the wearable {each.address} ({each.driver}) streams{battery}, {worn}")
