"""The robot's program. Simulated are the wearable's chip, the microphone (a pipe) and the loudspeaker."""

import json
import os
import sys
import threading
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig.falls import play
from rig.program import Program
from rig.waiting import wait_for

if TYPE_CHECKING:
    from rig.broker import Broker
    from rig.falls import Fall

ROBOT_ID = "seogu-demo"
START_S = 300.0
CHUNK_S = 0.05
PAUSE_S = 1.2
SOUND_HZ = 16000
CONFIG = """\
robot_id = "{robot_id}"
name = "돌봄로봇"
language = "ko"
state_dir = "{state}"

[mqtt]
host = "127.0.0.1"
port = {port}
username = "robot"
password = "{password}"

[speech]
output = "wav:{spoken}"

[hearing]
input = "pipe:{microphone}"
# The voices here are espeak's, which a Whisper model does not understand.
second = "none"

[wearable]
source = "replay:{wearable}"
placement = "wrist"
rate_hz = 50.0
"""


class Robot:
    """`seogu-robot run` with its state in a folder; what it does is read from its event log."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        folder.mkdir(parents=True)
        self.spoken = folder / "spoken"
        self.wearable = folder / "wearable"
        self.wearable.mkdir()
        self.microphone = folder / "microphone"
        os.mkfifo(self.microphone)
        self._events = folder / "events.jsonl"
        self._falls = 0
        config = folder / "robot.toml"
        config.write_text(
            CONFIG.format(
                robot_id=ROBOT_ID,
                state=folder / "state",
                port=broker.port,
                password=broker.passwords["robot"],
                spoken=self.spoken,
                microphone=self.microphone,
                wearable=self.wearable,
            ),
            encoding="utf-8",
        )
        command = str(Path(sys.executable).parent / "seogu-robot")
        self.program = Program(
            "robot",
            [command, "run", "--config", str(config), "--events", str(self._events)],
            folder / "log",
        )

    def start(self) -> None:
        """Starts it and waits until it listens (the speech model takes seconds to load)."""
        mark = self.mark()
        self.program.start()
        self.wait_event(mark, "listening", within_s=START_S)

    def mark(self) -> int:
        """A place in the event log: what is written after it is new."""
        return self._events.stat().st_size if self._events.exists() else 0

    def events(self, mark: int = 0) -> list[dict[str, Any]]:
        """What the robot wrote down after a mark. A line cut off by a kill is left out."""
        if not self._events.exists():
            return []
        with self._events.open("rb") as log:
            log.seek(mark)
            lines = log.read().split(b"\n")[:-1]
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def find(self, mark: int, event: str, **fields: Any) -> dict[str, Any] | None:
        """The first event of a kind after a mark whose fields have these values."""
        wanted = {"event": event, **fields}
        return next((e for e in self.events(mark) if all(e.get(k) == v for k, v in wanted.items())), None)

    def wait_event(self, mark: int, event: str, *, within_s: float, **fields: Any) -> dict[str, Any]:
        """Waits for an event of the robot."""
        what = f"robot: {event} {fields or ''}".strip()
        return wait_for(what, lambda: self.find(mark, event, **fields), within_s)

    def wear(self, fall: Fall) -> None:
        """The wearable delivers the fall's samples from now on, at their real times."""
        self._falls += 1
        play(fall.rows, self.wearable, f"fall{self._falls:03d}")

    def hear(self, sounds: list[Path]) -> threading.Thread:
        """Plays wavs (16 kHz, mono, 16 bit) into the microphone, with pauses as a caller makes them.

        Returns at once; the sounds take their real time, and longer while the robot does not listen. The
        thread ends when the last one is in its ear.
        """
        playing = threading.Thread(target=_play, args=(sounds, self.microphone), daemon=True)
        playing.start()
        return playing


def _play(sounds: list[Path], microphone: Path) -> None:
    quiet = b"\0\0" * int(PAUSE_S * SOUND_HZ)
    voice = quiet
    for sound in sounds:
        with wave.open(str(sound)) as wav:
            voice += wav.readframes(wav.getnframes()) + quiet
    step = 2 * int(CHUNK_S * SOUND_HZ)
    with microphone.open("wb", buffering=0) as pipe:
        due = time.monotonic()
        for start in range(0, len(voice), step):
            pipe.write(voice[start : start + step])
            due += CHUNK_S
            time.sleep(max(0.0, due - time.monotonic()))
