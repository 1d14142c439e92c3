"""The three stories: a fall nobody answers for, a call for help, and a home that goes silent."""

from typing import TYPE_CHECKING, Any

from rig.falls import a_fall
from rig.waiting import StepMissingError, wait_for
from robot_runtime.voice.conversation import UNSURE_BELOW

if TYPE_CHECKING:
    from pathlib import Path

    from rig.caseworker import Caseworker
    from rig.system import System
    from rig.timeline import Timeline

# How long a step may take before the story counts as broken. Generous: a small, busy machine runs it all.
STEP_S = 90.0
FALL_S = 90.0
SILENCE_S = 120.0
RESTART_S = 240.0


def fall(system: System, worker: Caseworker, timeline: Timeline) -> None:
    """Story 1: a fall, a question, no answer, an alert, a caseworker, and help on its way."""
    timeline.begin("1", "A fall that nobody answers for")
    recording = a_fall()
    mark = system.robot.mark()
    system.robot.wear(recording)
    timeline.add("the wearable streams a wrist's fall", source=recording.source, detail=recording.name)
    sign = system.robot.wait_event(mark, "sign", type="fall", within_s=FALL_S)
    incident = sign["id"]
    timeline.add("the robot suspects a fall", detail=f"score {sign.get('score', '?')}")
    system.wait_shown("care_state", "checking", STEP_S)
    timeline.add("Home Assistant has stored the incident and checks", detail=incident)
    system.robot.wait_event(mark, "spoken", phrase="check_in", within_s=STEP_S)
    timeline.add("the robot asks aloud", detail="괜찮으세요?")
    if system.shown("care_state").get("state") != "checking":
        raise StepMissingError("the alert was raised before anybody could answer")
    system.robot.wait_event(mark, "answer", intent="none", within_s=STEP_S)
    timeline.add("nobody answers")
    system.wait_shown("care_state", "raised", STEP_S)
    timeline.add("Home Assistant raises the incident")
    worker.sees(incident, within_s=STEP_S)
    timeline.add("the alert is on the caseworker's screen")
    system.robot.wait_event(mark, "spoken", phrase="alert_raised", within_s=STEP_S)
    timeline.add("the robot says that the alert is out")
    mark = system.robot.mark()
    worker.acknowledge(incident)
    timeline.add("the caseworker acknowledges")
    system.wait_shown("care_state", "acknowledged", STEP_S)
    timeline.add("Home Assistant knows who looks after it")
    system.robot.wait_event(mark, "spoken", phrase="help_coming", within_s=STEP_S)
    timeline.add("the robot says that help is coming")
    worker.close(incident, outcome="helped")
    timeline.add("the caseworker closes it with an outcome", detail="helped")
    system.wait_closed(incident, STEP_S)
    timeline.add("Home Assistant shows it closed")
    system.robot.wait_event(mark, "spoken", phrase="closed", within_s=STEP_S)
    timeline.add("the robot says that it is over")


def plea(system: System, worker: Caseworker, timeline: Timeline, voices: list[Path]) -> None:
    """Story 2: a spoken call for help is raised without waiting for an answer."""
    timeline.begin("2", "“살려주세요”")
    mark = system.robot.mark()
    cries = system.robot.hear(voices)
    timeline.add(
        "somebody calls for help", source="simulated", detail=" … ".join(voice.stem for voice in voices)
    )
    sign = system.robot.wait_event(mark, "sign", type="help_call", within_s=STEP_S)
    incident = sign["id"]
    timeline.add("the robot has understood it", detail=f"intent {sign.get('intent', '?')}")
    worker.sees(incident, within_s=STEP_S)
    timeline.add("the alert is on the caseworker's screen")
    _without_asking(system, mark)
    timeline.add("it was raised without asking first")
    system.robot.wait_event(mark, "spoken", phrase="alert_raised", within_s=STEP_S)
    timeline.add("the robot says that the alert is out")
    if sign["score"] < UNSURE_BELOW:
        # It asks back, and the second cry is the answer: a caseworker does not close before that.
        system.robot.wait_event(mark, "answer", incident=incident, within_s=STEP_S)
    # A cry that a busy robot hears only after the end would be an incident of its own.
    cries.join(STEP_S)
    _look_after(system, worker, incident)
    timeline.add("acknowledged and closed")


def silence(system: System, worker: Caseworker, timeline: Timeline, voices: list[Path]) -> None:
    """Story 3: Home Assistant dies with an alert in its outbox; nothing is lost and nothing doubled."""
    timeline.begin("3", "The home goes silent")
    system.bridge.program.kill()
    timeline.add("the bridge is gone")
    system.home.call("button.press", {"entity_id": system.entity("sos")})
    first = system.wait_open_incident(STEP_S)
    timeline.add("SOS button: the alert waits in Home Assistant's outbox", detail=first)
    system.home.program.kill()
    timeline.add("Home Assistant is killed with -9")
    mark = system.robot.mark()
    system.bridge.start()
    timeline.add("the bridge is back")
    system.robot.wait_event(mark, "alone", within_s=STEP_S)
    timeline.add("the robot notices that it is alone")
    mark = system.robot.mark()
    worker.sees(first, within_s=STEP_S)
    timeline.add("the robot's own path has brought the waiting alert through")
    system.robot.wait_event(mark, "spoken", phrase="alert_raised", within_s=STEP_S)
    timeline.add("the robot says that the alert is out")
    system.robot.hear(voices)
    sign = system.robot.wait_event(mark, "sign", type="help_call", within_s=STEP_S)
    second = sign["id"]
    worker.sees(second, within_s=STEP_S)
    timeline.add("a call for help comes through without Home Assistant", detail=second)
    worker.sees_home("offline", within_s=SILENCE_S)
    timeline.add("the bridge shows the home offline")
    system.home.start()
    system.wait_ready(RESTART_S)
    timeline.add("Home Assistant is back")
    system.wait_outbox_empty(RESTART_S)
    timeline.add("its outbox is empty")
    worker.sees_home("online", within_s=SILENCE_S)
    timeline.add("the bridge shows the home online")
    wait_for(
        "each alert is on the screen once", lambda: worker.rows(first) == worker.rows(second) == 1, STEP_S
    )
    timeline.add("each of the two alerts is on the screen once")
    for incident in (first, second):
        _look_after(system, worker, incident)
    timeline.add("both acknowledged and closed")
    timeline.add("the bridge's audit agrees", detail=system.bridge.audit().strip().splitlines()[-1])


def _without_asking(system: System, mark: int) -> None:
    asked: dict[str, Any] | None = system.robot.find(mark, "asked")
    if asked is not None:
        raise AssertionError(f"the robot asked before it raised: {asked}")


def _look_after(system: System, worker: Caseworker, incident: str) -> None:
    mark = system.robot.mark()
    worker.acknowledge(incident)
    worker.close(incident, outcome="helped")
    system.wait_closed(incident, STEP_S)
    # It does not listen while it speaks: what comes next must wait until it has finished.
    system.robot.wait_event(mark, "spoken", phrase="closed", within_s=STEP_S)
