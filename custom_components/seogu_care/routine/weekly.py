"""The week in words: on Monday morning, for automations and for the family."""

import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.const import CONF_NOTIFY, CONF_WEEKLY

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from custom_components.seogu_care.family import Family
    from custom_components.seogu_care.home import Home

    from .routine import Routine

_LOGGER = logging.getLogger(__name__)
EVENT_WEEKLY: Final = "seogu_care_weekly_summary"
MONDAY: Final = 0
AT_HOUR: Final = 9
SEVERAL: Final = (
    "두 분 이상 사시는 집이라 누구의 움직임인지 가리지 못하고, 한 분만 조용해도 알아채지 못합니다.",
    "With several residents nobody can tell whose movements these are; one silent alone goes unseen.",
)


class Weekly:
    """Tells the week that was."""

    def __init__(self, hass: HomeAssistant, home: Home, routine: Routine, family: Family) -> None:
        self._hass = hass
        self._home = home
        self._routine = routine
        self._family = family
        self._end: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Every day at nine it is looked whether it is Monday."""
        self._end = async_track_time_change(self._hass, self._on_nine, hour=AT_HOUR, minute=0, second=0)

    @callback
    def stop(self) -> None:
        """No more."""
        if self._end is not None:
            self._end()

    async def _on_nine(self, now: datetime) -> None:
        if dt_util.as_local(now).weekday() == MONDAY:
            await self.tell(now)

    async def tell(self, now: datetime) -> None:
        """Fires the event, and tells the family where they want it."""
        local = dt_util.as_local(now)
        summary = await self._routine.ask(lambda keeper: keeper.detector.weekly_summary(local))
        if summary is None or not summary.numbers:
            return
        entry = self._home.entry
        told = summary.to_dict()
        if self._home.has_several_residents:
            told |= {"ko": f"{summary.ko} {SEVERAL[0]}", "en": f"{summary.en} {SEVERAL[1]}"}
        self._hass.bus.async_fire(
            EVENT_WEEKLY, {"entry_id": entry.entry_id, "household": entry.title, **told}
        )
        target = entry.options.get(CONF_NOTIFY)
        if not target or not entry.options.get(CONF_WEEKLY, True):
            return
        korean = self._hass.config.language.startswith("ko")
        title = f"{entry.title}: {'지난 한 주' if korean else 'the past week'}"
        try:
            await self._family.call(str(target), {"title": title, "message": told["ko" if korean else "en"]})
        except (HomeAssistantError, ValueError) as err:
            _LOGGER.warning("the week could not be told to the family: %s", err)
