"""Falls that the home itself notices: its sensors and what its robots heard feed the fall signs."""

import logging
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_interval
from homeassistant.util import dt as dt_util

from .care.fall_signs import FallSigns
from .care.incident import Evidence
from .care.routine.sensors import zone_of
from .care.signs import Fall
from .const import CONF_FLOOR
from .routine.chosen import room
from .routine.states import active
from .storage import NotStoredError

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .care.fall_signs import Suspicion
    from .care.signs import Cry
    from .home import Home
    from .routine.routine import Routine

_LOGGER = logging.getLogger(__name__)
LOOK_EVERY: Final = timedelta(seconds=30)
OUT_BELOW: Final = 0.3
_LASTS: Final = frozenset({"floor", "seat"})
_MOVES: Final = frozenset({"motion", "contact", "exterior_door", "flush", "appliance"})


class FallWatch:
    """Follows vibration, motion, presence and floor sensors."""

    def __init__(self, hass: HomeAssistant, home: Home, routine: Routine) -> None:
        self._hass = hass
        self._home = home
        self._routine = routine
        self.signs = FallSigns()
        self._kinds = {name: each["kind"] for name, each in routine.sensors.items()}
        self._zones = {name: zone_of(each["room"]) for name, each in routine.sensors.items()}
        for name in home.entry.options.get(CONF_FLOOR, ()):
            self._kinds[name], self._zones[name] = "floor", zone_of(room(hass, name))
        self._ends: list[CALLBACK_TYPE] = []

    @callback
    def start(self) -> None:
        """Begins where there is a sensor that could feel a fall, or a robot that could hear one."""
        if not self._kinds or not ({"vibration", "floor"} & set(self._kinds.values()) or self._home.robots):
            return
        self._as_they_stand()
        self._ends += [
            self._home.listen_to_cries(self._on_cry),
            async_track_state_change_event(self._hass, list(self._kinds), self._on_change),
            async_track_time_interval(self._hass, self._on_time, LOOK_EVERY, cancel_on_shutdown=True),
        ]

    @callback
    def _as_they_stand(self) -> None:
        """Who lay on the floor when Home Assistant went down still does."""
        if _MOVES & set(self._kinds.values()):
            self.signs.begins(dt_util.utcnow())
        for name, kind in self._kinds.items():
            state = self._hass.states.get(name)
            if kind in _LASTS and state is not None and active(state):
                self._lasts(kind, name, dt_util.utcnow(), on=True)

    @callback
    def stop(self) -> None:
        """No more."""
        for end in self._ends:
            end()
        self._ends.clear()

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None or old is None:
            return
        was, on = active(old), active(new)
        if was is None or on is None or (was is on and not new.entity_id.startswith("event.")):
            return
        name, now = new.entity_id, dt_util.utcnow()
        kind, zone = self._kinds[name], self._zones[name]
        if kind == "vibration" and on:
            self.signs.thud(now, name, zone)
        elif kind in _LASTS:
            self._lasts(kind, name, now, on=on)
        elif kind in _MOVES and on:
            self.signs.motion(now, zone)

    @callback
    def _lasts(self, kind: str, name: str, now: datetime, *, on: bool) -> None:
        if kind == "floor":
            self.signs.floor(now, name, self._zones[name], pressed=on)
        else:
            self.signs.presence(name, self._zones[name], present=on)

    @callback
    def _on_cry(self, cry: Cry) -> None:
        self.signs.cry(min(cry.at, dt_util.utcnow()), cry.score)

    async def _on_time(self, now: datetime) -> None:
        await self.look(max(now, dt_util.utcnow()))

    async def look(self, now: datetime) -> None:
        """Asks the resident where a fall is suspected."""
        view = self._routine.view
        out = self._routine.away or (view is not None and view.at_home < OUT_BELOW)
        suspicion = self.signs.tick(now, at_home=not out)
        if suspicion is not None:
            await self._take(suspicion)

    async def _take(self, suspicion: Suspicion) -> None:
        evidence = (*suspicion.evidence, Evidence("zone", suspicion.zone))
        sign = Fall(
            id=str(uuid.uuid7()),
            at=dt_util.utcnow(),
            certain=False,
            score=round(suspicion.score, 2),
            evidence=evidence,
        )
        try:
            await self._home.take(sign)
        except NotStoredError as err:
            # It goes on in memory; Home has told so.
            _LOGGER.warning("a suspected fall could not be stored yet: %s", err)
