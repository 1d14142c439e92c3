"""The home's own keys: the one it signs with, one it is changing to, and the one before."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .keys import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_components.seogu_care.storage import KeyStore

# Where another key may be the right one. A bridge that was restored from a backup does not know the newest
# key; a home that went down while it changed its key may still sign with the old one.
OTHERS = {"unknown-key": ("fresh", "before"), "held": ("fresh",), "revoked": ("fresh",)}


@dataclass(frozen=True, slots=True)
class KeyRing:
    """``fresh`` takes the place of ``current`` as soon as the bridge has stored it."""

    current: PrivateKey
    fresh: PrivateKey | None = None
    before: PrivateKey | None = None

    def with_fresh(self, key: PrivateKey | None) -> KeyRing:
        """A new key is made, or given up."""
        return replace(self, fresh=key)

    def settled_on(self, key: PrivateKey) -> KeyRing:
        """The bridge takes what ``key`` signs; the one until now is kept, for a bridge that goes back."""
        if key.kid == self.current.kid:
            return self
        return KeyRing(key, None if key.kid == (self.fresh and self.fresh.kid) else self.fresh, self.current)


def ring_to_document(ring: KeyRing) -> dict[str, str]:
    """As it is stored. Older versions read the seed alone."""
    keys = {"seed": ring.current, "fresh": ring.fresh, "before": ring.before}
    return {name: key.to_text() for name, key in keys.items() if key is not None}


def ring_from_document(data: Mapping[str, Any]) -> KeyRing:
    """Reads what `ring_to_document` wrote. Raises KeyError and ValueError."""
    others = {
        name: PrivateKey.from_text(data[name]) if name in data else None for name in ("fresh", "before")
    }
    return KeyRing(PrivateKey.from_text(data["seed"]), **others)


class OwnKeys:
    """The ring on disk, and which of its keys is being tried."""

    def __init__(self, store: KeyStore, ring: KeyRing) -> None:
        """`ring` is what the store holds."""
        self.ring = ring
        self.signing = ring.current
        self._store = store
        self._tried: set[str] = set()

    async def make_fresh(self) -> PrivateKey:
        """The key to change to, on disk before anybody hears of it. Raises NotStoredError."""
        fresh = self.ring.fresh or PrivateKey.make()
        await self._keep(self.ring.with_fresh(fresh))
        return fresh

    async def give_up(self, kid: str) -> None:
        """The bridge refuses the new key. Raises NotStoredError."""
        if self.ring.fresh is not None and self.ring.fresh.kid == kid:
            await self._keep(self.ring.with_fresh(None))

    async def change_to(self, kid: str) -> bool:
        """The bridge has stored the new key: from now on it is the one. Says whether it was not before.

        It signs nothing before it is on disk as the one: with its first use the bridge ends the old one.
        Raises NotStoredError.
        """
        if self.ring.fresh is None or self.ring.fresh.kid != kid:
            return False
        await self._keep(self.ring.settled_on(self.ring.fresh))
        self.signing = self.ring.current
        return True

    def try_another(self, problem: str) -> bool:
        """Whether there is another key to try after this problem; when there is none, back to the first."""
        self._tried.add(self.signing.kid)
        for name in OTHERS.get(problem, ()):
            other: PrivateKey | None = getattr(self.ring, name)
            if other is not None and other.kid not in self._tried:
                self.signing = other
                return True
        self.signing = self.ring.current
        self._tried.clear()
        return False

    async def worked(self) -> None:
        """The bridge has taken what was signed. Raises NotStoredError if another key can't be kept."""
        self._tried.clear()
        ring = self.ring.settled_on(self.signing)
        if ring != self.ring:
            await self._keep(ring)

    async def _keep(self, ring: KeyRing) -> None:
        if ring != self.ring:
            await self._store.save(ring)
            self.ring = ring
