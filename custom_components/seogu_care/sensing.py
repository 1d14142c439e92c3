"""The home's own sensors: signs of life, and the hazards that never wait for a question."""

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

from homeassistant.const import ATTR_DEVICE_CLASS, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from .care.signs import Hazard
from .care.words import HAZARDS
from .const import CONF_HAZARDS, CONF_SENSORS
from .storage import NotStoredError

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .home import Home

_LOGGER = logging.getLogger(__name__)
SILENT = {STATE_UNAVAILABLE, STATE_UNKNOWN}
RETRY_S = 5.0


class Sensing:
    """Follows the sensors the family has chosen."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        """The sensors are options of the household."""
        self._hass = hass
        self._home = home
        self._ends: list[CALLBACK_TYPE] = []

    @callback
    def start(self) -> None:
        """Begins with how things stand: smoke that began while the home was down counts."""
        sensors = list(self._home.entry.options.get(CONF_SENSORS, ()))
        hazards = list(self._home.entry.options.get(CONF_HAZARDS, ()))
        if sensors:
            self._ends.append(async_track_state_change_event(self._hass, sensors, self._on_activity))
        if hazards:
            self._ends.append(async_track_state_change_event(self._hass, hazards, self._on_hazard))
        for name in sensors:
            state = self._hass.states.get(name)
            if state is not None and state.state == STATE_ON:
                self._home.note_activity(state.last_changed)
        for name in hazards:
            self._warned_of(self._hass.states.get(name))

    @callback
    def stop(self) -> None:
        """No more."""
        for end in self._ends:
            end()
        self._ends.clear()

    @callback
    def _on_activity(self, event: Event[EventStateChangedData]) -> None:
        """A change between two true states is life; a sensor that appears or fails is not."""
        old, new = event.data["old_state"], event.data["new_state"]
        if old is None or new is None or old.state in SILENT or new.state in SILENT:
            return
        if old.state != new.state:
            self._home.note_activity(dt_util.utcnow())

    @callback
    def _on_hazard(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if old is None or new is None or old.state != new.state:
            self._warned_of(new)

    @callback
    def _warned_of(self, state: State | None) -> None:
        if state is None or state.state != STATE_ON:
            return
        hazard = str(state.attributes.get(ATTR_DEVICE_CLASS) or "smoke")
        sign = Hazard(
            id=str(uuid.uuid7()),
            at=dt_util.utcnow(),
            hazard=hazard if hazard in HAZARDS else "smoke",
            source=state.entity_id,
        )
        self._home.entry.async_create_background_task(
            self._hass, self._take(sign), f"seogu_care hazard {state.entity_id}"
        )

    async def _take(self, sign: Hazard) -> None:
        """A hazard has no sender that repeats it, so the home itself tries until it is stored."""
        while True:
            try:
                await self._home.take(sign)
            except NotStoredError as err:
                _LOGGER.warning("%s warned and could not be stored yet: %s", sign.source, err)
                await asyncio.sleep(RETRY_S)
            else:
                return
