"""Stores a group of batches in one transaction; a poisonous one fails alone.

What is most of the load (heartbeats, incidents that nobody has heard of yet) is written a table at a time.
The rest (a further report, a robot's key, a receipt, a message that is refused) goes one by one through the
same code as ever.
"""

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import DataError, Error, InterfaceError, OperationalError, connection, transaction

from district_bridge import rows
from district_bridge.alerts import bulk, desk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert
from district_bridge.homes import keys
from district_bridge.homes.models import Home, KeyOwner, RevokedBecause
from district_bridge.intake import copies, gaps, homes, single
from district_bridge.intake.models import InboxMessage
from district_bridge.intake.reading import is_plea
from district_bridge.routines import days
from district_bridge.wire import messages, tokens
from district_bridge.wire.problems import HeldError, ReplayedError, RevokedError, UnknownKeyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from district_bridge.intake.reading import Batch, Read

log = logging.getLogger(__name__)
TOKEN_KEPT = timedelta(seconds=2 * tokens.WINDOW_S)


@dataclass
class Receipt:
    """What became of each message of a batch."""

    stored: list[str] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    refused: list[dict[str, str | None]] = field(default_factory=list)


type Answer = Receipt | Exception


def store(batches: Sequence[Batch], now: datetime) -> list[Answer]:
    """What became of each batch. When this returns, the database has committed every receipt in it."""
    try:
        return _commit(batches, now, singly=False)
    except Exception as error:
        if _is_database_away(error):
            raise
        if len(batches) > 1:
            log.warning("a group of %d batches failed (%s); each is stored alone", len(batches), type(error))
            return [_store_alone(batch, now) for batch in batches]
        return [_store_alone(batches[0], now)]


def _store_alone(batch: Batch, now: datetime) -> Answer:
    """One batch, each of its messages within a savepoint of its own."""
    try:
        return _commit([batch], now, singly=True)[0]
    except Exception as error:
        if _is_database_away(error):
            raise
        log.exception("a batch of home %s can't be stored", batch.home_id)
        return error


def _is_database_away(error: Exception) -> bool:
    """Whether trying the same again at once is hopeless: the database is gone, not the batch wrong."""
    return isinstance(error, InterfaceError) or (
        isinstance(error, OperationalError) and not connection.is_usable()
    )


def _commit(batches: Sequence[Batch], now: datetime, *, singly: bool) -> list[Answer]:
    with transaction.atomic():
        return Group(now, singly=singly).take(batches)


@dataclass(slots=True)
class Taken:
    """A message that was accepted, and where it belongs."""

    batch: Batch
    read: Read
    message: messages.Message
    owner: str
    receipt: Receipt
    from_copy: bool = False
    alert_id: int | None = None
    is_stored: bool = False


class Group:
    """One transaction's worth of batches."""

    def __init__(self, now: datetime, *, singly: bool) -> None:
        self._now = now
        self._singly = singly
        self._homes: dict[str, homes.Spoke] = {}
        self._keys: dict[str, homes.Key] = {}
        self._known: set[tuple[str, UUID]] = set()
        """Messages that were stored before."""
        self._told: set[tuple[str, UUID]] = set()
        """Incidents that have an alert."""
        self._held: set[int] = set()
        """Batches of which only pleas are taken (docs/decisions/0211)."""

    def take(self, batches: Sequence[Batch]) -> list[Answer]:
        """Stores the batches within the caller's transaction."""
        fresh_tokens = self._look(batches)
        answers: list[Answer] = [self._admitted(batch) for batch in batches]
        fresh: list[tuple[Batch, Receipt]] = []
        for place, (batch, answer) in enumerate(zip(batches, answers, strict=True)):
            if isinstance(answer, Exception):
                continue
            token = (batch.kid, batch.jti)
            if token not in fresh_tokens:
                answers[place] = ReplayedError("this token was used before; sign anew and send again")
                continue
            # The same token a second time in this group is used, too.
            fresh_tokens.discard(token)
            if self._is_believed(batch):
                fresh.append((batch, answer))
            elif batch.has_plea:
                self._held.add(id(batch))
                fresh.append((batch, answer))
            else:
                answers[place] = HeldError(keys.HELD)
        self._store(fresh)
        return answers

    def _is_believed(self, batch: Batch) -> bool:
        """Whether the batch comes from the device that its key belongs to, as far as the bridge can tell."""
        key = self._keys[batch.kid]
        after, is_believed = copies.judge(batch, key, self._now)
        self._keys[batch.kid] = after
        return is_believed

    def _look(self, batches: Sequence[Batch]) -> set[tuple[str, str]]:
        """Locks the homes and learns what is known of all that came; the tokens nobody has used before."""
        told = [
            (batch.home_id, read.message)
            for batch in batches
            for read in batch.messages
            if read.message is not None and not isinstance(read.message, messages.Heartbeat)
        ]
        named = {(home, message.id) for home, message in told}
        incidents = {
            (home, message.incident.id)
            for home, message in told
            if isinstance(message, messages.IncidentMessage)
        }
        questions = [
            homes.locking(batch.home_id for batch in batches),
            homes.keys(batch.kid for batch in batches),
            *homes.using(batches, self._now + TOKEN_KEPT),
            *_there(InboxMessage, "message_id", named),
            *_there(Alert, "incident", incidents),
        ]
        found = rows.ask(*questions)
        self._homes = {row[0]: homes.Spoke(*row) for row in found[0]}
        self._keys = {row[0]: homes.key(row[1:]) for row in found[1]}
        if named:
            self._known = _named(found[3], named)
        if incidents:
            self._told = _named(found[4], incidents)
        return {(kid, jti) for kid, jti in found[2]}

    def _admitted(self, batch: Batch) -> Answer:
        key = self._keys.get(batch.kid)
        if key is None:
            return UnknownKeyError("no home was enrolled with this key")
        if key.revoked_at is not None and key.revoked_because != RevokedBecause.ROTATED:
            return RevokedError("the district has revoked this key; ask the district office")
        if key.home_id != batch.home_id:
            return UnknownKeyError("the key belongs to another home than the one named in iss")
        return Receipt()

    def _store(self, fresh: Sequence[tuple[Batch, Receipt]]) -> None:
        for batch, _ in fresh:
            if id(batch) not in self._held:
                homes.note(self._homes[batch.home_id], self._keys[batch.kid].owner)
        homes.welcome(self._homes.values(), self._now)
        taken = list(self._sorted_out(fresh))
        first, later = self._apart(taken)
        with rows.together() if not later else nullcontext():
            self._open(first)
            for each in later:
                self._store_other(each)
            self._store_inbox([each for each in taken if each.alert_id is not None])
            homes.store(self._homes.values(), self._now)
            gaps.move(self._note_numbers(fresh, taken))
        for batch, receipt in fresh:
            place = {read.echo: number for number, read in enumerate(batch.messages)}
            receipt.stored.sort(key=place.__getitem__)

    def _note_numbers(
        self, fresh: Sequence[tuple[Batch, Receipt]], taken: Sequence[Taken]
    ) -> list[dict[str, Any]]:
        new = {id(each.read) for each in taken if each.is_stored}
        return gaps.note(
            [
                gaps.Came(batch.home_id, batch.kid, self._keys[batch.kid].highest, read.seq, id(read) in new)
                for batch, _ in fresh
                if id(batch) not in self._held
                for read in batch.messages
                if read.seq is not None
            ],
            self._now,
        )

    def _sorted_out(self, fresh: Sequence[tuple[Batch, Receipt]]) -> Iterable[Taken]:
        """Messages that are to be stored; heartbeats, duplicates and refused ones are dealt with here."""
        known = self._known
        for batch, receipt in fresh:
            owner, held = self._keys[batch.kid].owner, id(batch) in self._held
            for read in batch.messages:
                if held and not is_plea(read.message):
                    # Neither taken nor refused: it stays with its sender until a person has decided.
                    continue
                if read.message is None:
                    self._refuse(batch, read, read.reason, receipt)
                elif isinstance(read.message, messages.Heartbeat):
                    self._beat(batch.home_id, owner, read, read.message, receipt)
                elif (batch.home_id, read.message.id) in known:
                    receipt.duplicate.append(str(read.echo))
                else:
                    known.add((batch.home_id, read.message.id))
                    yield Taken(batch, read, read.message, owner, receipt, from_copy=held)

    def _beat(self, home_id: str, owner: str, read: Read, beat: messages.Heartbeat, receipt: Receipt) -> None:
        home = self._homes[home_id]
        if home.last_heartbeat == rows.uuid(beat.id):
            receipt.duplicate.append(str(read.echo))
            return
        if owner == KeyOwner.HOME:
            home.heartbeat, home.last_heartbeat = beat, rows.uuid(beat.id)
        receipt.stored.append(str(read.echo))

    def _apart(self, taken: Sequence[Taken]) -> tuple[list[Taken], list[Taken]]:
        """New incidents, which are opened together; and what goes to the desk one by one, in its order."""
        first: list[Taken] = []
        later: list[Taken] = []
        others: list[Taken] = []
        for each in taken:
            if not isinstance(each.message, messages.IncidentMessage):
                others.append(each)
                continue
            named = (each.batch.home_id, each.message.incident.id)
            (later if named in self._told or self._singly else first).append(each)
            self._told.add(named)
        return first, later + others

    def _open(self, first: Sequence[Taken]) -> None:
        opened = bulk.open_new(
            [
                bulk.New(each.batch.home_id, _incident(each), _reporter(each.owner), each.from_copy)
                for each in first
            ],
            self._now,
        )
        for each, alert_id in zip(first, opened, strict=True):
            each.alert_id, each.is_stored = alert_id, True
            each.receipt.stored.append(str(each.read.echo))

    def _store_other(self, each: Taken) -> None:
        """One message within a savepoint of its own."""
        batch, home = each.batch, Home.objects.get(pk=each.batch.home_id)
        try:
            with transaction.atomic():
                self._take_in(each, home)
        except messages.RefusedError as error:
            self._refuse(batch, each.read, str(error), each.receipt)
        except DataError, RecursionError:
            self._refuse(batch, each.read, "the message can't be stored", each.receipt)
        except Error as error:
            if not self._singly or _is_database_away(error):
                raise
            log.exception("a message of home %s can't be stored", batch.home_id)
            self._refuse(batch, each.read, "the message can't be stored", each.receipt)
        else:
            # Days are kept once each, whatever brings them: their messages need no place in the inbox.
            each.is_stored = not isinstance(each.message, messages.RoutineDays)
            each.receipt.stored.append(str(each.read.echo))

    def _take_in(self, each: Taken, home: Home) -> None:
        kid, now = each.batch.kid, self._now
        match each.message:
            case messages.IncidentMessage(incident=incident):
                report = desk.report_of_copy if each.from_copy else desk.report
                alert = report(home, incident, _reporter(each.owner), now)
                single.keep(home, kid, each.message, "incident", now, alert)
            case messages.RobotKey():
                single.vouch(home, each.owner, each.message, now)
                single.keep(home, kid, each.message, "robot_key", now)
            case messages.NewKey():
                single.renew(home, kid, each.message, now)
                single.keep(home, kid, each.message, "new_key", now)
            case messages.DownlinkReceipt():
                single.receipted(home, each.message, now)
                single.keep(home, kid, each.message, "receipt", now)
            case messages.RoutineDays():
                days.keep(home, each.message, now)

    def _refuse(self, batch: Batch, read: Read, reason: str, receipt: Receipt) -> None:
        single.set_aside(batch.home_id, batch.kid, read.value, reason, self._now)
        receipt.refused.append({"id": read.echo, "reason": reason})

    def _store_inbox(self, taken: Sequence[Taken]) -> None:
        rows.insert(
            InboxMessage,
            [
                {
                    "home_id": each.batch.home_id,
                    "message_id": each.message.id,
                    "type": "incident",
                    "kid": each.batch.kid,
                    "at": each.message.at,
                    "received_at": self._now,
                    "alert_id": each.alert_id,
                }
                for each in taken
            ],
        )


def _reporter(owner: str) -> Reporter:
    return Reporter.HOME if owner == KeyOwner.HOME else Reporter.ROBOT


def _incident(each: Taken) -> messages.Incident:
    if not isinstance(each.message, messages.IncidentMessage):
        raise TypeError("only an incident is an incident")
    return each.message.incident


def _there(
    model: type[InboxMessage | Alert], column: str, named: Collection[tuple[str, UUID]]
) -> Iterable[rows.Question]:
    """Asks which of the messages or incidents (home, id) were stored before; nothing for none."""
    if named:
        fresh, bound = rows.fresh(model, ("home_id", column), list(named))
        table = model._meta.db_table  # noqa: SLF001 - Django's documented API
        # Looked up row by row: a join is planned by what was known of the table when it was last analysed.
        one = f"SELECT true FROM {table} t WHERE t.home_id = fresh.home_id AND t.{column} = fresh.{column}"  # noqa: S608 - names of our own tables
        sql = f"{fresh} SELECT home_id, {column} FROM fresh WHERE ({one} LIMIT 1)"  # noqa: S608 - as above, values are bound
        yield rows.Question(sql, bound)


def _named(found: Iterable[tuple[str, Any]], named: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    by_row = {(home, rows.uuid(one)): (home, one) for home, one in named}
    return {by_row[home, one] for home, one in found}
