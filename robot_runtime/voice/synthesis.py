"""The worker process that turns text into wav files with pyttsx3; a crash in it does not touch the robot.

It reads one JSON object a line, ``{"text", "path", "voice", "rate", "volume"}``, and answers
``{"ok": true}`` or ``{"ok": false, "error": …}``. pyttsx3 prints on its own, so the answers go through a copy
of standard output.
"""

import json
import os
import sys
import threading
from typing import Any, TextIO

import pyttsx3

FINISH_S = 12.0
"""Shorter than the robot waits for an answer, so that it learns why."""


def main() -> None:
    """Serves until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    engine = pyttsx3.init("espeak")
    finished = threading.Event()
    engine.connect("finished-utterance", lambda **_: finished.set())
    _answer(answers, {"ok": True})
    for line in sys.stdin:
        try:
            _speak(engine, finished, json.loads(line))
        except Exception as error:  # noqa: BLE001 - told to the robot, which says so and goes on
            _answer(answers, {"ok": False, "error": f"{type(error).__name__}: {error}"})
        else:
            _answer(answers, {"ok": True})


def _speak(engine: Any, finished: threading.Event, request: dict[str, Any]) -> None:
    """pyttsx3's loop may return before espeak's own thread has written the file: its event is waited for."""
    finished.clear()
    engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.setProperty("volume", request["volume"])
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()
    if not finished.wait(FINISH_S):
        raise TimeoutError("espeak-ng did not finish the phrase")


def _answer(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
