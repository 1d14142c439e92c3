"""What was learned, on disk: written off the event loop, versioned, set aside when it can't be read."""

import logging
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from custom_components.seogu_care.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)
VERSION = 1


class RoutineStore:
    """One household's routine in Home Assistant's storage."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[dict[str, Any]] = Store(
            hass,
            VERSION,
            f"{DOMAIN}.{entry_id}.routine",
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )

    async def load(self) -> dict[str, Any] | None:
        """What was stored; None where there is nothing that can be read (Home Assistant sets that aside)."""
        try:
            return await self._store.async_load()
        except (HomeAssistantError, NotImplementedError) as err:
            _LOGGER.warning("the stored routine can't be read and is learned anew: %s", err)
            return None

    async def save(self, data: dict[str, Any]) -> None:
        """Write; a full disk is logged by the store, and the next save tries again."""
        await self._store.async_save(data)

    async def remove(self) -> None:
        """Forget."""
        await self._store.async_remove()
