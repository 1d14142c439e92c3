"""The homes and keys of a group of batches: locked, read and written with one statement each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from district_bridge import rows
from district_bridge.homes.models import KeyOwner, Link
from district_bridge.live import SCREENS, hub
from district_bridge.supervision import plan, returning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
    highest: int


def lock(ids: Iterable[str]) -> dict[str, Spoke]:
    """Locks the homes in the order of their ids, so that two groups can't wait for each other."""
    wanted = sorted(set(ids))
    sql = (
        "SELECT h.id, h.link, COALESCE(p.frailty, 'standard'), h.last_heartbeat FROM homes_home h"  # noqa: S608 - only places of bound values are put in
        " LEFT JOIN supervision_careplan p ON p.home_id = h.id"
        f" WHERE h.id IN {rows.marks(len(wanted), 1)} ORDER BY h.id"
    )
    if connection.features.has_select_for_update:
        sql += " FOR UPDATE OF h"
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted)
        return {found[0]: Spoke(*found) for found in cursor.fetchall()}


def keys(kids: Iterable[str]) -> dict[str, Key]:
    """The keys as they stand in this transaction: a key that was revoked a moment ago is revoked here."""
    wanted = sorted(set(kids))
    sql = (
        "SELECT k.kid, k.home_id, k.owner, k.revoked_at, COALESCE(s.highest, 0) FROM homes_homekey k"  # noqa: S608 - as above
        " LEFT JOIN intake_sequence s ON s.kid = k.kid"
        f" WHERE k.kid IN {rows.marks(len(wanted), 1)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted)
        return {found[0]: Key(*found[1:]) for found in cursor.fetchall()}


def note(home: Spoke, owner: str) -> None:
    """A sign of life. A robot that speaks shows that the robot lives; the home itself stays silent."""
    if owner == KeyOwner.ROBOT:
        home.robot_has_spoken = True
    else:
        home.has_spoken = True


def store(homes: Iterable[Spoke], now: datetime) -> None:
    """Writes what the group says of its homes; homes that were missed have returned."""
    spoken = [home for home in homes if home.has_spoken]
    returning.returned([home.id for home in spoken if home.link == Link.OFFLINE], now)
    if any(home.link != Link.ONLINE for home in spoken):
        transaction.on_commit(lambda: hub.wake(SCREENS))
    limit = {frailty.value: rows.time(now + plan.silence_limit(frailty)) for frailty in plan.Frailty}
    seen = rows.time(now)
    _update(
        ("last_seen_at", "deadline_at"),
        [(home.id, seen, limit[home.frailty]) for home in spoken if home.heartbeat is None],
        more=", link = 'online', offline_since = NULL",
    )
    _update(
        ("last_seen_at", "deadline_at", "parts", "waiting", "last_heartbeat"),
        [
            (
                home.id,
                seen,
                limit[home.frailty],
                rows.json(home.heartbeat.parts),
                home.heartbeat.waiting,
                rows.uuid(home.heartbeat.id),
            )
            for home in spoken
            if home.heartbeat is not None
        ],
        more=", link = 'online', offline_since = NULL",
    )
    _update(("robot_seen_at",), [(home.id, seen) for home in homes if home.robot_has_spoken])


def _update(columns: tuple[str, ...], values: Sequence[tuple[Any, ...]], more: str = "") -> None:
    if not values:
        return
    names = ", ".join(columns)
    sets = ", ".join(f"{column} = fresh.{column}" for column in columns)
    sql = (
        f"WITH fresh (id, {names}) AS (VALUES {rows.marks(len(columns) + 1, len(values))})"  # noqa: S608 - as above
        f" UPDATE homes_home SET {sets}{more} FROM fresh WHERE homes_home.id = fresh.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in values for value in row])


def use_tokens(batches: Sequence[Batch], expires_at: datetime) -> list[bool]:
    """Remembers each batch's token; False where it was used before, also earlier in this group."""
    if not batches:
        return []
    sql = (
        "INSERT INTO homes_usedtoken (kid, jti, expires_at)"  # noqa: S608 - as above
        f" VALUES {rows.marks(3, len(batches))} ON CONFLICT (kid, jti) DO NOTHING RETURNING kid, jti"
    )
    at = rows.time(expires_at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for batch in batches for value in (batch.kid, batch.jti, at)])
        fresh = {tuple(found) for found in cursor.fetchall()}
    answers = []
    for batch in batches:
        token = (batch.kid, batch.jti)
        answers.append(token in fresh)
        fresh.discard(token)
    return answers
