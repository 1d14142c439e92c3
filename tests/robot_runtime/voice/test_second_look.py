"""The rule by which a suspicion becomes an intent, and the second engine behind its door."""

import hashlib
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from robot_runtime.errors import HearingError
from robot_runtime.voice import amid, evidence, models, pieces, second, second_look, whisper
from robot_runtime.voice.evidence import Word
from robot_runtime.voice.judge import SECOND_AGAIN_S
from robot_runtime.voice.lexicon import Lexicon, Phrase
from robot_runtime.voice.listener import CHUNK_S, Heard, Listener, make_listener
from robot_runtime.voice.overtalk import Overtalk
from robot_runtime.voice.recogniser import RATE_HZ
from robot_runtime.voice.second import Transcript
from script.rig import voices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("speech")

SECOND = bytes(2 * RATE_HZ)
HELP = Phrase("help", "사람살려주세요", ("사람", "살려", "주세요"))
OKAY = Phrase("okay", "괜찮아요", ("괜찮아", "요"))
NO = Phrase("no", "안괜찮아요", ("안", "괜찮아", "요"))
WORDS = Lexicon((HELP, OKAY, NO), ())


def decide(
    phrases: tuple[Phrase, ...],
    own: Transcript,
    fits: list[float] | None,
    alone: tuple[Phrase, float] | None,
    whole: float = 1.0,
) -> tuple[Phrase, float] | None:
    return second_look.decide(phrases, own, fits, lambda: alone, whole=whole)


def words(*texts: str) -> list[Word]:
    return [Word(text, float(number), number + 0.9) for number, text in enumerate(texts)]


def test_whole_phrase_is_suspected_everywhere() -> None:
    found = evidence.suspect(words("사람", "살려", "주세요"), WORDS)
    assert found is not None
    assert (found.phrases[0], found.whole, found.span) == (HELP, 0.0, None)


def test_plea_within_longer_speech_is_suspected_where_it_is() -> None:
    found = evidence.suspect(
        words("네", "그래", "누구", "사람", "살려", "주세요", "일구", "저는", "요즘"), WORDS
    )
    assert found is not None
    assert (found.phrases, found.span) == ((HELP,), (3.0, 5.9))


def test_okay_within_longer_speech_is_no_suspicion() -> None:
    assert evidence.suspect(words("그", "집", "음식", "이", "괜찮아", "요", "하더라", "고요"), WORDS) is None
    assert evidence.suspect([], WORDS) is None


def test_without_a_second_engine_both_of_vosks_decodings_must_agree() -> None:
    whole = evidence.Suspicion((HELP,), 0.0, None)
    assert evidence.by_itself(whole, "사람살려주세요") == (HELP, 1.0)
    assert evidence.by_itself(whole, "오늘날씨가참좋네요") is None
    within = evidence.Suspicion((HELP,), 1.0, (3.0, 5.9))
    assert evidence.by_itself(within, "그래서사람살려주세요그랬지") == (HELP, 1.0)
    assert evidence.by_itself(within, "사람사이에주소가") is None
    assert evidence.by_itself(evidence.Suspicion((HELP,), 0.45, None), "사람살려주세요") is None


def test_second_engine_decides_by_fit_words_or_at_least_no_denial() -> None:
    phrases = (HELP, OKAY)
    alone = (HELP, 0.6)
    bad = Transcript("오늘 날씨", -0.3)
    assert decide(phrases, bad, [-1.0, -6.0], None) == (HELP, second_look.score(-1.0))
    assert decide(phrases, bad, [-3.2, -6.0], None) is None
    assert decide(phrases, Transcript("오늘 날씨", -1.1), [-3.2, -6.0], None, whole=0.3) is not None
    assert decide(phrases, Transcript("오늘 날씨", -1.1), [-3.2, -6.0], None, whole=0.4) is None
    assert decide(phrases, Transcript("사람 살려 주세요", -0.3), [-5.0, -6.0], None) == (
        HELP,
        1.0,
    )
    assert decide(phrases, bad, [-4.8, -6.0], alone) == alone
    assert decide(phrases, bad, [-5.2, -6.0], alone) is None
    assert decide((OKAY,), bad, [-4.8], (OKAY, 0.6)) is None  # it is sure of other words
    assert decide((OKAY,), Transcript("오늘 날씨", -1.5), [-4.8], (OKAY, 0.6)) is not None


def test_denied_okay_is_no_okay_however_well_it_fits() -> None:
    own = Transcript("", -3.0)
    assert decide((OKAY, NO), own, [-1.0, -1.1], (OKAY, 0.9)) is None
    assert decide((OKAY, NO), own, [-1.4, -1.0], None) == (NO, second_look.score(-1.0))
    assert decide((OKAY, NO), own, [-1.0, -3.0], None) == (OKAY, second_look.score(-1.0))
    unsure = Transcript("권만참 씹니다", -1.3)
    assert decide((OKAY, NO), unsure, [-2.7, -5.6], None, whole=0.0) is not None
    assert decide((OKAY, NO), unsure, [-2.7, -3.9], None, whole=0.0) is None
    assert decide((OKAY, NO), unsure, [-2.7, -5.6], None, whole=0.5) is None


def test_engines_that_both_wrote_nearly_the_plea_need_not_be_right() -> None:
    nearly = Transcript("사람 사려조시오", -2.0)
    assert decide((HELP,), nearly, [-4.0], None, whole=0.3) is not None
    assert decide((HELP,), nearly, [-4.0], None, whole=0.5) is None
    assert decide((HELP,), nearly, [-5.5], None, whole=0.3) is None
    assert decide((OKAY,), Transcript("안차나요", -2.0), [-4.0], None, whole=0.0) is None


def test_word_that_only_begins_like_a_plea_is_none() -> None:
    pain = Phrase("pain", "아파", ("아파",))
    assert decide((pain,), Transcript("아파트", -0.3), [-0.5], None) is None
    assert decide((pain,), Transcript("아파 죽겄다", -0.3), [-0.5], None) is not None


def test_cry_within_longer_words_is_asked_about_and_yesterdays_fall_is_not() -> None:
    fall = Phrase("fallen", "화장실에서넘어졌어", ("화장실", "에서", "넘어졌", "어"))
    lexicon = Lexicon((HELP, fall), ())
    cry = second_look.looked_at(None, "그러니까 그때 말이야 사람 살려 주세요 하고", lexicon)
    assert cry is not None
    assert cry.phrases == (HELP,)
    assert second_look.looked_at(None, "글쎄 우리 언니가 어제 화장실에서 넘어졌어 하더라고", lexicon) is None


def test_engine_without_fits_counts_by_its_words() -> None:
    assert decide((HELP,), Transcript("사람 살려주세요", -1.0), None, None) == (HELP, 1.0)
    assert decide((HELP,), Transcript("고맙습니다", -1.0), None, (HELP, 0.7)) is None


def spoken(text: str) -> bytes:
    """Without the silence around."""
    sound = np.frombuffer(voices.speak(text), "<i2")
    loud = np.flatnonzero(np.abs(sound) > 200)
    return sound[loud[0] : loud[-1] + 1].tobytes()


class Ear:
    """A second engine that says what it is told to."""

    def __init__(self, fit: float = -9.0, text: str = "") -> None:
        self.value, self.text = fit, text
        self.asked = 0

    def write_down(self, pcm: bytes) -> Transcript:
        self.asked += 1
        return Transcript(self.text, -0.5)

    def fit(
        self, pcm: bytes, choose: Callable[[str], Sequence[str]]
    ) -> tuple[Transcript, list[float] | None]:
        self.asked += 1
        return Transcript(self.text, -0.5), [self.value] * len(choose(self.text))


class Slow(Ear):
    """Writes only when it may."""

    def __init__(self, fit: float = -9.0, text: str = "") -> None:
        super().__init__(fit, text)
        self.may_end = threading.Event()
        self.longest = 0

    def write_down(self, pcm: bytes) -> Transcript:
        self.may_end.wait(60)
        self.longest = max(self.longest, len(pcm))
        return Transcript(self.text, -0.5)


class Broken(Ear):
    def fit(
        self, pcm: bytes, choose: Callable[[str], Sequence[str]]
    ) -> tuple[Transcript, list[float] | None]:
        raise HearingError("the engine is gone")

    write_down = fit  # type: ignore[assignment]


def intents(heard: list[Heard]) -> list[str]:
    return [each.intent for each in heard if each.intent]


@pytest.fixture(scope="module")
def shared() -> Listener:
    return make_listener("ko", None)


@pytest.fixture
def ears(shared: Listener) -> Listener:
    shared.feed(SECOND)
    shared._last, shared.judge.second = None, None
    shared.writes_down = shared.at_length = False
    shared.judge.failure, shared.judge._try_again_at = None, 0.0
    return shared


def test_second_engine_vetoes_confirms_and_may_break(ears: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "sure", lambda *_: False)
    plea = SECOND + voices.speak(voices.PLEA) + SECOND
    vetoes = ears.judge.second = Ear()
    assert intents(ears.feed(plea)) == []
    assert 1 <= vetoes.asked <= 2  # in the pause, and at the end if the grammar thinks differently by then
    ears.judge.second = Ear(-0.5)
    assert intents(ears.feed(plea)) == ["help"]
    ears._last, ears.judge.second = None, Broken()
    assert intents(ears.feed(plea)) == ["help"]
    assert not ears.has_second_ear
    assert ears.second_failure == "the engine is gone"
    back = ears.judge.second = Ear(-0.5)
    ears._last = None
    assert intents(ears.feed(plea)) == ["help"]
    assert not back.asked  # it is left alone for a minute
    ears._chunks_seen += round(SECOND_AGAIN_S / CHUNK_S)
    assert intents(ears.feed(plea)) == ["help"]
    assert back.asked
    assert ears.has_second_ear


def test_plea_that_is_called_again_at_once_is_heard_again(ears: Listener) -> None:
    plea = voices.speak(voices.PLEA) + SECOND
    assert intents(ears.feed(SECOND + plea + plea)) == ["help", "help"]


def test_open_speech_is_written_down_only_when_asked_for(ears: Listener) -> None:
    ears.judge.second = Ear(text="가로등이 나갔어")
    talk = SECOND + voices.speak("가로등이 나갔어요") + SECOND
    assert {each.text for each in ears.feed(talk)} == {""}
    ears.writes_down = True
    assert {each.text for each in ears.feed(talk) + ears.flush()} == {"가로등이 나갔어"}


def test_long_speech_is_written_down_whole_and_never_delays_the_listening(ears: Listener) -> None:
    scribe = ears.judge.second = Slow(text="가로등이 나갔어")
    ears.writes_down = ears.at_length = True
    sentence = spoken("가로등이 나갔어요")
    sentence *= 10 * 2 * RATE_HZ // len(sentence)  # longer than what is looked into at once
    assert ears.feed(SECOND + sentence + SECOND) == []  # it is still being written
    assert ears.in_speech
    scribe.may_end.set()
    assert [each.text for each in ears.flush()] == ["가로등이 나갔어"]
    assert not ears.in_speech
    assert scribe.longest >= len(sentence) - 2 * RATE_HZ


def test_what_the_second_engine_fails_to_write_down_is_decoded_freely(ears: Listener) -> None:
    ears.judge.second, ears.writes_down = Broken(), True
    talk = SECOND + voices.speak("가로등이 나갔어요") + SECOND
    assert {bool(each.text) for each in ears.feed(talk) + ears.flush()} == {True}


def test_long_sound_is_cut_where_it_is_quietest() -> None:
    loud = np.full(25 * RATE_HZ, 1000, "<i2")
    quiet = np.zeros(RATE_HZ, "<i2")
    sound = np.concatenate([loud, quiet, loud, quiet, loud]).tobytes()
    found = list(pieces.pieces(sound))
    assert b"".join(found) == sound
    assert [round(len(each) / 2 / RATE_HZ) for each in found[:2]] == [25, 26]


def test_text_that_says_the_same_over_and_over_is_known() -> None:
    assert whisper.repeats("너무 재밌다 " * 12)
    assert not whisper.repeats("가로등이 나갔어요. 내일 오전에 고쳐 주시면 좋겠어요.")


def test_name_with_a_command_behind_it_is_written_down(
    ears: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = Phrase("wake", "서구야", ("서구", "야"))
    monkeypatch.setattr(evidence, "suspect", lambda *_: None)
    monkeypatch.setattr(evidence, "named", lambda *_: name)
    talk = SECOND + voices.speak("서구야 지금 몇 시야") + SECOND
    ears.judge.second = Ear(text="서구야 지금 몇 시야")
    assert {(each.intent, each.text) for each in ears.feed(talk)} == {("wake", "서구야 지금 몇 시야")}
    ears.judge.second = Ear(text="저 친구야 지금 며칠이야")
    assert {each.intent for each in ears.feed(talk)} == {None}


def test_name_counts_only_at_the_beginning() -> None:
    lexicon = Lexicon((Phrase("wake", "서구야", ("서구", "야")),), ())
    assert evidence.named(words("서구", "야", "지금"), lexicon) is not None
    assert evidence.named(words("나는", "서구", "야"), lexicon) is None


def test_end_of_the_stream_is_the_end_of_speech(ears: Listener) -> None:
    assert intents(ears.feed(SECOND + voices.speak(voices.OKAY).rstrip(b"\0"))) == []
    assert intents(ears.flush()) == ["okay"]


def test_plea_is_told_before_the_silence_that_ends_speech(ears: Listener) -> None:
    pause = bytes(round(0.45 * RATE_HZ) * 2)
    assert intents(ears.feed(SECOND + spoken(voices.PLEA) + pause)) == ["help"]
    assert intents(ears.feed(SECOND)) == []


def test_robot_does_not_hear_itself_but_who_talks_over_it(ears: Listener) -> None:
    overtalk = Overtalk(ears)
    plea = SECOND + voices.speak(voices.PLEA) + SECOND
    assert intents(overtalk.feed(plea, "오늘은 날씨가 맑아요.")) == ["help"]
    overtalk.end()
    assert intents(overtalk.feed(plea, "급하시면, 사람 살려 주세요, 하고 말씀하세요.")) == []
    overtalk.end()
    assert intents(overtalk.feed(SECOND + voices.speak(voices.OKAY) + SECOND, "괜찮으세요?")) == []


def test_robots_name_counts_while_it_speaks_unless_it_says_it_itself(ears: Listener) -> None:
    overtalk = Overtalk(ears)
    overtalk.feed(b"", "오늘은 날씨가 맑아요.")
    called = [Heard("wake", "서구야", 0.9, 0.0), Heard("okay", "괜찮아", 0.9, 0.0)]
    assert intents(overtalk._others(called)) == ["wake"]
    overtalk.feed(b"", "부르실 때는 서구야, 하고 불러 주세요.")
    assert overtalk._others(called) == []


def test_whisper_itself_tells_a_phrase_from_others() -> None:
    ear = second.find("ko")
    assert ear is not None
    _, fits = ear.fit(
        SECOND + voices.speak(voices.PLEA) + SECOND, lambda _: ["사람 살려 주세요", "오늘 날씨가 좋네요"]
    )
    assert fits is not None
    assert fits[0] > fits[1] + 0.5
    assert isinstance(ear.write_down(SECOND).text, str)


def test_engine_that_is_not_there_is_said_and_lived_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert second.find("ko", "none") is None
    failures: list[str] = []
    assert second.find("ko", str(tmp_path), failures.append) is None
    assert "goes on without" in caplog.text
    assert "can't be loaded" in failures[0]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A server's folder with a model of a few bytes."""
    folder = tmp_path / "there"
    folder.mkdir()
    for name in models.CHECKSUMS:
        (folder / name).write_bytes(name.encode())
    monkeypatch.setattr(
        models, "CHECKSUMS", {name: hashlib.sha256(name.encode()).hexdigest() for name in models.CHECKSUMS}
    )
    return folder


def test_model_is_fetched_whole_and_found(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "cache" / "whisper"
    assert models.fetch(str(small), target, lambda _: None) == target
    monkeypatch.setattr(models, "FOLDERS", (tmp_path / "nowhere", target))
    monkeypatch.delenv(models.FOLDER_VARIABLE, raising=False)
    assert models.whisper_folder() == target
    monkeypatch.setenv(models.FOLDER_VARIABLE, "none")
    assert models.whisper_folder() is None


def test_model_with_another_checksum_is_refused_and_nothing_is_left(small: Path, tmp_path: Path) -> None:
    (small / "model.bin").write_bytes(b"something else")
    target = tmp_path / "cache" / "whisper"
    with pytest.raises(HearingError, match="checksum"):
        models.fetch(str(small), target, lambda _: None)
    assert list(target.parent.iterdir()) == []


def test_model_that_cannot_be_fetched_is_told(tmp_path: Path) -> None:
    with pytest.raises(HearingError, match="can't be fetched"):
        models.fetch("http://127.0.0.1:9/x", tmp_path / "w", lambda _: None)


def test_plea_among_voices_is_looked_into_once_the_grammar_holds_to_it() -> None:
    watch = amid.Amid()
    talk = words("네", "그래", "사람", "살려", "주세요", "일구")
    assert watch.due(talk[:2], WORDS, 50) is None
    assert watch.due(talk[:5], WORDS, 60) is None  # it may not last
    assert watch.due(talk, WORDS, 60 + amid.STEADY_CHUNKS - 1) is None
    found = watch.due(talk, WORDS, 60 + amid.STEADY_CHUNKS)
    assert found is not None
    assert found.phrases == (HELP,)
    assert found.span is not None
    assert found.span[0] < 60 * CHUNK_S - 1 < found.span[1]
    assert watch.due(talk, WORDS, 60 + 2 * amid.STEADY_CHUNKS) is None  # once is enough


def test_plea_that_the_grammar_takes_back_is_not_looked_into() -> None:
    watch = amid.Amid()
    talk = words("네", "사람", "살려", "주세요", "일구", "저는", "요즘")
    assert watch.due(talk[:4], WORDS, 60) is None
    assert watch.due(talk[:1], WORDS, 66) is None
    assert watch.due(talk[:4], WORDS, 72) is None
    assert watch.due(talk, WORDS, 90) is None  # long past: what the whole makes of it is seen at its end


def test_what_was_louder_than_the_rest_is_looked_into_once_it_is_over() -> None:
    def chunk(loudness: float) -> bytes:
        return (np.sin(np.arange(512)) * loudness).astype("<i2").tobytes()

    watch = amid.Amid()
    talk = [chunk(300)] * 70 + [chunk(1500)] * 30
    assert watch.burst(talk[:80]) is None  # it goes on
    found = watch.burst([*talk, *[chunk(300)] * 15])
    assert found is not None
    assert found[0] < 70
    assert found[1] > 100
    assert watch.burst([*talk, *[chunk(300)] * 25]) is None  # once is enough


def test_plea_is_heard_though_others_talk_on(ears: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ears, "_voice", lambda _: 1.0)  # a room that never falls silent
    ears.judge.second = Ear(-0.5)
    plea = voices.speak(voices.PLEA)
    assert intents(ears.feed(SECOND + plea + SECOND + SECOND)) == ["help"]
