"""From one wearable's samples to the signs that the home hears of."""

import logging
from typing import TYPE_CHECKING, Any

from robot_runtime.radio.wearable import BATTERY_LOW_PERCENT, Pulse, Sample
from robot_runtime.radio.worn import WornWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.events import EventLog
    from robot_runtime.fall import FallDetector, FallEvent
    from robot_runtime.reminders import Reminders

_LOGGER = logging.getLogger(__name__)

BATTERY_RECOVERED_PERCENT = 25
"""A level that wanders around the limit is told once."""
GAP_S = 0.6
"""A pause of the stream that is written down: one notification of a Polar H10 that was lost is 0.7 s."""
CHARGE, WEAR = "wearable_charge", "wearable_wear"


class Movement:
    """Feeds the fall detector and keeps how the wearable is.

    ``resident`` is whose wearable it is, where a home has several; it goes with each sign.
    """

    def __init__(
        self,
        detector: FallDetector,
        log: EventLog,
        new_sign: Callable[[str, dict[str, Any]], object],
        reminders: Reminders | None = None,
        resident: str | None = None,
    ) -> None:
        """``new_sign(type, data)`` stores and sends."""
        self._detector = detector
        self._log = log
        self._new_sign = new_sign
        self._reminders = reminders
        self._whose = {} if resident is None else {"resident": resident}
        self._low = False
        self._last_s: float | None = None
        self._worn_watch = WornWatch()
        self.state = "offline"
        self.battery: int | None = None
        self.pulse: Pulse | None = None
        self.worn = True

    def on_samples(self, samples: list[Sample]) -> None:
        """Every sample goes through the detector."""
        for sample in samples:
            if self._last_s is not None and sample.t_s - self._last_s > GAP_S:
                self._log.add("wearable_gap", seconds=round(sample.t_s - self._last_s, 1), **self._whose)
            self._last_s = sample.t_s
            self._worn_watch.sample(sample.t_s, sample.accel_g)
            event = self._detector.update(sample.t_s, sample.accel_g, sample.gyro_dps)
            if event is not None:
                self._fell(event)
        self._look_whether_worn()

    def _fell(self, event: FallEvent) -> None:
        evidence = [
            {"name": each.name, "value": round(each.value, 3), "unit": each.unit} for each in event.evidence
        ]
        self._log.add(
            "fall", certainty=event.kind, score=round(event.score, 3), impact_t_s=round(event.time_s, 2)
        )
        data = {"certainty": event.kind, "score": round(event.score, 3), "evidence": evidence}
        self._new_sign("fall", data | self._whose)

    def on_state(self, state: str) -> None:
        """``online`` or ``offline``; told when it changes."""
        if state != self.state:
            self.state = state
            self._tell(state)
            if state == "offline":
                if self.worn:  # else it stays so until it is felt: it may lie on its charger
                    self._worn_watch.gone()
                self.pulse = None

    def on_battery(self, percent: int) -> None:
        """Told when it gets low: to the home at once, aloud at a decent hour."""
        self.battery = percent
        if percent <= BATTERY_LOW_PERCENT and not self._low:
            self._low = True
            self._tell("battery_low")
            self._remind(CHARGE)
        elif percent >= BATTERY_RECOVERED_PERCENT:
            self._low = False
            self._settle(CHARGE)

    def on_pulse(self, pulse: Pulse) -> None:
        """Kept, and a sign of being worn."""
        self.pulse = pulse
        if self._last_s is not None:
            self._worn_watch.pulse(self._last_s, pulse.contact)
            self._look_whether_worn()

    def _look_whether_worn(self) -> None:
        worn = self._worn_watch.worn
        if worn == self.worn:
            return
        self.worn = worn
        self._log.add("wearable_worn", worn=worn, **self._whose)
        self._tell("worn" if worn else "not_worn")
        if worn:
            self._settle(WEAR)
        else:
            self._remind(WEAR)

    def _remind(self, phrase: str) -> None:
        if self._reminders is not None:
            self._reminders.want(phrase)

    def _settle(self, phrase: str) -> None:
        if self._reminders is not None:
            self._reminders.settle(phrase)

    def _tell(self, state: str) -> None:
        _LOGGER.info("Wearable: %s", state)
        self._log.add("wearable", state=state, battery=self.battery, **self._whose)
        self._new_sign("device", {"part": "wearable", "state": state, "battery": self.battery, **self._whose})
