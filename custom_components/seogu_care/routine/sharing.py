"""The picture of the days for the district, where the resident has agreed to it.

Once a night the days past go out: for each quarter of an hour the use of the room (never its name) and how
lively it was. The last week goes each time, so that a day that was lost is made good; the bridge keeps one of
each.
"""

import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.bridge.messages import routine_message
from custom_components.seogu_care.care.routine.picture import in_zones
from custom_components.seogu_care.const import CONF_SHARE
from custom_components.seogu_care.storage import NotStoredError

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from custom_components.seogu_care.home import Home

    from .keeper import Keeper
    from .routine import Routine

_LOGGER = logging.getLogger(__name__)
AT_HOUR: Final = 4
FIRST_DAYS: Final = 28
DAYS: Final = 7


class Sharing:
    """Sends the days; at a minute of its own, so that a district's homes do not all speak at once."""

    def __init__(self, hass: HomeAssistant, home: Home, routine: Routine) -> None:
        self._hass = hass
        self._home = home
        self._routine = routine
        self._days = FIRST_DAYS
        self._end: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Only where the family has switched it on, and there is a bridge."""
        if not self._home.entry.options.get(CONF_SHARE, False) or not self._home.setting.bridge:
            return
        minute = sum(self._home.entry.entry_id.encode()) % 60
        self._end = async_track_time_change(self._hass, self._on_night, hour=AT_HOUR, minute=minute, second=0)

    @callback
    def stop(self) -> None:
        """No more."""
        if self._end is not None:
            self._end()

    async def _on_night(self, now: datetime) -> None:
        await self.send(now)

    async def send(self, now: datetime) -> None:
        """Puts the days past into the outbox."""
        local = dt_util.as_local(now)

        def past(keeper: Keeper) -> list[dict[str, Any]]:
            picture, sensors = keeper.detector.signs.picture, keeper.detector.sensors
            picture.turn(local.toordinal())
            zones = {sensor.room: sensor.zone for sensor in sensors.values()}
            return [
                {
                    "date": type(local).fromordinal(day).date().isoformat(),
                    "rooms": in_zones(rooms, picture.rooms, zones),
                    "lively": lively,
                }
                for day, rooms, lively in picture.shown(self._days + 1)
                if day < local.toordinal()
            ]

        days = await self._routine.ask(past)
        if not days:
            return
        try:
            await self._home.commit(lambda ledger, at: ledger.with_message(routine_message(days, at)))
        except NotStoredError as err:
            _LOGGER.warning("the picture of the days could not be stored, the next night brings it: %s", err)
        else:
            self._days = DAYS
