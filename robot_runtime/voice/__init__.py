"""What the robot hears and says, offline."""

from robot_runtime.voice.listener import Heard, Listener, make_listener

__all__ = ["Heard", "Listener", "make_listener"]
