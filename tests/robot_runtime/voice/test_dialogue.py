"""The rules that hold in every dialogue, whatever stands in the file of talk."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.errors import DialogueError
from robot_runtime.events import EventLog
from robot_runtime.times import Moment, now
from robot_runtime.voice.conversation import Answered, Conversation
from robot_runtime.voice.dialogue import Engine, Result, Say, Send, load
from robot_runtime.voice.dialogue.engine import SAFETY
from robot_runtime.voice.dialogue.script import FILE, LANGUAGES, shipped, slots_of
from robot_runtime.voice.dialogue.trust import HOLD_S
from robot_runtime.voice.dialogue.understand import intent_of
from robot_runtime.voice.dialogue.wording import fill, with_particle
from robot_runtime.voice.listener import Heard
from robot_runtime.voice.speaker import Speaker
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = Moment(50.0, datetime(2026, 11, 25, 6, 0, tzinfo=UTC))
SLOTS = {
    "name": "약",
    "from": "딸",
    "text": "전화해.",
    "weather": "맑아요.",
    "intent": "help",
    "words": "말",
    "where": "집",
}
SLOTS |= {"when": "오전", "incident": "i-1"}
PERSON = {"ko": "사람 바꿔 줘", "en": "let me talk to a person"}
LISTENING = [
    (dialogue.name, turn)
    for dialogue in shipped().dialogues.values()
    for turn in dialogue.turns
    if dialogue.turns[turn].listens
]


def in_turn(name: str, turn: str, language: str = "ko") -> Engine:
    engine = Engine(shipped(), language, UTC)
    spoken(engine, engine.start(name, NOW, **SLOTS))
    frame = engine._stack[-1]
    engine._enter(frame, turn, NOW)
    acts, engine._acts = engine._acts, []
    spoken(engine, acts)
    return engine


def spoken(engine: Engine, acts: list[object]) -> None:
    for act in acts:
        if isinstance(act, Say):
            spoken(engine, list(engine.spoken(act.number, NOW)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "turn"), LISTENING)
def test_every_listening_turn_can_end_with_a_person_or_is_about_life(
    name: str, turn: str, language: str
) -> None:
    engine = in_turn(name, turn, language)
    acts = engine.heard(None, PERSON[language], NOW)
    if shipped().dialogues[name].priority < SAFETY:
        assert Send("call_back") in acts
    else:
        # Asking for a person is no okay: the alert goes on, and it is a person that it calls.
        assert not [act for act in acts if isinstance(act, Result) and act.outcome == "okay"]


@pytest.mark.parametrize(("name", "turn"), LISTENING)
@pytest.mark.parametrize("plea", ["help", "fallen", "pain", "fire"])
def test_plea_is_taken_up_in_every_turn(name: str, turn: str, plea: str) -> None:
    acts = in_turn(name, turn).heard(plea, "", NOW)
    told = [act.key for act in acts if isinstance(act, Say)]
    ended = [act.outcome for act in acts if isinstance(act, Result)]
    assert {"plea", "plea_stands"} & set(told) or ended == ["help"]


@pytest.mark.parametrize(("name", "turn"), LISTENING)
def test_every_turn_ends_by_itself_when_nobody_speaks(name: str, turn: str) -> None:
    engine = in_turn(name, turn)
    now = NOW
    for _ in range(12):
        if engine.deadline is None:
            break
        now = now.later(max(0.0, engine.deadline - now.mono))
        spoken(engine, list(engine.tick(now)))
    assert not engine.talking


def test_every_line_has_the_same_slots_in_both_languages() -> None:
    for key, texts in shipped().lines.items():
        used = {
            language: {slot for text in texts[language] for slot in slots_of(text)} for language in LANGUAGES
        }
        assert used["ko"] == used["en"], key


def test_every_slot_that_a_line_needs_can_be_filled() -> None:
    for texts in shipped().lines.values():
        for text in (*texts["ko"], *texts["en"]):
            assert slots_of(text) <= {*SLOTS, "clock", "today", "items"}


def test_korean_lines_are_polite() -> None:
    plain = [
        text
        for key, texts in shipped().lines.items()
        if not key.startswith("sent_") or key in {"sent_none", "sent_list", "sent_off"}
        for text in texts["ko"]
        if text.rstrip("?.!")[-1] not in "요다}"
    ]
    assert plain == []


@pytest.mark.parametrize("intent", ["help", "fallen", "fire", "okay", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_means_what_it_stands_under(intent: str, language: str) -> None:
    safety = ("help", "fallen", "pain", "fire", "okay", "no")
    for phrase in shipped().understand[intent][language]:
        assert intent_of(phrase, safety, shipped(), language) == intent


@pytest.mark.parametrize(
    "text",
    ["안 괜찮아", "나 안 괜찮아요", "아니 안 괜찮아", "괜찮지 않아", "안 괜찮은데", "안 괜찮아 살려 줘"],
)
def test_denied_okay_is_no_okay(text: str) -> None:
    acts = in_turn("check_in", "ask").heard(None, text, NOW)
    assert [act.outcome for act in acts if isinstance(act, Result)] == ["help"]


@given(st.text(max_size=40))
def test_whatever_is_heard_a_check_in_is_okay_only_by_an_okay(text: str) -> None:
    acts = in_turn("check_in", "ask").heard(None, text, NOW)
    okay = [act for act in acts if isinstance(act, Result) and act.outcome == "okay"]
    assert not okay or intent_of(text, ("okay",), shipped(), "ko") == "okay"


@given(
    st.lists(
        st.tuples(st.sampled_from(["heard", "intent", "tick", "spoken", "start"]), st.text(max_size=12)),
        max_size=30,
    )
)
def test_no_order_of_events_breaks_the_engine(events: list[tuple[str, str]]) -> None:
    engine = Engine(shipped(), "ko", UTC)
    now = NOW
    numbers = [0]
    names = sorted(shipped().dialogues)
    intents = sorted(shipped().understand)
    for kind, text in events:
        pick = sum(map(ord, text))
        now = now.later(pick % 40)
        match kind:
            case "heard":
                phrases = shipped().understand[intents[pick % len(intents)]]["ko"]
                acts = engine.heard(None, text if pick % 2 else phrases[pick % len(phrases)], now)
            case "intent":
                acts = engine.heard(intents[pick % len(intents)], "", now)
            case "spoken":
                acts = engine.spoken(numbers[pick % len(numbers)], now)
            case "start":
                acts = engine.start(names[pick % len(names)], now, **SLOTS)
            case _:
                acts = engine.tick(now)
        numbers += [act.number for act in acts if isinstance(act, Say)]
        assert all(act.text for act in acts if isinstance(act, Say))


def test_dictation_without_a_second_engine_goes_to_a_person() -> None:
    engine = Engine(shipped(), "ko", UTC)
    engine.can_write = False
    acts = engine.heard(None, "서구야 민원", NOW)
    assert Send("call_back") in acts
    assert [act.key for act in acts if isinstance(act, Say)] == ["no_dictation"]


def test_what_was_sent_and_held_survives_a_restart() -> None:
    engine = Engine(shipped(), "ko", UTC)
    spoken(engine, engine.start("medicine", NOW, name="약"))
    engine.heard(None, "먹었어", NOW)
    engine.trust.note("help_call", NOW)
    again = Engine(shipped(), "ko", UTC)
    again.restore(json.loads(json.dumps(engine.to_store())), NOW.later(5))
    assert again.tick(NOW.later(HOLD_S - 1)) == []  # a kill does not send it early
    (sent,) = again.tick(NOW.later(HOLD_S))
    assert isinstance(sent, Send)
    assert (sent.kind, sent.data) == ("medicine", {"name": "약", "state": "taken"})
    assert sent.id
    third = Engine(shipped(), "ko", UTC)
    third.restore(engine.to_store(), NOW.later(3600))
    assert third.tick(NOW.later(3600)) == [sent]  # the same letter, if the kill came in between
    told = again.heard(None, "서구야 뭐라고 보냈어", NOW.later(2))
    assert "도와 달라는 말씀" in str(told)
    assert "약 드신 이야기" in str(told)


SAID = {"day": NOW.wall.date().isoformat(), "used": {"greeting": [0, 1, 99]}}


@pytest.mark.parametrize(
    "raw", [None, 3, [], {}, {"sent": [], "held": []}, {"said": {"day": "never", "used": {}}}, {"said": SAID}]
)
def test_broken_memory_is_an_empty_one(raw: object) -> None:
    engine = Engine(shipped(), "ko", UTC)
    engine.restore(raw, NOW)
    assert engine.tick(NOW) == []
    assert engine.start("greeting", NOW)


def test_restart_does_not_bring_back_what_was_said_today() -> None:
    said: set[str] = set()
    stored: object = None
    for _ in range(3):
        engine = Engine(shipped(), "ko", UTC)
        engine.restore(stored, NOW)
        said |= {act.text for act in engine.start("greeting", NOW) if isinstance(act, Say)}
        stored = json.loads(json.dumps(engine.to_store()))
    assert len(said) == 3
    engine = Engine(shipped(), "ko", UTC)
    engine.restore(stored, NOW)
    assert engine.start("greeting", NOW) == []


@pytest.mark.parametrize(
    ("word", "particle", "form"),
    [
        *(
            ("약", "을", "을"),
            ("딸", "이", "이"),
            ("엄마", "이", "가"),
            ("서울", "으로", "로"),
            ("집", "으로", "으로"),
        ),
        *(
            ("세 시", "이에요", "예요"),
            ("삼십 분", "이에요", "이에요"),
            ("pill", "을", "를"),
            ("", "을", "를"),
        ),
    ],
)
def test_particle_fits_the_word(word: str, particle: str, form: str) -> None:
    assert with_particle(word, particle) == form


def test_figures_in_what_is_filled_in_are_read_aloud() -> None:
    assert fill("{name:을} 드세요.", {"name": "알약 2알"}) == "알약 두 알을 드세요."


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (("[lines.plea]\nko =", "[lines.plea]\nkr ="), "plea"),
        (('say = "plea"', 'say = "flea"'), "flea"),
        (('on = { yes = "tell", no = "leave" }', 'on = { yes = "tall", no = "leave" }'), "tall"),
        (('on = { yes = "tell", no = "leave" }', 'on = { yess = "tell", no = "leave" }'), "yess"),
        (("listen_s = 8", "listens = 8"), "listens"),
        (
            (
                "[dialogue.no_dictation]\npriority = 3\n[dialogue.no_dictation.",
                "[dialogue.x]\npriority = 3\n[dialogue.x.",
            ),
            "engine",
        ),
        (("[lines.repair_1]", "[lines.repair_9]"), "repair_1"),
        (("[lines.repair_1]", "[lines.repair_1"), "read"),
    ],
)
def test_file_that_would_leave_somebody_without_an_answer_is_refused(
    tmp_path: Path, broken: tuple[str, str], message: str
) -> None:
    file = tmp_path / "talk.toml"
    text = FILE.read_text(encoding="utf-8")
    assert broken[0] in text
    file.write_text(text.replace(*broken, 1), encoding="utf-8")
    with pytest.raises(DialogueError, match=message):
        load(file)


def test_dialogue_that_is_not_there_or_lacks_a_slot_is_told() -> None:
    engine = Engine(shipped(), "ko", UTC)
    with pytest.raises(DialogueError, match="nothing"):
        engine.start("nothing", NOW)
    with pytest.raises(DialogueError, match="name"):
        engine.start("medicine", NOW)


class Mouth(Speaker):
    """Says nothing, at once, and keeps it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.hushed = 0

    async def say(self, text: str, *, urgent: bool = False, tag: str = "") -> bool:
        self.said.append(text)
        return True

    def hush(self, tag: str) -> None:
        self.hushed += 1


class Deaf:
    """Ears that are told what they are told, and hear nothing."""

    in_speech = False
    told = (False, False)

    def shut(self) -> None: ...
    def open(self) -> None: ...
    def write_down(self, *, on: bool, at_length: bool = False) -> None:
        self.told = on, at_length


async def test_name_and_command_are_answered_and_letters_and_changes_handed_on() -> None:
    mouth = Mouth()
    talk = Conversation("ko", mouth, EventLog(None), lambda *_: None)
    sent: list[Send] = []
    done: list[str] = []
    talk.on_send, talk.on_do = sent.append, done.append
    talk.heard(Heard("wake", "서구야 더 크게 말해", 0.9, 0.0))
    talk.heard(Heard(None, "사람 바꿔 줘", 0.0, 0.0))
    await until(lambda: len(mouth.said) >= 2)
    assert done == ["louder"]
    assert sent == [Send("call_back")]
    talk.heard(Heard("stop", "그만", 0.9, 0.0))
    assert mouth.hushed


async def test_who_is_still_dictating_when_the_time_is_up_may_finish() -> None:
    talk = Conversation("ko", Mouth(), EventLog(None), lambda *_: None)
    talk.ears = ears = Deaf()
    talk.talk("complaint", {})
    await until(lambda: ears.told == (True, True))
    talk.engine._stack[-1].deadline = 0.0
    ears.in_speech = True
    talk._time_is_up()
    assert talk.engine.wants_words
    ears.in_speech = False
    talk._time_is_up()
    assert not talk.engine.wants_words
    assert ears.told == (False, False)


async def test_who_calls_the_robot_by_its_name_silences_it() -> None:
    mouth = Mouth()
    talk = Conversation("ko", mouth, EventLog(None), lambda *_: None)
    talk.heard(Heard("okay", "괜찮아", 0.9, 0.0))
    assert not mouth.hushed
    talk.heard(Heard("wake", "서구야", 0.9, 0.0))
    assert mouth.hushed == 1


async def test_plea_is_told_before_anything_is_said_about_it() -> None:
    mouth = Mouth()
    pleas: list[str] = []
    talk = Conversation("ko", mouth, EventLog(None), lambda intent, _: pleas.append(f"{intent} {mouth.said}"))
    talk.heard(Heard("fire", "불이야", 0.9, 0.0))
    assert pleas == ["fire []"]
    await until(lambda: mouth.said)
    with pytest.raises(DialogueError, match="ask"):
        talk.talk("check_in", {})


def plea_log() -> tuple[list[tuple[str, float]], Callable[[str, float], str]]:
    pleas: list[tuple[str, float]] = []

    def sent(intent: str, score: float) -> str:
        pleas.append((intent, score))
        return f"sign-{len(pleas)}"

    return pleas, sent


async def test_plea_of_which_the_robot_is_unsure_is_sent_at_once_and_asked_back() -> None:
    mouth = Mouth()
    pleas, sent = plea_log()
    thoughts: list[tuple[str, str]] = []
    talk = Conversation("ko", mouth, EventLog(None), sent)
    talk.on_second_thought = lambda *told: thoughts.append(told)
    talk.heard(Heard("help", "살려줘", 0.5, 0.0))
    assert pleas == [("help", 0.5)]
    assert talk.engine.dialogue == "plea_unsure"
    await until(lambda: talk.engine.listening_to)
    talk.heard(Heard("pain", "아파", 0.5, 0.0))  # an answer, no second sign
    assert pleas == [("help", 0.5)]
    await until(lambda: thoughts == [("sign-1", "help")])
    await until(lambda: not talk.engine.talking)
    talk.heard(Heard("fire", "불이야", 0.5, 0.0))
    await until(lambda: talk.engine.listening_to)
    talk.heard(Heard("no", "아니요", 0.5, 0.0))
    await until(lambda: thoughts[1:] == [("sign-2", "okay")])


async def test_plea_that_only_the_written_words_show_is_sent() -> None:
    pleas, sent = plea_log()
    talk = Conversation("ko", Mouth(), EventLog(None), sent)
    talk.talk("message", {"from": "딸", "text": "잘 지내?"})
    await until(lambda: talk.engine.listening_to)
    talk.heard(Heard(None, "사람 살려 주세요", 0.0, 0.0))
    assert [intent for intent, _ in pleas] == ["help"]
    assert talk.engine.dialogue == "plea"


async def test_question_of_the_home_brings_its_answer_back() -> None:
    talk = Conversation("ko", Mouth(), EventLog(None), lambda *_: None)
    answers = {"on": ("켜 줘", "네"), "off": ("꺼 줘", "아니요")}
    with pytest.raises(DialogueError, match="ears"):
        await talk.question("q-0", "불을 끌까요?", answers, 5)
    talk.ears = Deaf()

    async def asked(heard: Heard | None) -> Answered:
        asking = asyncio.create_task(talk.question("q-1", "불을 끌까요?", answers, 0.2))
        await until(lambda: talk.engine.listening_to)
        with pytest.raises(DialogueError, match="busy"):
            await talk.question("q-2", "또요?", {}, 5)
        if heard is not None:
            talk.heard(heard)
        return await asking

    assert await asked(Heard(None, "응 꺼 줘", 0.0, 0.0)) == Answered("answered", "응 꺼 줘", "꺼 줘")
    assert await asked(Heard("no", "아니요", 0.9, 0.0)) == Answered("answered", "아니요", "아니요")
    assert await asked(Heard(None, "글쎄 모르겠네", 0.0, 0.0)) == Answered("answered", "글쎄 모르겠네")
    assert (await asked(Heard("help", "살려주세요", 0.9, 0.0))).outcome == "interrupted"
    await until(lambda: not talk.engine.talking)
    assert await asked(None) == Answered("none")


async def test_what_can_wait_waits_while_safety_is_talked_about() -> None:
    talk = Conversation("ko", Mouth(), EventLog(None), lambda *_: None)
    await talk.calm()
    checking = asyncio.create_task(talk.ask("i-1", "check_in", 0.3))
    await until(lambda: talk.engine.in_safety)
    waiting = asyncio.create_task(talk.calm())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await checking == "none"
    await waiting


def test_check_in_that_waited_comes_before_the_reminder_that_was_interrupted() -> None:
    engine = Engine(shipped(), "ko")
    engine.start("medicine", NOW, name="약")
    (told,) = engine.start("plea", NOW, intent="help")[-1:]
    engine.start("check_in", NOW, incident="i-1")
    assert isinstance(told, Say)
    engine.spoken(told.number, NOW)
    assert engine.dialogue == "check_in"


def test_short_answer_of_the_closed_set_may_be_dictated() -> None:
    engine = Engine(shipped(), "ko")
    acts = engine.start("question", NOW, text="어떠세요?")
    for act in acts:
        if isinstance(act, Say):
            engine.spoken(act.number, NOW)
    ended = [act for act in engine.heard("okay", "괜찮아요", NOW) if isinstance(act, Result)]
    assert ended[0].slots["words"] == "괜찮아요"


async def test_what_is_held_back_is_on_disk_at_once_and_goes_out_by_itself_after_a_restart() -> None:
    talk = Conversation("ko", Mouth(), EventLog(None), lambda *_: None)
    disk: list[Any] = []
    talk.on_trust = lambda: disk.append(talk.engine.to_store())
    talk.talk("medicine", {"name": "약"})
    await until(lambda: talk.engine.listening_to)
    talk.heard(Heard(None, "먹었어", 0.0, 0.0))
    held = disk[-1]["held"]
    assert [each[0] for each in held] == ["medicine"]
    again = Conversation("ko", Mouth(), EventLog(None), lambda *_: None)
    sent: list[Send] = []
    again.on_send = sent.append
    again.engine.restore(disk[-1], now().later(HOLD_S))
    again.engine.trust._held = [replace(each, due=1.0) for each in again.engine.trust._held]
    again.resume()
    await until(lambda: sent)
    assert sent[0].id == held[0][2]
