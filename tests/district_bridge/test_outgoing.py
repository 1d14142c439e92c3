"""Outgoing messages are sent at least once, by one worker at a time, and marked only after they were sent."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from district_bridge.alerts import desk, steps
from district_bridge.alerts.models import Alert
from district_bridge.outgoing import retry, work
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.post import post
from district_bridge.outgoing.work import SendError, work_once
from district_bridge.supervision import watch
from tests.district_bridge.bridge_process import ROOT, BridgeProcess
from tests.district_bridge.home_side import incident
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = timedelta(seconds=1)


class KilledError(BaseException):
    """As a kill -9 does it: nothing after it runs."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the handler of the kind "test" was given, in order; no other kind has a handler, no round runs."""
    found: list[int] = []
    monkeypatch.setattr(work, "_handlers", {})
    monkeypatch.setattr(work, "_rounds", {})
    work.handler("test")(lambda message, _now: found.append(message.pk))
    return found


def posted(now: datetime, kind: str = "test", due_at: datetime | None = None) -> Outgoing:
    with transaction.atomic():
        return post(kind, now=now, due_at=due_at)


@pytest.mark.django_db
def test_message_is_sent_once_and_marked(sent: list[int], now: datetime) -> None:
    message = posted(now)
    assert (work_once(now), work_once(now + SECOND)) == (1, 0)
    assert sent == [message.pk]
    message.refresh_from_db()
    assert (message.sent_at, message.leased_until, message.attempts) == (now, None, 1)


@pytest.mark.django_db
def test_message_waits_until_it_is_due(sent: list[int], now: datetime) -> None:
    posted(now, due_at=now + 10 * SECOND)
    assert work_once(now + 9 * SECOND) == 0
    assert work_once(now + 10 * SECOND) == 1


@pytest.mark.django_db(transaction=True)
def test_message_outside_a_transaction_is_refused(now: datetime) -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        post("test", now=now)


@pytest.mark.django_db
def test_worker_killed_between_sending_and_marking_sends_again(sent: list[int], now: datetime) -> None:
    message = posted(now)

    def send_and_die(message: Outgoing, _now: datetime) -> None:
        sent.append(message.pk)
        raise KilledError

    work.handler("test")(send_and_die)
    with pytest.raises(KilledError):
        work_once(now)
    work.handler("test")(lambda message, _now: sent.append(message.pk))
    assert work_once(now + work.LEASE - SECOND) == 0
    assert work_once(now + work.LEASE) == 1
    assert sent == [message.pk, message.pk]


WORKER = """
import os
from datetime import UTC, datetime
import django
django.setup()
from district_bridge.outgoing import work
now = datetime(2026, 11, 22, 3, tzinfo=UTC)
work.handler("test")(lambda message, _now: print(message.pk, flush=True))
while work.work_once(now, limit=3):
    pass
"""
POSTING = """
from datetime import UTC, datetime
from django.db import transaction
from district_bridge.outgoing.post import post
with transaction.atomic():
    print([post("test", now=datetime(2026, 11, 22, 3, tzinfo=UTC)).pk for _ in range(60)])
"""


@pytest.mark.timeout(300)
def test_many_workers_never_hold_one_message_at_once(make_bridge: Callable[..., BridgeProcess]) -> None:
    own = make_bridge()
    made = json.loads(own.run("manage", "shell", "--no-imports", "--command", POSTING).stdout)
    environment = own._environment({"DJANGO_SETTINGS_MODULE": "district_bridge.settings"})
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [worker.communicate(timeout=200)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted(int(number) for lines in said for number in lines) == sorted(made)


@pytest.mark.django_db(transaction=True)
def test_worker_passes_over_what_another_is_just_taking(sent: list[int], now: datetime) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: the second waits")
    first, second = posted(now), posted(now)

    def other_worker() -> list[int]:
        taken = [message.pk for message in work.lease(now, 1)]
        connection.close()
        return taken

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        assert [message.pk for message in work.lease(now, 1)] == [first.pk]
        assert pool.submit(other_worker).result(30) == [second.pk]


@pytest.mark.django_db
def test_failure_is_shown_and_tried_again_ever_later(sent: list[int], now: datetime) -> None:
    message = posted(now)

    def fail(_message: Outgoing, _now: datetime) -> None:
        raise SendError("the push service answers 503")

    work.handler("test")(fail)
    assert work_once(now) == 0
    message.refresh_from_db()
    assert (message.failure, message.due_at, message.sent_at) == (
        "the push service answers 503",
        now + 5 * SECOND,
        None,
    )
    assert work_once(now + 4 * SECOND) == 0
    work.handler("test")(lambda message, _now: sent.append(message.pk))
    assert work_once(now + 5 * SECOND) == 1
    message.refresh_from_db()
    assert (message.failure, message.attempts) == ("", 2)


@pytest.mark.django_db
def test_message_that_can_never_be_sent_is_given_up_with_its_reason(sent: list[int], now: datetime) -> None:
    message = posted(now)

    def refuse(_message: Outgoing, _now: datetime) -> None:
        raise SendError("the subscription is gone", retry=False)

    work.handler("test")(refuse)
    work_once(now)
    message.refresh_from_db()
    assert (message.gave_up_at, message.failure) == (now, "the subscription is gone")
    assert work_once(now + timedelta(days=1)) == 0
    assert work.gave_up_count() == 1


@pytest.mark.django_db
def test_message_is_given_up_in_the_end(sent: list[int], now: datetime) -> None:
    message = posted(now, kind="nobody knows this")
    moment = now
    for _ in range(retry.ATTEMPTS):
        work_once(moment)
        message.refresh_from_db()
        moment = message.due_at
    assert message.gave_up_at is not None
    assert "nobody knows this" in message.failure
    assert moment - now < timedelta(hours=2)


@pytest.mark.django_db
def test_one_failing_message_does_not_harm_its_neighbours(sent: list[int], now: datetime) -> None:
    broken, good = posted(now, kind="broken"), posted(now)

    def stumble(_message: Outgoing, _now: datetime) -> None:
        raise ValueError("a resident's name")

    work.handler("broken")(stumble)
    assert work_once(now) == 1
    broken.refresh_from_db()
    assert broken.failure == "unexpected: ValueError"
    assert sent == [good.pk]


@pytest.mark.django_db
def test_slow_batch_gives_back_what_its_lease_no_longer_covers(
    sent: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _first, second = posted(now), posted(now)
    clock = iter([0.0, 0.0, 46.0, 46.0, 46.0])
    monkeypatch.setattr(work.time, "monotonic", lambda: next(clock))
    assert work_once(now) == 1
    monkeypatch.undo()
    second.refresh_from_db()
    assert (second.leased_until, second.attempts, second.sent_at) == (None, 0, None)


@pytest.mark.django_db
def test_due_messages_are_found_by_index(now: datetime) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    due = Outgoing.objects.filter(sent_at=None, gave_up_at=None, due_at__lte=now).order_by("due_at")
    assert "outgoing_due" in due.explain()


@pytest.mark.django_db
def test_one_worker_of_many_takes_each_turn(sent: list[int], now: datetime) -> None:
    turns: list[datetime] = []
    work.periodically("look", timedelta(seconds=60))(turns.append)
    for moment in (now, now + 59 * SECOND, now + 60 * SECOND):
        for _worker in range(3):
            work_once(moment)
    assert turns == [now, now + 60 * SECOND]


@pytest.mark.django_db
def test_turn_that_fails_comes_round_again(sent: list[int], now: datetime) -> None:
    turns: list[datetime] = []

    def fail(moment: datetime) -> None:
        turns.append(moment)
        raise ValueError

    work.periodically("look", timedelta(seconds=60))(fail)
    posted(now)
    assert work_once(now) == 1
    work_once(now + 60 * SECOND)
    assert len(turns) == 2


@pytest.mark.django_db
def test_new_lapsed_and_reopened_alerts_start_the_escalation(now: datetime) -> None:
    home, person = enrolled_home(now=now), caseworker()
    alert = raised_alert(home, now)
    waiting = Outgoing.objects.filter(kind="escalate", alert=alert)
    assert waiting.count() == 1
    desk.acknowledge(alert.pk, person, now)
    assert waiting.count() == 1
    watch.lapse_leases(now + timedelta(days=1))
    assert waiting.count() == 2
    desk.close(alert.pk, person, "helped", "", now)
    raised_alert(home, now, **incident(id=str(alert.incident), step=9))
    alert.refresh_from_db()
    assert alert.state == "raised"
    assert waiting.count() == 3


@pytest.mark.django_db
def test_silent_home_starts_the_escalation(now: datetime) -> None:
    enrolled_home(now=now)
    watch.raise_silent_homes(now + timedelta(hours=1))
    assert Outgoing.objects.get().alert == Alert.objects.get()


@pytest.mark.django_db(transaction=True)
def test_alert_and_its_escalation_are_stored_together_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    home = enrolled_home(now=now)
    monkeypatch.setattr(steps, "post", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        raised_alert(home, now)
    assert not Alert.objects.exists()
