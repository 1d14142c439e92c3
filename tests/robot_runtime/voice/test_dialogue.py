"""The rules that hold in every dialogue, whatever stands in the file of talk."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.errors import DialogueError
from robot_runtime.times import Moment
from robot_runtime.voice.dialogue import Engine, Result, Say, Send, load
from robot_runtime.voice.dialogue.engine import SAFETY
from robot_runtime.voice.dialogue.script import FILE, LANGUAGES, shipped, slots_of
from robot_runtime.voice.dialogue.trust import HOLD_S
from robot_runtime.voice.dialogue.understand import intent_of
from robot_runtime.voice.dialogue.wording import fill, with_particle

if TYPE_CHECKING:
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
