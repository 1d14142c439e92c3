"""The robot's real program talks: Home Assistant begins, the resident's letters come, and survive a kill."""

from typing import TYPE_CHECKING

from tests.robot_runtime.rig import wait_until

if TYPE_CHECKING:
    from tests.robot_runtime.rig import Home, Robot


def test_dialogue_is_begun_by_the_home_and_its_letter_kept_until_receipt(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    home.one("hello")
    wrong = home.command("talk", {"dialogue": "nothing", "slots": {}})
    assert "nothing" in home.one("receipt/robot", id=wrong, result="refused")["reason"]
    without = home.command("talk", {"dialogue": "medicine", "slots": {}})
    assert "name" in home.one("receipt/robot", id=without, result="refused")["reason"]
    begun = home.command("talk", {"dialogue": "person", "slots": {}})
    home.one("receipt/robot", id=begun, result="done")
    letter = home.one("talk")
    assert letter["data"] == {"kind": "call_back"}
    robot.event("spoken", phrase="person")
    robot.event("talked", dialogue="person", outcome="person")
    robot.kill()
    before = len(home.all("talk"))
    robot.start()
    wait_until(lambda: len(home.all("talk")) > before, what="the letter again")
    assert home.all("talk")[-1]["id"] == letter["id"]
    home.receipt(letter["id"])
    robot.kill()
    seen = len(home.all("hello"))
    robot.start()
    wait_until(lambda: len(home.all("hello")) > seen, what="a new start")
    asked = home.command("talk", {"dialogue": "time", "slots": {}})
    home.one("receipt/robot", id=asked, result="done")
    robot.event("spoken", phrase="time")
    pair = home.command("talk", {"dialogue": "pair", "slots": {}})
    home.one("receipt/robot", id=pair, result="done")
    robot.event("spoken", phrase="pairing_searching")
    robot.event("paired")


def test_check_in_runs_through_the_same_engine(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    home.one("hello")
    ask = home.command("ask", {"incident": "i-9", "phrase": "check_in", "listen_s": 1})
    robot.event("asked", incident="i-9")
    said = home.command("say", {"incident": None, "phrase": None, "text": "점심 드셨어요?", "urgent": False})
    deaf = home.command("question", {"text": "불을 끌까요?", "answers": {}, "listen_s": 5})
    assert home.one("receipt/robot", id=deaf, result="refused")["reason"] == "busy"
    home.one("receipt/robot", id=said, result="done")
    order = [
        body.get("id") if topic == "receipt/robot" else body.get("type") for topic, body in home.received[1:]
    ]
    assert order.index("answer") < order.index(said)  # what can wait does not drown the question
    assert home.one("sign", type="answer")["data"] == {"incident": "i-9", "ask": ask, "intent": "none"}
