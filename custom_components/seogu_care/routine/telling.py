"""What the core says becomes signs for the incident core, repairs for the family, and a summary each week."""

import asyncio
import logging
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.seogu_care import issues
from custom_components.seogu_care.care.incident import Evidence, Kind, Severity, Unanswered
from custom_components.seogu_care.care.routine.thresholds import BLIND_BELOW
from custom_components.seogu_care.care.signs import Moved, Oddity, OddSilence, SilenceAlert
from custom_components.seogu_care.care.words import ANOMALIES
from custom_components.seogu_care.storage import NotStoredError

from .chosen import name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from custom_components.seogu_care.care.routine.anomalies import Anomaly
    from custom_components.seogu_care.care.routine.health import Fault
    from custom_components.seogu_care.care.routine.sensors import Sensor
    from custom_components.seogu_care.care.signs import Sign
    from custom_components.seogu_care.home import Home

    from .keeper import View

_LOGGER = logging.getLogger(__name__)
EVENT_ANOMALY: Final = "seogu_care_anomaly"
RETRIES: Final = 3
RETRY_S: Final = 2.0
UNREACHABLE_TOLD_AFTER_MIN: Final = 60
"""Networks restart and batteries are changed; an hour is neither."""

ASKED: Final[Mapping[str, Severity]] = {
    "long_bathroom_stay": Severity.EMERGENCY,
    "left_at_night": Severity.WARNING,
    "late_rising": Severity.WARNING,
}
"""Anomalies that the robot asks about, and how urgent they are when nobody answers. Others are notices."""


class Telling:
    """Acts on what a minute's work has brought."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        self._hass = hass
        self._home = home
        self._broken: dict[str, Fault] = {}
        self._unreachable: dict[str, int] = {}  # minutes
        self._blind: bool | None = None

    async def tell(self, view: View, sensors: Mapping[str, Sensor]) -> None:
        """Signs first, then what can wait."""
        await self._silence(view)
        for anomaly in view.new:
            await self._anomaly(anomaly, view.at)
        self._repairs(view, sensors)

    async def _silence(self, view: View) -> None:
        identity, now = str(uuid.uuid7()), dt_util.utcnow()
        if view.verdict == "check":
            unanswered = Unanswered.END if view.ends else Unanswered.WAIT
            await self._take(OddSilence(id=identity, at=now, evidence=evidence(view), unanswered=unanswered))
        elif view.verdict == "alert":
            await self._take(SilenceAlert(id=identity, at=now, evidence=evidence(view)))
        elif not view.asking and self._asks_in_vain():
            await self._take(Moved(id=identity, at=now))

    def _asks_in_vain(self) -> bool:
        """Whether the robot waits for an answer about a silence that is over."""
        return any(
            incident.is_unanswered_question and incident.kind is Kind.INACTIVITY
            for incident in self._home.household.open
        )

    async def _anomaly(self, anomaly: Anomaly, at: datetime) -> None:
        self._hass.bus.async_fire(
            EVENT_ANOMALY,
            {
                "entry_id": self._home.entry.entry_id,
                "household": self._home.entry.title,
                "anomaly": anomaly.kind,
                "summary": {"ko": anomaly.ko, "en": anomaly.en},
                "score": round(anomaly.score, 2),
                "threshold": anomaly.threshold,
            },
        )
        severity = ASKED.get(anomaly.kind)
        # The room's name stays at home; what was measured goes out.
        numbers = tuple(
            Evidence(name, round(value, 2))
            for name, value in anomaly.numbers.items()
            if isinstance(value, int | float)
        )
        await self._take(
            Oddity(
                id=str(uuid.uuid7()),
                at=dt_util.as_utc(at),
                name=anomaly.kind,
                severity=severity or Severity.NOTICE,
                ask=severity is not None,
                summary=ANOMALIES[anomaly.kind],
                evidence=(Evidence("score", round(anomaly.score, 2)), *numbers),
            )
        )

    async def _take(self, sign: Sign) -> None:
        """The core says it once, so the home itself tries again until it is stored, or in memory at least."""
        for attempt in range(RETRIES):
            try:
                await self._home.take(sign)
            except NotStoredError as err:
                _LOGGER.warning("a sign of the routine could not be stored yet: %s", err)
                await asyncio.sleep(RETRY_S * attempt)
            else:
                return

    # -- repairs

    def _repairs(self, view: View, sensors: Mapping[str, Sensor]) -> None:
        """A repair for each sensor that can't be trusted, and one when hardly anything is seen."""
        faults = self._lasting(view.faults)
        entry = self._home.entry
        for sensor, fault in self._broken.items():
            if faults.get(sensor) != fault:
                issues.clear_about(self._hass, entry, f"sensor_{fault}", sensor)
        for sensor, fault in faults.items():
            if self._broken.get(sensor) != fault:
                issues.tell_about(
                    self._hass,
                    entry,
                    f"sensor_{fault}",
                    sensor,
                    sensor=name(self._hass, sensor),
                    room=sensors[sensor].room,
                    whom=self._whom(sensor),
                    **_elsewhere(view, sensor),
                )
        self._broken = faults
        self._can_see(view.coverage)

    def _lasting(self, faults: Mapping[str, Fault]) -> dict[str, Fault]:
        """Faults without sensors that can't be reached for a short time."""
        gone = [sensor for sensor, fault in faults.items() if fault == "unavailable"]
        self._unreachable = {sensor: self._unreachable.get(sensor, 0) + 1 for sensor in gone}
        return {
            sensor: fault
            for sensor, fault in faults.items()
            if self._unreachable.get(sensor, UNREACHABLE_TOLD_AFTER_MIN) >= UNREACHABLE_TOLD_AFTER_MIN
        }

    def _can_see(self, coverage: float) -> None:
        entry = self._home.entry
        blind = coverage < BLIND_BELOW
        if blind and self._blind is not True:
            issues.tell(self._hass, entry, "home_blind", error=True)
        elif not blind and self._blind is not False:
            issues.clear(self._hass, entry, "home_blind")
        self._blind = blind

    def _whom(self, sensor: str) -> str:
        """Whom to ask: who made the sensor, and the integration that brings it in."""
        entry = er.async_get(self._hass).async_get(sensor)
        if entry is None:
            return sensor
        device = dr.async_get(self._hass).async_get(entry.device_id) if entry.device_id else None
        made = (getattr(device, "manufacturer", None), getattr(device, "model", None))
        return ", ".join(filter(None, (*made, entry.platform)))


def _elsewhere(view: View, sensor: str) -> dict[str, str]:
    """Of a sensor that was carried off: the room it seems to be in, and since which day."""
    move = view.moved.get(sensor)
    if move is None:
        return {}
    return {"elsewhere": move.room, "since": date.fromordinal(move.since).isoformat()}


def evidence(view: View) -> tuple[Evidence, ...]:
    """What was measured of a silence. The room's own name stays at home."""
    pieces: list[Evidence] = []
    if view.silent is not None:
        pieces.append(Evidence("silent", round(view.silent), "min"))
    numbers: Mapping[str, Any] = view.explanation.numbers if view.explanation else {}
    if isinstance(usual := numbers.get("usual_min"), int | float):
        pieces.append(Evidence("usual", round(usual), "min"))
    if view.last_zone is not None:
        pieces.append(Evidence("last_zone", view.last_zone))
    pieces += [
        Evidence("at_home", round(view.at_home, 2)),
        Evidence("coverage", round(view.coverage, 2)),
    ]
    return tuple(pieces)
