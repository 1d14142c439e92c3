"""From a wearable's samples to a fall the home can trust: plain Python and numpy, no clock, no I/O."""

from robot_runtime.fall.detector import FallDetector
from robot_runtime.fall.event import FallError, FallEvent, Measure

__all__ = ["FallDetector", "FallError", "FallEvent", "Measure"]
