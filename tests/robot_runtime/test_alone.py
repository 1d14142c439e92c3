"""The home is dead: the robot's real program gets help itself."""

import pytest

from script.rig import falls, voices
from tests.robot_runtime.rig import Bridge, Home, Robot, recorded, stamp, wait_until

FALL = {
    "id": "019aa123-0000-7000-8000-000000000001",
    "kind": "fall",
    "severity": "emergency",
    "opened_at": stamp(),
    "state_at": stamp(),
    "step": 3,
    "summary": {"ko": "넘어짐", "en": "A fall"},
    "evidence": [],
    "reported_by": "home",
    "outcome": None,
}


def _meet(home: Home, robot: Robot, bridge: Bridge | None) -> None:
    home.live()
    robot.start()
    home.one("hello")
    if bridge is not None:
        done = home.link(bridge.url)
        home.one("receipt/robot", id=done, result="done")


@pytest.mark.xdist_group("plea")
def test_plea_without_a_home_is_raised_with_the_bridge_and_handed_over_when_the_home_returns(
    home: Home, hearing_robot: Robot, bridge: Bridge
) -> None:
    robot = hearing_robot
    _meet(home, robot, bridge)
    robot.event("listening")
    home.die()
    voices.play_test_voice(voices.PLEA, robot.ears)
    plea = robot.event("sign", type="help_call")["id"]
    incident = wait_until(lambda: bridge.incidents.get(plea), what="the bridge has the plea")
    assert (incident["state"], incident["kind"], incident["reported_by"]) == ("raised", "help_call", "robot")
    robot.event("spoken", phrase="alert_raised")
    wait_until(lambda: bridge.listeners, what="the robot listens to the bridge")
    seq = bridge.tell({"type": "incident", "incident": {"id": plea, "state": "acknowledged", "by": "김복지"}})
    robot.event("downlink", seq=seq)
    robot.event("spoken", phrase="help_coming")
    home.live()
    handed = home.one("sign", type="incident")["data"]["incident"]
    assert (handed["id"], handed["state"]) == (plea, "acknowledged")
    wait_until(lambda: not bridge.listeners, what="the robot leaves the bridge")
    assert len(bridge.batches) == 1


def test_alert_that_the_home_had_not_delivered_is_carried_on_with_its_id(
    home: Home, robot: Robot, bridge: Bridge
) -> None:
    _meet(home, robot, bridge)
    done = home.command("incident", {"incident": {**FALL, "state": "raised"}, "delivered": False})
    home.one("receipt/robot", id=done)
    home.die()
    assert wait_until(lambda: bridge.incidents.get(FALL["id"]))["state"] == "raised"
    assert robot.event("alone")


def test_alert_that_the_home_had_delivered_is_not_raised_again(
    home: Home, robot: Robot, bridge: Bridge
) -> None:
    _meet(home, robot, bridge)
    home.command("incident", {"incident": {**FALL, "state": "raised"}, "delivered": True})
    home.die()
    robot.event("alone")
    wait_until(lambda: bridge.listeners, what="the robot listens to the bridge")
    bridge.tell({"type": "incident", "incident": {"id": FALL["id"], "state": "acknowledged", "by": "김복지"}})
    robot.event("spoken", phrase="help_coming")
    assert not bridge.batches


def test_alert_survives_a_kill_and_a_bridge_that_fails_hangs_and_forges(
    home: Home, robot: Robot, bridge: Bridge
) -> None:
    tries: list[str] = []

    def misbehave(claims: dict[str, object], _compact: str) -> tuple[int, str, dict[str, str]] | None:
        tries.append(str(claims["jti"]))
        match len(tries):
            case 1:
                return 500, "no", {}
            case 2:
                return 200, bridge.receipt("another batch", [FALL["id"]]), {}
            case _:
                return None

    bridge.answer = misbehave
    _meet(home, robot, bridge)
    done = home.command("incident", {"incident": {**FALL, "state": "raised"}, "delivered": False})
    home.one("receipt/robot", id=done)
    home.die()
    wait_until(lambda: tries, what="the first try")
    robot.kill()
    robot.start()
    assert wait_until(lambda: bridge.incidents.get(FALL["id"]))["state"] == "raised"
    assert len(set(tries)) == len(tries) >= 3
    ids = {each["id"] for batch in bridge.batches for each in batch["messages"]}
    assert len(ids) == 1
    robot.event("bridge_receipt", stored=1)


def test_fall_is_asked_about_and_raised_when_nobody_answers(home: Home, robot: Robot, bridge: Bridge) -> None:
    _meet(home, robot, bridge)
    home.die()
    robot.event("alone")
    falls.play(falls.simulated_fall(), robot.replay)
    fall = robot.event("sign", type="fall")["id"]
    robot.event("asked", incident=fall)
    assert not bridge.batches
    assert wait_until(lambda: bridge.incidents.get(fall))["state"] == "raised"
    assert robot.events("answer", incident=fall)[0]["intent"] == "none"


def test_robot_that_was_never_linked_says_so(home: Home, robot: Robot) -> None:
    _meet(home, robot, None)
    done = home.command("incident", {"incident": {**FALL, "state": "raised"}, "delivered": False})
    home.one("receipt/robot", id=done)
    home.die()
    robot.event("spoken", phrase="not_linked")


@pytest.mark.xdist_group("okay")
def test_okay_ends_the_robots_own_check_in(home: Home, hearing_robot: Robot, bridge: Bridge) -> None:
    robot = hearing_robot
    _meet(home, robot, bridge)
    robot.event("listening")
    home.command("incident", {"incident": {**FALL, "state": "checking"}, "delivered": False})
    home.die()
    robot.event("asked", incident=FALL["id"])
    voices.play_test_voice(voices.OKAY, robot.ears)
    assert robot.event("answer", incident=FALL["id"])["intent"] == "okay"
    robot.event("incident", id=FALL["id"], state="closed")
    home.live()
    handed = home.one("sign", type="incident")["data"]["incident"]
    assert (handed["state"], handed["outcome"]) == ("closed", "answered_well")
    assert not bridge.batches
    robot.event("spoken", phrase="answered_well")
    voices.play_test_voice("비명", robot.ears)
    voices.play_test_voice("신음", robot.ears)
    cry = home.one("sign", type="cry")
    assert cry.keys() == recorded("mqtt/sign_cry").keys()
    assert cry["data"].keys() == recorded("mqtt/sign_cry")["data"].keys()
