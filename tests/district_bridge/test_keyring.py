"""Keys that are remembered: looked up together, and given up when they are revoked."""

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection

from district_bridge.alerts.models import Alert
from district_bridge.database import WireThreads
from district_bridge.homes import keys as home_keys
from district_bridge.homes.models import HomeKey
from district_bridge.intake import keyring, store
from district_bridge.wire import problems
from tests.district_bridge.home_side import Signing
from tests.district_bridge.intake_side import Sender, hang_up, raised

if TYPE_CHECKING:
    from datetime import datetime


@pytest.mark.django_db(transaction=True)
def test_revocation_counts_from_its_commit_on_though_the_key_is_remembered(now: datetime) -> None:
    sender = Sender(now)
    known = sender.batch(raised())
    revoked = threading.Thread(
        target=lambda: (
            home_keys.revoke(HomeKey.objects.get(kid=sender.signing.kid), "stolen", now),
            connection.close(),
        )
    )
    revoked.start()
    revoked.join()
    assert isinstance(store.store([known], now)[0], problems.RevokedError)
    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_keys_that_are_not_remembered_are_looked_up_together(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = [Sender(now) for _ in range(10)]
    kids = [sender.signing.kid for sender in senders]
    asked: list[int] = []
    together = keyring.look_up_all

    def counted(some: Any) -> Any:
        asked.append(len(some))
        return together(some)

    monkeypatch.setattr(keyring, "look_up_all", counted)

    async def story() -> None:
        threads = WireThreads(1)
        fresh = keyring.Keyring(threads)
        found = await asyncio.gather(
            *(fresh.key(kid) for kid in [*kids, *kids, "stranger"]), return_exceptions=True
        )
        assert [key.public_bytes_raw() for key in found[:10]] == [  # type: ignore[union-attr]
            sender.signing.key.public_key().public_bytes_raw() for sender in senders
        ]
        assert isinstance(found[20], problems.UnknownKeyError)
        assert (len(asked), sum(asked)) == (1, 11)
        await fresh.key(kids[0])
        read_ahead = keyring.Keyring(threads)
        monkeypatch.setattr(keyring, "READ_AT_ONCE", 3)
        await read_ahead.read_all()
        await asyncio.gather(*(read_ahead.key(kid) for kid in kids))
        assert len(asked) == 1
        await threads.run(hang_up)
        with pytest.raises(problems.UnknownKeyError):
            await read_ahead.key("stranger")
        await threads.run(hang_up)
        threads.close()

    asyncio.run(story())


def test_failure_of_a_look_up_is_told_to_all_who_asked_and_the_next_one_is_tried() -> None:
    class Broken:
        calls = 0

        async def run(self, _work: Any) -> Any:
            await asyncio.sleep(0)
            self.calls += 1
            if self.calls == 1:
                raise DatabaseError("away")
            return {"k": Signing().key.public_key().public_bytes_raw()}

    async def story() -> None:
        ring = keyring.Keyring(Broken())  # type: ignore[arg-type]
        found = await asyncio.gather(ring.key("k"), ring.key("k"), return_exceptions=True)
        assert [type(each) for each in found] == [DatabaseError, DatabaseError]
        await ring.key("k")

    asyncio.run(story())
