"""The home's environment as it runs: thermometers, the front door and the stove, watched once a minute."""

import asyncio
import logging
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfTemperature
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter

from .care.environment.indoors import Indoors
from .care.environment.left_alone import LeftAlone
from .care.environment.risk import at_risk
from .care.incident import Evidence
from .care.routine.price import is_night
from .care.signs import Hazard, HazardOver
from .const import (
    CONF_HYGROMETERS,
    CONF_OUTDOOR,
    CONF_STOVES,
    CONF_THERMOMETERS,
    SUBENTRY_RESIDENT,
)
from .outside import REMINDERS as OUTSIDE
from .outside import Outside
from .robot.messages import say_command
from .routine.chosen import room
from .routine.states import active
from .storage import NotStoredError

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State

    from .care.environment.indoors import Finding
    from .home import Home
    from .ledger import Ledger
    from .routine.routine import Routine

_LOGGER = logging.getLogger(__name__)
MINUTE: Final = timedelta(minutes=1)
SAY_HOLDS: Final = timedelta(minutes=10)
RETRY_S: Final = 5.0
OUT_BELOW: Final = 0.3
"""Below this chance of somebody being at home there is nobody to remind."""
REMINDERS: Final = {
    "door_open": ("현관문이 열려 있어요. 닫아 주세요.", "The front door is open. Please close it."),
    "stove": (
        "가스레인지나 전열기가 켜져 있어요. 부엌을 한번 봐 주세요.",
        "The stove is on. Please look after it.",
    ),
}
UNITS: Final = {"heat": "°C", "cold": "°C", "door_open": "min", "stove": "min"}


class Surroundings:
    """Feeds the environment's core, and makes signs and reminders of what it finds."""

    def __init__(self, hass: HomeAssistant, home: Home, routine: Routine) -> None:
        options = home.entry.options
        self._hass = hass
        self._home = home
        self._routine = routine
        self.indoors = Indoors()
        self.outside = Outside(hass, home.entry.entry_id, options.get(CONF_OUTDOOR))
        self._left = LeftAlone()
        self._thermometers = list(options.get(CONF_THERMOMETERS, ()))
        self._hygrometers = list(options.get(CONF_HYGROMETERS, ()))
        self._stoves = {name: room(hass, name) for name in options.get(CONF_STOVES, ())}
        self._doors = [name for name, each in routine.sensors.items() if each["kind"] == "exterior_door"]
        self._ends: list[CALLBACK_TYPE] = []

    @property
    def watched(self) -> bool:
        """Whether there is anything to watch."""
        return bool(self._thermometers or self.outside.weather or self._stoves or self._doors)

    @property
    def at_risk(self) -> bool:
        """Whether any resident is at risk from heat and cold; known in this home only."""
        year = dt_util.now().year
        for each in self._home.entry.subentries.values():
            if each.subentry_type != SUBENTRY_RESIDENT:
                continue
            born = each.data.get("birth_year")
            if at_risk(None if born is None else year - int(born), str(each.data.get("notes", ""))):
                return True
        return False

    async def start(self) -> None:
        """Begins with how things stand."""
        if not self.watched:
            return
        await self.outside.load()
        names = {*self._thermometers, *self._hygrometers, *self._stoves, *self._routine.sensors}
        if self.outside.weather:
            names.add(self.outside.weather)
        self._ends += [
            async_track_state_change_event(self._hass, list(names), self._on_change),
            async_track_time_interval(self._hass, self._on_minute, MINUTE, cancel_on_shutdown=True),
        ]
        outside = (self.outside.weather,) if self.outside.weather else ()
        for name in (*self._doors, *self._stoves, *self._hygrometers, *self._thermometers, *outside):
            self._read(self._hass.states.get(name), dt_util.utcnow())

    async def stop(self) -> None:
        """No more; the days measured outside are kept."""
        for end in self._ends:
            end()
        self._ends.clear()
        await self.outside.save()

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        now = dt_util.utcnow()
        name = event.data["entity_id"]
        sensor = self._routine.sensors.get(name)
        if sensor is not None and old is not None and new is not None and old.state != new.state:
            was, is_now = active(old), active(new)
            if was is not None and is_now and sensor["kind"] != "power":
                self._act(self._left.sign(now, sensor["room"]))
        self._read(new, now)

    @callback
    def _read(self, state: State | None, now: datetime) -> None:
        """Take in one entity's state, whichever it is."""
        if state is None or ((on := active(state)) is None and state.entity_id != self.outside.weather):
            return
        name = state.entity_id
        if name in self._doors:
            self._act(self._left.door(now, name, is_open=bool(on)))
        if name in self._stoves:
            self._act(self._left.stove(now, name, self._stoves[name], on=bool(on)))
        if name in self._thermometers and (celsius := _celsius(state)) is not None:
            self.indoors.temperature(now, name, celsius)
        if name in self._hygrometers and (percent := _number(state.state)) is not None:
            self.indoors.humidity(now, name, percent)
        if name == self.outside.weather:
            self.outside.reading(state, now)

    async def _on_minute(self, now: datetime) -> None:
        self.minute(max(now, dt_util.utcnow()))

    @callback
    def minute(self, now: datetime) -> None:
        """What has lasted for too long."""
        for name in self._thermometers:  # one that does not change still measures
            self._read(self._hass.states.get(name), now)
        local = dt_util.as_local(now)
        night = is_night(local.hour * 60.0 + local.minute)
        view = self._routine.view
        out = self._routine.away or (view is not None and view.at_home < OUT_BELOW)
        self._act(self.indoors.tick(now, at_risk=self.at_risk))
        self._act(self._left.tick(now, night=night, out=out))
        signs, said = self.outside.tick(now, at_risk=self.at_risk)
        for sign in signs:
            self._home.entry.async_create_background_task(
                self._hass, self._take(sign), "seogu_care weather outside"
            )
        if said and not night and not out:
            self._home.entry.async_create_background_task(
                self._hass, self._say(OUTSIDE[said[0]]), "seogu_care weather outside"
            )
        self._home.tell_listeners()

    @callback
    def _act(self, findings: list[Finding]) -> None:
        for finding in findings:
            self._home.entry.async_create_background_task(
                self._hass, self._do(finding), f"seogu_care {finding.hazard}"
            )

    async def _do(self, finding: Finding) -> None:
        identity, now = str(uuid.uuid7()), dt_util.utcnow()
        sign: Hazard | HazardOver
        if finding.step == "remind":
            await self._say(REMINDERS[finding.hazard])
            return
        if finding.step == "over":
            sign = HazardOver(id=identity, at=now, hazard=finding.hazard)
        else:
            measured = Evidence(f"{finding.hazard}_value", round(finding.value, 1), UNITS[finding.hazard])
            sign = Hazard(
                id=identity,
                at=now,
                hazard=finding.hazard,
                source=finding.source,
                evidence=(measured,),
                grave=finding.grave,
            )
        await self._take(sign)

    async def _take(self, sign: Hazard | HazardOver) -> None:
        while True:
            try:
                await self._home.take(sign)
            except NotStoredError as err:
                _LOGGER.warning("%s could not be stored yet: %s", sign.hazard, err)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _say(self, words: tuple[str, str]) -> None:
        text = words[0 if self._hass.config.language.startswith("ko") else 1]

        def said(ledger: Ledger, now: datetime) -> Ledger:
            for robot in self._home.robots:
                ledger = ledger.with_command(say_command(robot, now, now + SAY_HOLDS, text=text))
            return ledger

        try:
            await self._home.commit(said)
        except NotStoredError as err:
            _LOGGER.warning("a reminder could not be stored: %s", err)


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if -100.0 < number < 200.0 else None  # noqa: PLR2004 - beyond it is no reading of a home


def _celsius(state: State) -> float | None:
    number = _number(state.state)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if number is None or unit not in TemperatureConverter.VALID_UNITS:
        return number
    return TemperatureConverter.convert(number, unit, UnitOfTemperature.CELSIUS)
