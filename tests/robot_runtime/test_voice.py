"""Hearing with the real model, speaking with the real synthesiser."""

import asyncio
import csv
import itertools
import time
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest
import vosk
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.config import SpeechConfig
from robot_runtime.errors import HearingError, SpeechError
from robot_runtime.events import EventLog
from robot_runtime.voice import jamo, lexicon, listener, recogniser
from robot_runtime.voice.conversation import Conversation
from robot_runtime.voice.ears import ECHO_TAIL_S, Ears
from robot_runtime.voice.listener import Heard, Listener, make_listener
from robot_runtime.voice.sound_in import Pipe
from robot_runtime.voice.speaker import Speaker, Synthesiser, WavFolder, duration_s
from script.rig import voices
from tests.robot_runtime.rig import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from robot_runtime.voice.lexicon import Lexicon

pytestmark = pytest.mark.xdist_group("speech")

SECOND = bytes(32_000)
HUMAN = ROOT / ".." / "shared" / "data" / "speech_ko"


@pytest.fixture(scope="module")
def ears() -> Listener:
    return make_listener("ko")


def _intents(heard: list[Heard]) -> list[str]:
    return [each.intent for each in heard if each.intent is not None]


@pytest.mark.parametrize(("phrase", "intent"), voices.INTENTS.items())
def test_intent_is_heard_in_a_test_voice(ears: Listener, phrase: str, intent: str) -> None:
    heard = ears.feed(SECOND + voices.speak(phrase) + SECOND)
    assert _intents(heard) == [intent]


@pytest.mark.parametrize("voice", voices.PLEA_VOICES)
def test_plea_is_heard_in_several_voices(ears: Listener, voice: voices.Voice) -> None:
    assert _intents(ears.feed(SECOND + voices.speak(voices.PLEA, voice) + SECOND)) == ["help"]


def test_end_of_speech_is_told_on_the_streams_clock(ears: Listener) -> None:
    plea = voices.speak(voices.PLEA)
    before = ears._chunks_seen * listener.CHUNK_S
    heard = [each for each in ears.feed(SECOND * 2 + plea + SECOND) if each.intent]
    assert before + 2.0 < heard[0].end_s < before + 2.0 + len(plea) / 32_000 + 0.3


def test_pieces_of_any_size_are_heard_the_same(ears: Listener) -> None:
    sound = SECOND + voices.speak(voices.PLEA) + SECOND
    found: list[Heard] = []
    sizes = itertools.cycle((2, 514, 1024, 3001 * 2, 7200))
    while sound:
        size = next(sizes)
        found += ears.feed(sound[:size])
        sound = sound[size:]
    assert _intents(found) == ["help"]


def test_noise_is_nobody_calling(ears: Listener) -> None:
    noise = np.random.default_rng(0).normal(0, 3000, 16_000 * 20).astype("<i2").tobytes()
    assert _intents(ears.feed(noise + SECOND)) == []


def test_human_speech_that_asks_for_nothing_is_no_plea(ears: Listener) -> None:
    if not (HUMAN / "manifest.csv").exists():
        pytest.skip("skipped: no real data")
    pleas = []
    files = sorted(HUMAN.glob("emotiontts_pm*.wav"))[::7]
    for file in files:
        with wave.open(str(file)) as opened:
            rate = opened.getframerate()
            sound = np.frombuffer(opened.readframes(-1), "<i2").astype(float)
        if rate != listener.RATE_HZ:
            sound = voices.resample(sound, rate)
        heard = ears.feed(np.clip(sound, -32768, 32767).astype("<i2").tobytes() + SECOND)
        pleas += [each for each in heard if each.intent in {"help", "fallen", "pain", "fire"}]
    assert pleas == []
    assert list(csv.DictReader((HUMAN / "manifest.csv").open()))


def test_robot_does_not_start_when_a_safety_phrase_cannot_be_built(tmp_path: Path) -> None:
    file = tmp_path / "words.toml"
    file.write_text(
        '[help]\nsafety = true\nphrases = ["살려주세요"]\n[stop]\nsafety = false\nphrases = ["그만"]\n'
    )
    with pytest.raises(HearingError, match="살려주세요"):
        lexicon.load(file, {"그만"}.__contains__)
    built = lexicon.load(file, {"살", "려", "살려", "주세요"}.__contains__)
    assert built.phrases[0].pieces == ("살려", "주세요")
    assert built.unbuildable == ("그만",)


def test_every_phrase_of_the_lexicon_can_be_built(ears: Listener) -> None:
    words: Lexicon = ears._words
    assert words.unbuildable == ()
    for phrase in words.phrases:
        assert "".join(phrase.pieces) == phrase.text


def test_language_without_a_model_is_told_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(recogniser, "MODEL_FOLDERS", (tmp_path,))
    with pytest.raises(HearingError, match="can't hear it"):
        make_listener("en")


@given(st.text(max_size=30), st.text(max_size=30))
def test_distance_is_between_the_same_and_nothing_in_common(left: str, right: str) -> None:
    apart = jamo.distance(left, right)
    assert 0.0 <= apart <= 1.0
    assert apart == jamo.distance(right, left)
    assert jamo.distance(left, left) == 0.0


def test_distance_counts_sounds() -> None:
    assert jamo.distance("괜찮아 요", "괜찮아요") == 0.0
    assert jamo.distance("살려", "살려줘") == pytest.approx(2 / 7)


async def test_ears_hear_through_the_pipe_and_not_while_the_robot_speaks(tmp_path: Path) -> None:
    heard: asyncio.Queue[Heard] = asyncio.Queue()
    ready = asyncio.Event()
    ears = Ears(lambda: make_listener("ko"), Pipe(tmp_path / "ears"), heard.put_nowait, lambda _: ready.set())
    ears.start()
    try:
        async with asyncio.timeout(90):
            await ready.wait()
            ears.shut()
            await asyncio.to_thread(voices.play_test_voice, voices.PLEA, tmp_path / "ears")
            await asyncio.sleep(3.5)  # the voice's real duration and more: it must have passed unheard
            ears.open()
            assert heard.empty()
            await asyncio.sleep(ECHO_TAIL_S)
            await asyncio.to_thread(voices.play_test_voice, voices.PLEA, tmp_path / "ears")
            assert (await heard.get()).intent == "help"
    finally:
        await ears.stop()


async def test_recogniser_that_crashes_is_started_anew(tmp_path: Path) -> None:
    failures: asyncio.Queue[str | None] = asyncio.Queue()
    made = iter([RuntimeError("broken"), None])

    def make() -> Listener:
        failure = next(made, None)
        if failure is not None:
            raise failure
        return make_listener("ko")

    ears = Ears(make, Pipe(tmp_path / "ears"), lambda _: None, failures.put_nowait)
    ears.start()
    try:
        async with asyncio.timeout(90):
            assert "broken" in str(await failures.get())
            assert await failures.get() is None
    finally:
        await ears.stop()


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Speaker]:
    made = Speaker(
        Synthesiser("ko", SpeechConfig(rate_wpm=300)),
        WavFolder(tmp_path / "said"),
        lambda _: None,
        lambda _: None,
    )
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.wait({task})


async def test_phrase_is_written_and_takes_as_long_as_it_sounds(speaker: Speaker, tmp_path: Path) -> None:
    await speaker.say("네.")
    began = time.monotonic()
    assert await speaker.say("복지사 선생님이 지금 확인하고 계세요.")
    taken = time.monotonic() - began
    file = tmp_path / "said" / "0002.wav"
    assert 1.0 < duration_s(file) <= taken
    with wave.open(str(file)) as opened:
        assert np.abs(np.frombuffer(opened.readframes(-1), "<i2")).max() > 1000


async def test_synthesiser_that_was_killed_is_started_anew(speaker: Speaker) -> None:
    assert await speaker.say("네.")
    process = speaker._synthesiser._process
    assert process is not None
    process.kill()
    await process.wait()
    assert await speaker.say("네.")


async def test_synthesiser_that_fails_says_why(tmp_path: Path) -> None:
    made = Synthesiser("ko", SpeechConfig())
    with pytest.raises(SpeechError):
        await made.write("네.", tmp_path / "no such folder" / "x.wav")
    await made.stop()


async def test_phrase_that_came_out_silent_is_made_once_more(tmp_path: Path) -> None:
    class SilentAtFirst(Synthesiser):
        asked = 0

        async def _ask(self, line: str) -> dict[str, object]:
            self.asked += 1
            return {"ok": True} if self.asked == 1 else await super()._ask(line)

    made = SilentAtFirst("ko", SpeechConfig())
    await made.write("네.", tmp_path / "x.wav")
    assert duration_s(tmp_path / "x.wav") > 0
    await made.stop()


class Quiet(Speaker):
    """A mouth that says nothing, at once."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def say(self, text: str, *, urgent: bool = False, tag: str = "") -> bool:
        self.said.append(text)
        return True

    def hush(self, tag: str) -> None:
        pass


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        (["okay"], "okay"),
        (["no"], "help"),
        (["fire"], "help"),
        ([None, "okay"], "okay"),
        ([None], "unclear"),
        (["stop"], "unclear"),
        ([], "none"),
    ],
)
async def test_only_okay_is_an_okay(heard: list[str | None], answer: str) -> None:
    pleas: list[str] = []
    talk = Conversation("ko", Quiet(), EventLog(None), lambda intent, _: pleas.append(intent))
    asked = asyncio.create_task(talk.ask("i-1", "check_in", 0.8))
    joined = asyncio.create_task(talk.ask("i-1", "check_in", 0.8))
    await asyncio.sleep(0.45)
    for intent in heard:
        talk.heard(Heard(intent, "", 0.9, 0.0))
    assert await asked == await joined == answer
    assert pleas == []


async def test_plea_outside_a_question_is_a_sign_once() -> None:
    pleas: list[str] = []
    talk = Conversation("ko", Quiet(), EventLog(None), lambda intent, _: pleas.append(intent))
    for intent in ("help", "help", "okay", "pain"):
        talk.heard(Heard(intent, "", 0.9, 0.0))
    assert pleas == ["help", "pain"]


def test_model_is_quiet_on_the_terminal(capfd: pytest.CaptureFixture[str], ears: Listener) -> None:
    ears.feed(SECOND)
    vosk.KaldiRecognizer(recogniser.load(recogniser.model_path("ko")), 16_000, '["살려 주세요"]')
    assert capfd.readouterr().err == ""
