"""The homes and keys of a group of batches: locked, read and written with one statement each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from district_bridge import rows
from district_bridge.homes.models import Home, KeyOwner, Link, UsedToken
from district_bridge.homes.senders import Use
from district_bridge.live import SCREENS, hub
from district_bridge.rows import Question
from district_bridge.supervision import plan, returning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from district_bridge.intake.reading import Batch
    from district_bridge.wire.messages import Heartbeat


@dataclass(slots=True)
class Spoke:
    """A home that is locked, and what its batches of this group say of it."""

    id: str
    link: str
    frailty: str
    last_heartbeat: Any
    has_spoken: bool = False
    robot_has_spoken: bool = False
    heartbeat: Heartbeat | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it stands now, and the highest number that came with it."""

    home_id: str
    owner: str
    revoked_at: Any
    revoked_because: str
    takes_over: int | None
    highest: int
    use: Use


def locking(ids: Iterable[str]) -> Question:
    """Asks for the homes and locks them in the order of their ids: two groups can't wait for each other."""
    among, wanted = rows.among(sorted(set(ids)))
    sql = (
        "SELECT h.id, h.link, COALESCE(p.frailty, 'standard'), h.last_heartbeat FROM homes_home h"  # noqa: S608 - only places of bound values are put in
        " LEFT JOIN supervision_careplan p ON p.home_id = h.id"
        f" WHERE h.id {among} ORDER BY h.id"
    )
    if connection.features.has_select_for_update:
        sql += " FOR UPDATE OF h"
    return Question(sql, wanted)


def keys(kids: Iterable[str]) -> Question:
    """Asks for the keys as they stand in this transaction: one that was just revoked is revoked here."""
    among, wanted = rows.among(sorted(set(kids)))
    sql = (
        "SELECT k.kid, k.home_id, k.owner, k.revoked_at, k.revoked_because, k.takes_over_id,"  # noqa: S608 - as above
        " COALESCE(s.highest, 0), k.boot, k.boot_at, k.past_boots, k.returned_boot, k.held_at"
        " FROM homes_homekey k"
        " LEFT JOIN intake_sequence s ON s.kid = k.kid"
        f" WHERE k.kid {among}"
    )
    return Question(sql, wanted)


def key(row: tuple[Any, ...]) -> Key:
    """A row of the answer to :func:`keys`, without its name."""
    home_id, owner, revoked_at, because, takes_over, highest, boot, boot_at, past, returned, held_at = row
    use = Use(boot, rows.moment(boot_at), tuple(past.splitlines()), returned, rows.moment(held_at))
    return Key(home_id, owner, revoked_at, because, takes_over, highest, use)


def using(batches: Sequence[Batch], expires_at: datetime) -> Iterator[Question]:
    """Remembers each batch's token; answers with those that were not used before."""
    return rows.inserting(
        UsedToken,
        [{"kid": batch.kid, "jti": batch.jti, "expires_at": expires_at} for batch in batches],
        conflict=" ON CONFLICT (kid, jti) DO NOTHING",
        returning=("kid", "jti"),
    )


def note(home: Spoke, owner: str) -> None:
    """A sign of life. A robot that speaks shows that the robot lives; the home itself stays silent."""
    if owner == KeyOwner.ROBOT:
        home.robot_has_spoken = True
    else:
        home.has_spoken = True


def welcome(homes: Iterable[Spoke], now: datetime) -> None:
    """Homes that were missed have returned."""
    returning.returned([home.id for home in homes if home.has_spoken and home.link == Link.OFFLINE], now)


def store(homes: Iterable[Spoke], now: datetime) -> None:
    """Writes what the group says of its homes."""
    spoken = [home for home in homes if home.has_spoken]
    if any(home.link != Link.ONLINE for home in spoken):
        transaction.on_commit(lambda: hub.wake(SCREENS))
    limit = {frailty.value: now + plan.silence_limit(frailty) for frailty in plan.Frailty}
    _update(
        ("last_seen_at", "deadline_at"),
        [(home.id, now, limit[home.frailty]) for home in spoken if home.heartbeat is None],
        more=", link = 'online', offline_since = NULL",
    )
    _update(
        ("last_seen_at", "deadline_at", "parts", "parts_seen", "waiting", "last_heartbeat"),
        [
            (
                home.id,
                now,
                limit[home.frailty],
                home.heartbeat.parts,
                home.heartbeat.seen,
                home.heartbeat.waiting,
                home.heartbeat.id,
            )
            for home in spoken
            if home.heartbeat is not None
        ],
        more=", link = 'online', offline_since = NULL",
    )
    _update(("robot_seen_at",), [(home.id, now) for home in homes if home.robot_has_spoken])


def _update(columns: tuple[str, ...], values: Sequence[tuple[Any, ...]], more: str = "") -> None:
    if not values:
        return
    sets = ", ".join(f"{column} = fresh.{column}" for column in columns)
    fresh, bound = rows.fresh(Home, ("id", *columns), values)
    sql = f"{fresh} UPDATE homes_home SET {sets}{more} FROM fresh WHERE homes_home.id = fresh.id"  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(sql, bound)
