"""Public keys by name. A key's name is its thumbprint, so what is remembered here can never be out of date.

Whether a key may still sign is another question: it is asked inside the transaction that stores the batch, so
a revocation counts from its commit on, in every process.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from district_bridge.homes.models import HomeKey
from district_bridge.wire import keys
from district_bridge.wire.problems import UnknownKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from district_bridge.database import WireThreads

# Two keys for each of 40,000 homes; about half a kilobyte each.
REMEMBERED = 80_000


def look_up(kid: str) -> Ed25519PublicKey:
    """The key as the database has it."""
    jwk = HomeKey.objects.filter(kid=kid).values_list("jwk", flat=True).first()
    if jwk is None:
        raise UnknownKeyError("no home was enrolled with this key")
    return keys.public_key(jwk)


class Keyring:
    """Remembers the keys that spoke last."""

    def __init__(self, threads: WireThreads) -> None:
        self._threads = threads
        self._known: OrderedDict[str, Ed25519PublicKey] = OrderedDict()

    async def key(self, kid: str) -> Ed25519PublicKey:
        """The key named ``kid``; raises ``UnknownKeyError``."""
        known = self._known.get(kid)
        if known is None:
            known = await self._threads.run(lambda: look_up(kid))
            self._known[kid] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known
