"""Talk in turns: what is said, what may be answered, what follows. Plain, with time as a parameter."""

from robot_runtime.voice.dialogue.acts import Act, Do, Plea, Result, Say, Send
from robot_runtime.voice.dialogue.engine import Engine
from robot_runtime.voice.dialogue.script import Script, load

__all__ = ["Act", "Do", "Engine", "Plea", "Result", "Say", "Script", "Send", "load"]
