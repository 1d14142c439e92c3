"""Hears who talks while the robot itself talks: its name, "그만" or a plea, and never the robot's own words.

The ears proper are deaf to that time, so that no question is taken for its own answer. This second listener
hears it all, own voice included, and lets through only what the robot is not saying: a phrase that is in its
own words, or near them, does not count, and an okay never does.
"""

from typing import TYPE_CHECKING

from robot_runtime.voice import jamo
from robot_runtime.voice.evidence import PLEAS

if TYPE_CHECKING:
    from robot_runtime.voice.listener import Heard, Listener

COUNTS = PLEAS | {"stop", "wake"}
OWN_WORDS = 0.5
"""A phrase at most so far (jamo) from a part of what is being said may be the robot's own."""


class Overtalk:
    """Fed only while the robot speaks."""

    def __init__(self, listener: Listener) -> None:
        """A listener of its own; the models are shared."""
        self._listener = listener
        self._said = ""

    def feed(self, pcm: bytes, saying: str) -> list[Heard]:
        """Sound while ``saying`` is being said."""
        if saying and saying not in self._said:
            self._said += " " + saying
        return self._others(self._listener.feed(pcm))

    def end(self) -> list[Heard]:
        """The robot has spoken; what was said over its last words."""
        if not self._said:
            return []
        found = self._others(self._listener.flush())
        self._said = ""
        return found

    def _others(self, heard: list[Heard]) -> list[Heard]:
        own = jamo.letters(self._said)
        return [
            each
            for each in heard
            if each.intent in COUNTS and jamo.part(own, jamo.letters(each.text)) > OWN_WORDS
        ]
