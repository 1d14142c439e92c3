"""From the wearable's samples to the signs that the home hears of."""

import logging
from typing import TYPE_CHECKING, Any

from robot_runtime.radio.wearable import BATTERY_LOW_PERCENT, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.events import EventLog
    from robot_runtime.fall import FallDetector, FallEvent

_LOGGER = logging.getLogger(__name__)

BATTERY_RECOVERED_PERCENT = 25
"""A level that wanders around the limit is told once."""


class Movement:
    """Feeds the fall detector and keeps how the wearable is."""

    def __init__(
        self, detector: FallDetector, log: EventLog, new_sign: Callable[[str, dict[str, Any]], object]
    ) -> None:
        """``new_sign(type, data)`` stores and sends."""
        self._detector = detector
        self._log = log
        self._new_sign = new_sign
        self._low = False
        self.state = "offline"
        self.battery: int | None = None

    def on_samples(self, samples: list[Sample]) -> None:
        """Every sample goes through the detector."""
        for sample in samples:
            event = self._detector.update(sample.t_s, sample.accel_g, sample.gyro_dps)
            if event is not None:
                self._fell(event)

    def _fell(self, event: FallEvent) -> None:
        evidence = [
            {"name": each.name, "value": round(each.value, 3), "unit": each.unit} for each in event.evidence
        ]
        self._log.add(
            "fall", certainty=event.kind, score=round(event.score, 3), impact_t_s=round(event.time_s, 2)
        )
        self._new_sign(
            "fall", {"certainty": event.kind, "score": round(event.score, 3), "evidence": evidence}
        )

    def on_state(self, state: str) -> None:
        """``online`` or ``offline``; told when it changes."""
        if state != self.state:
            self.state = state
            self._tell(state)

    def on_battery(self, percent: int) -> None:
        """Told when it gets low."""
        self.battery = percent
        if percent <= BATTERY_LOW_PERCENT and not self._low:
            self._low = True
            self._tell("battery_low")
        elif percent >= BATTERY_RECOVERED_PERCENT:
            self._low = False

    def _tell(self, state: str) -> None:
        _LOGGER.info("Wearable: %s", state)
        self._log.add("wearable", state=state, battery=self.battery)
        self._new_sign("device", {"part": "wearable", "state": state, "battery": self.battery})
