"""The worker: lease → commit → send → mark. A message is marked as sent only after it was sent.

A worker that dies between sending and marking leaves a lease that runs out; the message is then sent again.
Twice is allowed, never is not. Any number of workers may run: PostgreSQL hands each of them rows that no
other has locked, SQLite lets one at a time take its lease.
"""

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F, Q

from district_bridge.live import SCREENS, hub
from district_bridge.outgoing.counters import SENDINGS
from district_bridge.outgoing.models import Outgoing, Round
from district_bridge.outgoing.retry import wait_after

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    type Send = Callable[[Outgoing, datetime], None]
    type SendMany = Callable[[Sequence[Outgoing], datetime], Collection[int]]
    type Turn = Callable[[datetime], Any]

LEASE = timedelta(seconds=60)
# A handler must return within this time; what is left of the batch after the lease less this is given back.
LONGEST_SEND_S = 15.0
REASON_CHARACTERS = 500
NOT_NEEDED = "no longer needed"
log = logging.getLogger(__name__)
_handlers: dict[str, Send] = {}
_many_handlers: dict[str, SendMany] = {}
_rounds: dict[str, tuple[timedelta, Turn]] = {}


class SendError(Exception):
    """A message could not be sent; ``reason`` is shown to people and holds no personal data."""

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry


class NotNeededError(SendError):
    """What the message tells is no longer so: it is not sent, and nobody needs to worry about it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{NOT_NEEDED}: {why}", retry=False)


def handler(kind: str) -> Callable[[Send], Send]:
    """Registers who sends messages of this kind. It gets message and time, and raises ``SendError``."""

    def register(send: Send) -> Send:
        _handlers[kind] = send
        return send

    return register


def handler_of_many(kind: str) -> Callable[[SendMany], SendMany]:
    """Registers who does all due messages of this kind at once, where they stay within the database.

    It runs in a transaction, in which the messages whose ids it returns are marked as sent: so they are done
    exactly once. Of several it may leave out some, which then come one by one; the one message it is given
    alone it does, or raises ``SendError``.
    """

    def register(send: SendMany) -> SendMany:
        _many_handlers[kind] = send
        return send

    return register


def periodically(name: str, every: timedelta) -> Callable[[Turn], Turn]:
    """Registers work that one of all workers does each time ``every`` has passed."""

    def register(turn: Turn) -> Turn:
        _rounds[name] = (every, turn)
        return turn

    return register


def work_once(now: datetime, limit: int = 50) -> int:
    """Does what is due: at most ``limit`` messages, and work that comes round. Returns how many were sent."""
    _take_turns(now)
    began = time.monotonic()
    sent = 0
    leased = lease(now, limit)
    for kind in _many_handlers:
        sent += _send_many(kind, [message for message in leased if message.kind == kind], now)
    leased = [message for message in leased if message.kind not in _many_handlers]
    for place, message in enumerate(leased):
        if time.monotonic() - began > LEASE.total_seconds() - LONGEST_SEND_S:
            _give_back(leased[place:])
            break
        sent += _send(message, now)
    return sent


def lease(now: datetime, limit: int) -> list[Outgoing]:
    """Takes messages that are due and in nobody's hands; they are this worker's until the lease runs out."""
    with transaction.atomic():
        due = Outgoing.objects.filter(
            Q(leased_until=None) | Q(leased_until__lte=now), sent_at=None, gave_up_at=None, due_at__lte=now
        ).order_by("due_at")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        taken = list(due[:limit])
        Outgoing.objects.filter(pk__in=[message.pk for message in taken]).update(
            leased_until=now + LEASE, attempts=F("attempts") + 1
        )
    for message in taken:
        message.leased_until = now + LEASE
        message.attempts += 1
    return taken


def _give_back(messages: list[Outgoing]) -> None:
    mine = Outgoing.objects.filter(pk__in=[message.pk for message in messages], sent_at=None)
    mine.update(leased_until=None, attempts=F("attempts") - 1)


def _send_many(kind: str, messages: Sequence[Outgoing], now: datetime) -> int:
    """Does them in one transaction; what was left out, or the whole if it fails, one by one."""
    if not messages:
        return 0
    done: Collection[int] = ()
    try:
        done = _done_together(kind, messages, now)
    except Exception as error:
        if len(messages) == 1:
            _did_not_send(messages[0], error, now)
            return 0
        log.exception("%d messages of kind %s failed together; each follows alone", len(messages), kind)
    SENDINGS.labels(kind, "sent").inc(len(done))
    left = [message for message in messages if message.pk not in done] if len(messages) > 1 else ()
    return len(done) + sum(_send_many(kind, [message], now) for message in left)


def _done_together(kind: str, messages: Sequence[Outgoing], now: datetime) -> Collection[int]:
    with transaction.atomic():
        done = _many_handlers[kind](messages, now)
        Outgoing.objects.filter(pk__in=done, sent_at=None).update(sent_at=now, leased_until=None, failure="")
    return done


def _send(message: Outgoing, now: datetime) -> bool:
    """Sends one message and marks it; a failure is kept with its reason and never harms the others."""
    try:
        _handlers.get(message.kind, _nobody)(message, now)
    except Exception as error:  # noqa: BLE001 - kept with the message, and logged
        _did_not_send(message, error, now)
        return False
    Outgoing.objects.filter(pk=message.pk, sent_at=None).update(sent_at=now, leased_until=None, failure="")
    SENDINGS.labels(message.kind, "sent").inc()
    return True


def _did_not_send(message: Outgoing, error: Exception, now: datetime) -> None:
    if isinstance(error, SendError):
        _failed(message, error.reason, now, retry=error.retry)
        return
    log.error("sending %s failed unexpectedly", message, exc_info=error)
    _failed(message, f"unexpected: {type(error).__name__}", now, retry=True)


def _nobody(message: Outgoing, _now: datetime) -> None:
    """Perhaps a newer program posted it while this one is being replaced: it is tried again."""
    raise SendError(f"this worker does not know how to send {message.kind!r}")


def _failed(message: Outgoing, reason: str, now: datetime, *, retry: bool) -> None:
    wait = wait_after(message.attempts) if retry else None
    message.failure = reason[:REASON_CHARACTERS]
    message.leased_until = None
    is_needed = not reason.startswith(NOT_NEEDED)
    result = "failed" if wait is not None else "given_up" if is_needed else "not_needed"
    SENDINGS.labels(message.kind, result).inc()
    if wait is None:
        message.gave_up_at = now
        level = logging.ERROR if is_needed else logging.INFO
        log.log(level, "gave up sending %s after %d attempts: %s", message, message.attempts, reason)
    else:
        message.due_at = now + wait
    message.save(update_fields=["failure", "leased_until", "gave_up_at", "due_at"])
    hub.wake(SCREENS)


def _take_turns(now: datetime) -> None:
    known = dict(Round.objects.values_list("name", "due_at"))
    for name, (every, turn) in list(_rounds.items()):
        if name in known and known[name] > now:
            continue
        # Whoever moves the row on has the turn; the others find it moved.
        mine = Round.objects.filter(name=name, due_at__lte=now).update(due_at=now + every)
        if not mine and name not in known:
            mine = Round.objects.get_or_create(name=name, defaults={"due_at": now + every})[1]
        if not mine:
            continue
        try:
            turn(now)
        except Exception:
            log.exception("the round of %s failed; the next one follows", name)


def waiting_count(now: datetime) -> int:
    """How many messages are due and not sent."""
    return Outgoing.objects.filter(sent_at=None, gave_up_at=None, due_at__lte=now).count()


def gave_up_count() -> int:
    """How many messages could not be sent at all."""
    return Outgoing.objects.filter(gave_up_at__isnull=False).exclude(failure__startswith=NOT_NEEDED).count()
