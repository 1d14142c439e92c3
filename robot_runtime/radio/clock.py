"""A sensor's own clock laid onto the robot's: it follows drift, not lateness, and never steps back."""

FOLLOWS = 0.002
"""How much the offset may rise, in seconds a second: clocks of wearables drift by some 0.0001."""
JUMP_S = 5.0
"""A sensor whose clock is off by more than this was set or restarted: its clock is laid on anew."""


class SensorClock:
    """The offset is the least lateness seen: what came later than that had been waiting on the way."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._at_s = 0.0
        self._last_s = float("-inf")

    def place(self, sensor_s: float, arrived_s: float) -> float:
        """The robot's time for the newest reading of a frame, both in seconds."""
        late_s = arrived_s - sensor_s
        if self._offset_s is None or abs(late_s - self._offset_s) > JUMP_S:
            self._offset_s = late_s
        else:
            risen = self._offset_s + FOLLOWS * max(0.0, arrived_s - self._at_s)
            self._offset_s = min(late_s, risen)
        self._at_s = arrived_s
        return sensor_s + self._offset_s

    def forward(self, t_s: float) -> float:
        """The same time, or the last one given where that was later: what goes out never steps back."""
        self._last_s = max(self._last_s, t_s)
        return self._last_s
