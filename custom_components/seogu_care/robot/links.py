"""All robots of a household."""

import asyncio
import logging
from typing import TYPE_CHECKING

from homeassistant.components import mqtt
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from custom_components.seogu_care import issues
from custom_components.seogu_care.storage import NotStoredError

from .link import RobotLink

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from custom_components.seogu_care.home import Home

_LOGGER = logging.getLogger(__name__)
RETRY_S = 5.0


class RobotLinks:
    """Starts a link for each robot as soon as MQTT is there; the home runs without it meanwhile."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        """The robots are those of the config entry."""
        self.links = {robot: RobotLink(hass, home, robot) for robot in home.robots}
        self._hass = hass
        self._home = home
        self._task: asyncio.Task[None] | None = None

    @callback
    def start(self) -> None:
        """Begins in the background: a broker that is down must not hold the home up."""
        if self.links:
            self._task = self._home.entry.async_create_background_task(
                self._hass, self._start(), "seogu_care robots"
            )

    async def stop(self) -> None:
        """Ends all links."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for link in self.links.values():
            link.stop()

    def parts(self) -> dict[str, str]:
        """How the home's parts are, for the heartbeat to the bridge."""
        links = self.links.values()
        worn = {link.wearable_state for link in links}
        wearable = "online" if worn & {"online", "not_worn"} else "offline" if "offline" in worn else "none"
        robot = "none" if not links else "online" if any(link.online for link in links) else "offline"
        return {"home": "online", "robot": robot, "wearable": wearable}

    def seen(self) -> dict[str, datetime]:
        """When robot and wearable were last heard of; nothing of what was never heard."""
        links = self.links.values()
        times = {
            "robot": [link.watch.heard_at for link in links if link.hello is not None or link.heartbeat],
            "wearable": [link.wearable.heard_at for link in links if link.wearable_heard],
        }
        return {name: max(found) for name, found in times.items() if found}

    async def _start(self) -> None:
        for link in self.links.values():
            link.begin_watch()
        while not await mqtt.async_wait_for_mqtt_client(self._hass):
            issues.tell(self._hass, self._home.entry, "mqtt_missing")
            await asyncio.sleep(RETRY_S)
        issues.clear(self._hass, self._home.entry, "mqtt_missing")
        for link in self.links.values():
            while True:
                try:
                    await link.start()
                except (HomeAssistantError, NotStoredError) as err:
                    _LOGGER.warning("robot %s can't be reached over MQTT yet: %s", link.robot, err)
                    link.stop()
                    await asyncio.sleep(RETRY_S)
                else:
                    break
