"""Public keys by name. A key's name is its thumbprint, so what is remembered here can never be out of date.

Whether a key may still sign is another question: it is asked inside the transaction that stores the batch, so
a revocation counts from its commit on, in every process.

All keys are read when the bridge starts: after a restart every home speaks within half a minute, and 40,000
look-ups one by one would be what the bridge does most.
"""

import asyncio
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from district_bridge.homes.models import HomeKey
from district_bridge.wire import keys
from district_bridge.wire.problems import UnknownKeyError

if TYPE_CHECKING:
    from collections.abc import Collection

    from district_bridge.database import WireThreads

# Two keys for each of 40,000 homes and some; a quarter of a kilobyte each.
REMEMBERED = 100_000
READ_AT_ONCE = 2_000


def look_up(kid: str) -> Ed25519PublicKey:
    """The key as the database has it; raises ``UnknownKeyError``."""
    raw = look_up_all([kid]).get(kid)
    if raw is None:
        raise UnknownKeyError("no home was enrolled with this key")
    return Ed25519PublicKey.from_public_bytes(raw)


def look_up_all(kids: Collection[str]) -> dict[str, bytes]:
    """Those of the keys that the database has, as 32 bytes each."""
    found = HomeKey.objects.filter(kid__in=kids).order_by().values_list("kid", "jwk")
    return {kid: keys.decode(jwk["x"]) for kid, jwk in found}


class Keyring:
    """Remembers keys. Those it does not know are looked up together."""

    def __init__(self, threads: WireThreads) -> None:
        self._threads = threads
        self._known: dict[str, bytes] = {}
        self._asked: dict[str, asyncio.Future[bytes | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Ed25519PublicKey:
        """The key named ``kid``; raises ``UnknownKeyError``, or what the database said."""
        raw = self._known.get(kid) or await self._ask(kid)
        if raw is None:
            raise UnknownKeyError("no home was enrolled with this key")
        return Ed25519PublicKey.from_public_bytes(raw)

    async def read_all(self) -> None:
        """Reads every key that may sign, some at a time; one that is missed is looked up when it speaks."""
        last = 0
        while True:
            found = await self._threads.run(lambda last=last: _after(last))  # type: ignore[misc]  # mypy can't see the default
            if not found:
                return
            last = found[-1][0]
            self._remember({kid: raw for _, kid, raw in found})

    async def _ask(self, kid: str) -> bytes | None:
        answer = self._asked.get(kid)
        if answer is None:
            answer = self._asked[kid] = asyncio.get_running_loop().create_future()
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
        # One who goes away does not take the answer from the others.
        return await asyncio.shield(answer)

    async def _look(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._threads.run(lambda asked=asked: look_up_all(list(asked)))  # type: ignore[misc]  # as above
            except Exception as error:  # noqa: BLE001 - told to each who asked, and logged there
                for answer in asked.values():
                    answer.set_exception(error)
                    # Nobody may be left to hear it.
                    answer.exception()
                continue
            self._remember(found)
            for kid, answer in asked.items():
                answer.set_result(found.get(kid))
        self._looking = None

    def _remember(self, found: dict[str, bytes]) -> None:
        self._known.update(found)
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _after(last: int) -> list[tuple[int, str, bytes]]:
    some = HomeKey.objects.filter(pk__gt=last, revoked_at=None).order_by("pk")
    found = some.values_list("pk", "kid", "jwk")[:READ_AT_ONCE]
    return [(pk, kid, keys.decode(jwk["x"])) for pk, kid, jwk in found]
