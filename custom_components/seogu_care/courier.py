"""Work in the background on what the ledger keeps, woken whenever the home changes."""

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from homeassistant.core import callback

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .home import Home

RETRY_FIRST_S = 5.0
RETRY_MOST_S = 300.0


class Courier(ABC):
    """Starts with what was stored before, and is stopped at any time: what is not done yet stays stored."""

    def __init__(self, hass: HomeAssistant, home: Home, name: str) -> None:
        """`name` is the task's, for a debugger."""
        self._hass = hass
        self._home = home
        self._name = name
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._end: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Begins with what was stored before."""
        self._end = self._home.listen(self._home_changed)
        self._task = self._home.entry.async_create_background_task(
            self._hass, self._for_ever(), f"seogu_care {self._name}"
        )

    async def stop(self) -> None:
        """What is not done yet stays stored."""
        if self._end is not None:
            self._end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @callback
    def _home_changed(self) -> None:
        if self._is_needed():
            self._wake.set()

    @abstractmethod
    def _is_needed(self) -> bool:
        """Whether there is something new to do."""

    @abstractmethod
    async def _for_ever(self) -> None:
        """The work; it waits for `_wake`."""
