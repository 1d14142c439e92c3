"""Whether the wearable is worn: a wrist is never as still as a table."""

STILL_RANGE_G = 0.03
"""What an axis may wander in one stretch for it to count as lying on a table: the noise of cheap sensors."""
STRETCH_S = 10.0
TAKEN_OFF_AFTER_S = 5400.0
"""A sleeper moves at least every hour or so; an hour and a half of perfect stillness is a table."""
NO_SKIN_AFTER_S = 600.0
"""A sensor that feels no skin for so long is not worn; a loose strap is felt again sooner."""


class WornWatch:
    """Told of samples and heartbeats, it knows whether the wearable is worn. Times are in seconds."""

    def __init__(self) -> None:
        self._begin_s = float("-inf")
        self._lowest: list[float] = []
        self._highest: list[float] = []
        self._moved_s: float | None = None
        self._now_s = float("-inf")
        self._skin_s: float | None = None
        self._no_skin = False

    @property
    def worn(self) -> bool:
        """True until the opposite is clear."""
        if self._no_skin and self._skin_s is not None and self._now_s - self._skin_s > NO_SKIN_AFTER_S:
            return False
        return self._moved_s is None or self._now_s - self._moved_s <= TAKEN_OFF_AFTER_S

    def sample(self, t_s: float, accel_g: tuple[float, float, float]) -> None:
        """One sample; cheap, for it runs on each."""
        self._now_s = max(self._now_s, t_s)
        if self._moved_s is None:
            self._moved_s = t_s
        if t_s - self._begin_s > STRETCH_S or t_s < self._begin_s:
            self._begin_s, self._lowest, self._highest = t_s, list(accel_g), list(accel_g)
            return
        for axis, value in enumerate(accel_g):
            if value < self._lowest[axis]:
                self._lowest[axis] = value
            elif value > self._highest[axis]:
                self._highest[axis] = value
            else:
                continue
            if self._highest[axis] - self._lowest[axis] > STILL_RANGE_G:
                self._moved_s = self._now_s

    def pulse(self, now_s: float, contact: bool | None) -> None:  # noqa: FBT001 - as the device tells it
        """What the heart rate sensor feels; None where it can't tell."""
        self._now_s = max(self._now_s, now_s)
        if contact is None:
            return
        if contact:
            self._moved_s = self._now_s
        if contact or self._skin_s is None:
            self._skin_s = self._now_s
        self._no_skin = not contact

    def gone(self) -> None:
        """The link dropped: what happens to the wearable now is not known."""
        self._begin_s, self._moved_s, self._skin_s, self._no_skin = float("-inf"), None, None, False
