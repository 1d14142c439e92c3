"""Group commit: what is stored together, and what fails alone."""

import asyncio
import random
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from district_bridge import rows
from district_bridge.alerts import bulk, desk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Transition
from district_bridge.database import WireThreads
from district_bridge.homes import keys as home_keys
from district_bridge.homes.models import Home, HomeKey
from district_bridge.intake import reading, store
from district_bridge.intake.audit import audit
from district_bridge.intake.group import GroupCommit, Size
from district_bridge.intake.models import InboxMessage
from district_bridge.outgoing.models import Outgoing
from district_bridge.wire import problems
from tests.district_bridge.home_side import heartbeat, message
from tests.district_bridge.intake_side import Sender, hang_up, raised, receipts
from tests.district_bridge.people import enrolled_home, read_incident

database = pytest.mark.django_db


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def rows_of(alert: Alert) -> dict[str, Any]:
    """Everything an alert left in the database, without the numbers the database gives."""

    def plain(model: Any, **where: Any) -> list[dict[str, Any]]:
        return [
            without(row, "id", "alert_id") for row in model.objects.filter(**where).order_by("pk").values()
        ]

    own = without(plain(Alert, pk=alert.pk)[0], "incident", "home_id")
    return {"alert": own, "steps": plain(Transition, alert=alert), "outgoing": plain(Outgoing, alert=alert)}


OPENINGS: list[dict[str, Any]] = [
    {},
    {"severity": "warning", "kind": "environment", "step": 0, "evidence": []},
    {"state": "closed", "outcome": "resolved_at_home", "step": 7},
    {"evidence": [{"name": "impact", "value": 2**62, "unit": None}, {"name": "smoke", "value": True}]},
    {"summary": {"ko": "따옴표 ' \" \\ % %s", "en": "emoji 🚨"}},
]


@database
@pytest.mark.parametrize("reporter", [Reporter.HOME, Reporter.ROBOT])
@pytest.mark.parametrize("opening", OPENINGS, ids=range(len(OPENINGS)))
def test_opening_in_bulk_leaves_the_rows_that_the_desk_leaves(
    now: datetime, reporter: Reporter, opening: dict[str, Any]
) -> None:
    told = read_incident(**opening)
    one, other = enrolled_home(now=now), enrolled_home(now=now)
    with transaction.atomic():
        by_desk = desk.report(one, told, reporter, now)
        [opened] = bulk.open_new([bulk.New(other.id, told, reporter)], now)
    in_bulk = Alert.objects.get(pk=opened)
    assert (in_bulk.home_id, in_bulk.incident) == (other.id, by_desk.incident)
    assert rows_of(in_bulk) == rows_of(by_desk)
    assert rows_of(in_bulk)["outgoing"]


@database
def test_group_is_stored_together_and_each_home_gets_its_own_receipt(now: datetime) -> None:
    senders = [Sender(now) for _ in range(5)]
    sent = [[raised(), heartbeat(), raised()] for _ in senders]
    batches = [sender.batch(*messages) for sender, messages in zip(senders, sent, strict=True)]
    answers = receipts(store.store(batches, now))
    assert [answer.stored for answer in answers] == [[each["id"] for each in messages] for messages in sent]
    assert Alert.objects.count() == InboxMessage.objects.count() == 10
    assert set(Home.objects.values_list("last_seen_at", flat=True)) == {now}
    assert audit().holds


@database
def test_number_of_statements_does_not_grow_with_the_group(
    now: datetime, django_assert_max_num_queries: Any
) -> None:
    senders = [Sender(now) for _ in range(40)]
    batches = [sender.batch(raised(), heartbeat()) for sender in senders]
    with django_assert_max_num_queries(20):
        receipts(store.store(batches, now))


@database
def test_same_home_twice_in_a_group_is_as_if_it_came_one_after_the_other(now: datetime) -> None:
    sender = Sender(now)
    first = raised()
    over = message(
        "incident", incident={**first["incident"], "step": 9, "state": "closed", "outcome": "helped"}
    )
    answers = receipts(store.store([sender.batch(first), sender.batch(over, first)], now))
    assert (answers[0].stored, answers[1].stored) == ([first["id"]], [over["id"]])
    assert answers[1].duplicate == [first["id"]]
    assert (Alert.objects.get().suggested_outcome, Alert.objects.get().reports) == ("helped", 2)
    assert audit().holds


@database
def test_one_batchs_problem_is_its_own(now: datetime) -> None:
    good, revoked, replaying = Sender(now), Sender(now), Sender(now)
    home_keys.revoke(HomeKey.objects.get(kid=revoked.signing.kid), "stolen", now)
    again = replaying.batch(raised())
    answers = store.store([revoked.batch(raised()), again, good.batch(raised()), again], now)
    assert isinstance(answers[0], problems.RevokedError)
    assert isinstance(answers[3], problems.ReplayedError)
    assert len(receipts([answers[1], answers[2]])) == 2
    assert Alert.objects.count() == 2


@database
def test_poisonous_message_fails_alone(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    senders = [Sender(now) for _ in range(4)]
    poison, beside = raised(), raised()
    insert = rows.insert

    def refuse(model: Any, values: Any, **more: Any) -> Any:
        if any(str(row.get("message_id", row.get("incident"))) == poison["incident"]["id"] for row in values):
            with connection.cursor() as cursor:
                cursor.execute("SELECT this_is_no_column")
        return insert(model, values, **more)

    def refuse_alone(home: Any, told: Any, *rest: Any) -> Any:
        if str(told.id) == poison["incident"]["id"]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT this_is_no_column")
        return report(home, told, *rest)

    report = desk.report
    monkeypatch.setattr(rows, "insert", refuse)
    monkeypatch.setattr(desk, "report", refuse_alone)
    batches = [sender.batch(raised()) for sender in senders[:3]] + [senders[3].batch(beside, poison)]
    answers = receipts(store.store(batches, now))
    assert [len(answer.stored) for answer in answers] == [1, 1, 1, 1]
    assert answers[3].stored == [beside["id"]]
    assert [each["id"] for each in answers[3].refused] == [poison["id"]]
    assert Alert.objects.count() == 4
    assert audit().holds


@database
def test_batch_that_can_never_be_stored_fails_alone(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = Sender(now), Sender(now)
    admitted = store.Group._admitted

    def fail(self: store.Group, batch: reading.Batch) -> store.Answer:
        if batch.home_id == bad.home.id:
            raise DatabaseError("out of luck")
        return admitted(self, batch)

    monkeypatch.setattr(store.Group, "_admitted", fail)
    answers = store.store([bad.batch(raised()), good.batch(raised())], now)
    assert isinstance(answers[0], DatabaseError)
    assert len(receipts(answers[1:])[0].stored) == 1
    assert [alert.home_id for alert in Alert.objects.all()] == [good.home.id]


@database
def test_heartbeats_of_many_homes_are_one_update(now: datetime, django_assert_max_num_queries: Any) -> None:
    senders = [Sender(now) for _ in range(30)]
    later = now + timedelta(seconds=30)
    with django_assert_max_num_queries(8):
        receipts(store.store([sender.batch(heartbeat(robot="offline")) for sender in senders], later))
    for home in Home.objects.all():
        assert (home.last_seen_at, home.deadline_at) == (later, later + timedelta(seconds=150))
        assert home.parts["robot"] == "offline"


@pytest.mark.django_db(transaction=True)
def test_batches_that_arrive_together_are_committed_together(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = [Sender(now) for _ in range(12)]
    sizes: list[int] = []
    together = store.store

    def counted(batches: Any, moment: datetime) -> Any:
        sizes.append(len(batches))
        return together(batches, moment)

    monkeypatch.setattr(store, "store", counted)

    async def story() -> list[store.Receipt]:
        threads = WireThreads(1)
        group = GroupCommit(threads, Size(64, 0.005), 1, "test")
        found = await asyncio.gather(*(group.store(sender.batch(raised())) for sender in senders))
        await group.close()
        await threads.run(hang_up)
        threads.close()
        return found

    assert [len(receipt.stored) for receipt in asyncio.run(story())] == [1] * 12
    assert sizes[0] >= 1
    assert sum(sizes) == 12
    assert len(sizes) < 12
    assert Alert.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_groups_of_two_processes_never_wait_for_each_other_for_ever(now: datetime) -> None:
    senders = [Sender(now) for _ in range(6)]
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a seed, no secret
        try:
            for _ in range(6):
                order = chance.sample(senders, len(senders))
                answers = store.store([sender.batch(raised(), heartbeat()) for sender in order], now)
                assert len(receipts(answers)) == len(senders)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert Alert.objects.count() == 3 * 6 * 6
    assert audit().holds
