"""A conversation between ears that are told what they hear and a mouth that keeps what it says."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from robot_runtime.errors import DialogueError
from robot_runtime.events import EventLog
from robot_runtime.times import now
from robot_runtime.voice.conversation import Answered, Conversation
from robot_runtime.voice.dialogue import Send
from robot_runtime.voice.dialogue.trust import HOLD_S
from robot_runtime.voice.listener import Heard
from robot_runtime.voice.speaker import Speaker
from tests.robot_runtime.rig import until

if TYPE_CHECKING:
    from collections.abc import Callable


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
