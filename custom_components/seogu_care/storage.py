"""The ledger on disk, in two copies: stored before anything is done, readable when one is damaged."""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .bridge.own_keys import KeyRing, ring_from_document, ring_to_document
from .care.fields import MalformedError
from .const import DOMAIN
from .ledger import Ledger, ledger_from_document, ledger_to_document

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOGGER = logging.getLogger(__name__)
VERSION = 1
COPIES = ("one", "two")


class NotStoredError(HomeAssistantError):
    """Nothing could be written: the disk is full, read-only or gone, or Home Assistant is stopping."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found on disk. ``damaged`` names files that were set aside; ``lost``: none was left."""

    ledger: Ledger
    damaged: tuple[str, ...] = ()
    lost: bool = False


class _Copy(Store[dict[str, Any]]):
    """A Store that knows what it has truly written: `async_save` only logs when the disk is full."""

    written: int | None = None

    async def _async_write_data(self, data: dict[str, Any]) -> None:
        await super()._async_write_data(data)
        self.written = data["data"]["generation"]


class Journal:
    """Keeps one household's ledger in two files of Home Assistant's storage."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """The files are named after the config entry."""
        self._hass = hass
        self._generation = 0
        self._copies = tuple(
            _Copy(hass, VERSION, f"{DOMAIN}.{entry_id}.{name}", private=True, atomic_writes=True)
            for name in COPIES
        )

    async def load(self) -> Loaded:
        """The newest readable copy. Unreadable ones are set aside under another name, never deleted."""
        best: tuple[int, Ledger] | None = None
        damaged = []
        for copy in self._copies:
            try:
                found = await self._read(copy)
            except MalformedError:
                _LOGGER.exception("%s is damaged and was set aside", copy.path)
                damaged.append(copy.key)
                continue
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            return Loaded(Ledger(), tuple(damaged), lost=bool(damaged))
        self._generation = best[0]
        return Loaded(best[1], tuple(damaged))

    async def save(self, ledger: Ledger) -> None:
        """Returns when the ledger is on disk. Raises NotStoredError if no copy could be written."""
        self._generation += 1
        body = ledger_to_document(ledger)
        document = {"generation": self._generation, "checksum": _checksum(body), "ledger": body}
        good = [copy.key for copy in self._copies if await self._write(copy, document)]
        if not good:
            if self._hass.state is CoreState.stopping:
                raise NotStoredError("Home Assistant is stopping")
            raise NotStoredError("the storage can't be written; is the disk full?")
        if len(good) < len(self._copies):
            _LOGGER.warning("only %s could be written of the two copies of the ledger", good[0])

    async def remove(self) -> None:
        """Forgets everything."""
        for copy in self._copies:
            await copy.async_remove()

    async def _write(self, copy: _Copy, document: dict[str, Any]) -> bool:
        await copy.async_save(document)
        return copy.written is not None and copy.written == self._generation

    async def _read(self, copy: _Copy) -> tuple[int, Ledger] | None:
        there = await self._hass.async_add_executor_job(os.path.exists, copy.path)
        try:
            document = await copy.async_load()
            return _opened(document, there=there)
        except UnsupportedStorageVersionError:
            raise
        except (HomeAssistantError, KeyError, TypeError, AttributeError, ValueError) as err:
            await self._set_aside(copy)
            raise MalformedError(str(err)) from err

    async def _set_aside(self, copy: _Copy) -> None:
        path = Path(copy.path)
        aside = path.with_name(f"{path.name}.corrupt.{dt_util.utcnow().isoformat()}")

        def move() -> None:
            if path.exists():
                path.rename(aside)

        await self._hass.async_add_executor_job(move)


class _KeyFile(Store[dict[str, str]]):
    """A Store that knows what it has truly written."""

    written: dict[str, str] | None = None

    async def _async_write_data(self, data: dict[str, Any]) -> None:
        await super()._async_write_data(data)
        self.written = data["data"]


class KeyStore:
    """The home's private keys, in a file of their own that only Home Assistant's user may read."""

    def __init__(self, hass: HomeAssistant, key_id: str) -> None:
        """`key_id` stands in the config entry."""
        self._store = _KeyFile(hass, VERSION, f"{DOMAIN}.key.{key_id}", private=True, atomic_writes=True)

    async def load(self) -> KeyRing | None:
        """The keys, or None if there are none that can be read."""
        try:
            data = await self._store.async_load()
            return None if data is None else ring_from_document(data)
        except HomeAssistantError, KeyError, TypeError, AttributeError, ValueError:
            _LOGGER.exception("the home's key can't be read")
            return None

    async def save(self, ring: KeyRing) -> None:
        """Returns when the keys are on disk. Raises NotStoredError."""
        document = ring_to_document(ring)
        await self._store.async_save(document)
        if self._store.written != document:
            raise NotStoredError("the home's key can't be written; is the disk full?")

    async def remove(self) -> None:
        """Forgets the keys."""
        await self._store.async_remove()


def _opened(document: Mapping[str, Any] | None, *, there: bool) -> tuple[int, Ledger] | None:
    """Generation and ledger; None where there never was a file. Raises MalformedError."""
    if document is None:
        if there:
            raise MalformedError("it is no JSON")
        return None
    generation, body = document.get("generation"), document.get("ledger")
    if not isinstance(generation, int) or not isinstance(body, dict):
        raise MalformedError("it holds no ledger")
    if _checksum(body) != document.get("checksum"):
        raise MalformedError("its checksum is wrong")
    return generation, ledger_from_document(body)


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
