"""The robot's real program beside a real broker, with a home that lives."""

from script.rig import falls
from tests.robot_runtime.rig import KEYS, Broker, Home, Robot, recorded, wait_until


def test_hello_status_and_heartbeat_have_the_recorded_form(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    hello = home.one("hello")
    assert hello.keys() == recorded("mqtt/hello").keys()
    assert hello["jwk"].keys() == KEYS["robot"]["jwk"].keys()
    # The first beat may come before the wearable's first sample.
    beat = home.one("heartbeat", mode="with_home", wearable={"state": "online", "battery": 90})
    assert beat.keys() == recorded("mqtt/heartbeat").keys()
    assert home.one("status") == "online"


def test_broker_tells_of_a_robot_that_was_killed(home: Home, robot: Robot) -> None:
    robot.start()
    wait_until(lambda: home.all("status") == ["online"])
    robot.kill()
    wait_until(lambda: home.all("status") == ["online", "offline"], what="the last will")


def test_robot_says_goodbye_when_it_is_stopped(home: Home, robot: Robot) -> None:
    robot.start()
    wait_until(lambda: home.all("status") == ["online"])
    assert robot.stop() == 0
    wait_until(lambda: home.all("status")[-1] == "offline")
    assert robot.events("stopped")


def answer_each_copy(home: Home, robot: Robot, born: str) -> None:
    """A receipt for each copy of a sign until the robot has one: the copy seen may be from before a kill."""
    answered = 0

    def is_received() -> bool:
        nonlocal answered
        copies = len(home.all("sign", id=born))
        if copies > answered:
            answered = copies
            home.receipt(born)
        return bool(robot.events("receipt", id=born))

    wait_until(is_received, what=f"a receipt for {born}\n{robot.log}")


def repeated(home: Home, times: int) -> None:
    """Waits until the wearable's own sign, which gets no receipt, came so often again; signs keep order."""
    seen = len(home.all("sign", type="device"))
    wait_until(
        lambda: len(home.all("sign", type="device")) >= seen + times, what="other signs are repeated on"
    )


def test_fall_is_sent_again_with_its_id_after_a_kill_until_the_home_has_it(home: Home, robot: Robot) -> None:
    home.receipts = False
    home.live()
    robot.start()
    home.one("hello")
    falls.play(falls.simulated_fall(), robot.replay)
    born = robot.event("sign", type="fall")["id"]
    robot.kill()
    seen_before = len(home.all("sign", id=born))
    robot.start()
    wait_until(lambda: len(home.all("sign", id=born)) > seen_before, what="the fall again")
    fall = home.all("sign", id=born)[-1]
    assert fall.keys() == recorded("mqtt/sign_fall").keys()
    assert fall["data"].keys() == recorded("mqtt/sign_fall")["data"].keys()
    assert all(each.keys() == {"name", "value", "unit"} for each in fall["data"]["evidence"])
    answer_each_copy(home, robot, born)
    repeated(home, 2)  # what was on its way when the receipt came has arrived
    told = len(home.all("sign", id=born))
    repeated(home, 3)
    assert len(home.all("sign", id=born)) == told
    assert robot.events("sign", type="fall")[0]["id"] == born


def test_nothing_is_lost_when_the_broker_forgets_everything(broker: Broker, home: Home, robot: Robot) -> None:
    home.receipts = False
    robot.start()
    home.one("hello")
    broker.kill()
    robot.event("link_down")
    falls.play(falls.simulated_fall(), robot.replay)
    born = robot.event("sign", type="fall")["id"]
    broker.start()
    assert home.one("sign", id=born)["type"] == "fall"


def test_question_is_asked_once_and_silence_is_the_answer(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    home.one("hello")
    ask = home.command("ask", {"incident": "i-1", "phrase": "check_in", "listen_s": 1.5})
    robot.event("command", id=ask)
    home.command("ask", {"incident": "i-1", "phrase": "check_in", "listen_s": 1.5}, command_id=ask)
    answer = home.one("sign", type="answer")
    assert answer["data"] == {"incident": "i-1", "ask": ask, "intent": "none"}
    receipt = home.one("receipt/robot", id=ask)
    assert receipt["result"] == "done"
    home.command("ask", {"incident": "i-1", "phrase": "check_in", "listen_s": 1.5}, command_id=ask)
    wait_until(lambda: len(home.all("receipt/robot", id=ask)) > 1, what="the receipt again")
    assert len(list(robot.said.glob("*.wav"))) == 1
    assert len({each["id"] for each in home.all("sign", type="answer")}) == 1


def test_urgent_words_cut_in_and_the_rest_is_said_afterwards(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    home.one("hello")
    long = home.command(
        "say", {"incident": None, "phrase": None, "text": "오늘은 날씨가 좋아요. " * 6, "urgent": False}
    )
    wait_until(lambda: len(list(robot.said.glob("*.wav"))) == 1, what="the long text is begun")
    short = home.command("say", {"incident": "i-1", "phrase": "help_coming", "text": None, "urgent": True})
    assert home.one("receipt/robot", id=short)["result"] == "done"
    assert not home.all("receipt/robot", id=long)
    assert home.one("receipt/robot", id=long)["result"] == "done"
    assert len(list(robot.said.glob("*.wav"))) == 3


def test_commands_that_make_no_sense_are_refused_and_stop_nothing(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    home.one("hello")
    home.publish_raw("command", b"\xff\x00 no JSON")
    home.publish_raw("receipt/home", b"[]")
    home.publish_raw("home", b'{"v": 1, "id": "x", "type": "home"}')
    dance = home.command("dance", {})
    phrase = home.command("say", {"incident": None, "phrase": "sing", "text": None, "urgent": False})
    late = home.command("say", {"incident": None, "phrase": "closed", "text": None}, expires_s=-5)
    assert "dance" in home.one("receipt/robot", id=dance, result="refused")["reason"]
    assert "sing" in home.one("receipt/robot", id=phrase, result="refused")["reason"]
    assert home.one("receipt/robot", id=late)["result"] == "expired"
    assert len(robot.events("malformed")) == 4
    assert not robot.said.exists() or not list(robot.said.glob("*.wav"))


def test_sign_that_the_home_refuses_is_dropped_and_counted(home: Home, robot: Robot) -> None:
    home.receipts = False
    home.live()
    robot.start()
    sign = home.one("sign", type="device")
    home.receipt(sign["id"], "refused", "this home knows no wearable")
    beat = home.one("heartbeat", refused=1)
    assert beat["waiting"] == 0
    assert "this home knows no wearable" in robot.log


def test_broken_store_is_set_aside_and_told_and_the_key_survives(home: Home, robot: Robot) -> None:
    home.live()
    robot.start()
    before = home.one("hello")
    robot.kill()
    for beside in robot.state.glob("robot.db-*"):
        beside.unlink()
    (robot.state / "robot.db").write_bytes(b"this is no database" * 500)
    robot.start()
    wait_until(lambda: len(home.all("hello")) > 1)
    after = home.all("hello")[-1]
    assert after["jwk"] == before["jwk"]
    assert after["boot"] != before["boot"]
    assert after["trouble"] == ["store_reset"]
    assert home.one("heartbeat", trouble=["store_reset"])
    assert list(robot.state.glob("robot.db.broken-*"))
    assert "is broken" in robot.log
    assert oct((robot.state / "robot.key").stat().st_mode & 0o777) == "0o600"


def test_robot_that_cannot_make_sound_says_so_and_waits_for_the_answer_all_the_same(
    home: Home, robot: Robot
) -> None:
    home.live()
    robot.start()
    home.one("hello")
    robot.said.rmdir()
    robot.said.write_text("in the way")
    ask = home.command("ask", {"incident": "i-1", "phrase": "check_in", "listen_s": 1})
    assert home.one("sign", type="answer")["data"]["intent"] == "none"
    assert home.one("receipt/robot", id=ask)["result"] == "done"
    assert robot.events("not_spoken", phrase="check_in")
    assert home.one("heartbeat", trouble=["speech"])
    assert robot.stop() == 0
