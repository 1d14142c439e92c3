"""Group commit: what is stored together, what fails alone, what is numbered, what is throttled."""

import asyncio
import random
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from district_bridge import rows
from district_bridge.alerts import bulk, desk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, Transition
from district_bridge.database import WireThreads
from district_bridge.homes import keys as home_keys
from district_bridge.homes.models import Home, HomeKey
from district_bridge.intake import gaps, keyring, reading, store
from district_bridge.intake.audit import audit
from district_bridge.intake.group import GroupCommit, Size
from district_bridge.intake.models import InboxMessage, MissingMessages
from district_bridge.intake.throttle import Throttle
from district_bridge.outgoing.models import Outgoing
from district_bridge.wire import keys, problems, tokens
from tests.district_bridge.home_side import Signing, batch_claims, heartbeat, incident, message
from tests.district_bridge.people import enrolled_home, read_incident

database = pytest.mark.django_db
IAT = 1795316400


class Sender:
    """An enrolled home and its key."""

    def __init__(self, now: datetime) -> None:
        self.signing = Signing()
        self.home = enrolled_home(self.signing, now)

    def batch(self, *messages: Any, **claims: Any) -> reading.Batch:
        signed = batch_claims(self.home.id, list(messages), iat=IAT, **claims)
        token = tokens.read(self.signing.sign("seogu-batch+jwt", signed), reading.TYP)
        return reading.read(token, keys.public_key(self.signing.jwk), IAT)


def raised(**more: Any) -> dict[str, Any]:
    return message("incident", incident=incident(**more))


def receipts(answers: list[store.Answer]) -> list[store.Receipt]:
    assert all(isinstance(answer, store.Receipt) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, store.Receipt)]


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


def test_numbers_that_were_skipped_are_noticed() -> None:
    assert gaps.judge(3, [4, 5]) == gaps.Numbers(5, (), ())
    assert gaps.judge(203, [205, 206]) == gaps.Numbers(206, ((204, 204),), ())
    assert gaps.judge(206, [204, 210]) == gaps.Numbers(210, ((207, 209),), (204,))
    assert gaps.judge(0, [57, 58]) == gaps.Numbers(58, (), ())


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.integers(1, 60), max_size=8), max_size=12))
def test_what_is_missing_is_what_never_came(groups: list[list[int]]) -> None:
    highest, missing, came = 0, set[int](), set[int]()
    for numbers in groups:
        found = gaps.judge(highest, numbers)
        highest = found.highest
        missing |= {number for first, last in found.skipped for number in range(first, last + 1)}
        missing -= set(found.late)
        came |= set(numbers)
    began = next((min(numbers) for numbers in groups if numbers), 1)
    assert missing == set(range(began, max(came, default=0) + 1)) - came


def shown(home: Home) -> list[tuple[int, int]]:
    return [(gap.first, gap.last) for gap in gaps.missing(home.id)]


@database
def test_skipped_number_is_kept_and_late_one_fills_its_gap(now: datetime) -> None:
    sender = Sender(now)

    def send(*numbers: int) -> None:
        receipts(store.store([sender.batch(*[{**raised(), "seq": number} for number in numbers])], now))

    send(1, 2)
    send(3, 7)
    assert shown(sender.home) == [(4, 6)]
    send(5)
    assert shown(sender.home) == [(6, 6), (4, 4)]
    send(4, 6)
    assert shown(sender.home) == []
    assert gaps.homes_with_gaps() == 0
    assert MissingMessages.objects.filter(arrived_at=now).count() == 3


@database
def test_late_number_of_a_message_that_opens_nothing_fills_its_gap(now: datetime) -> None:
    sender = Sender(now)
    receipts(store.store([sender.batch({**raised(), "seq": 1}, {**raised(), "seq": 4})], now))
    # A batch of which nothing is stored one by one: its statements are sent ahead on PostgreSQL.
    receipts(store.store([sender.batch({**heartbeat(), "seq": 2})], now))
    receipts(store.store([sender.batch({**message("nonsense"), "seq": 3})], now))
    assert shown(sender.home) == []


@database
def test_number_that_two_messages_carry_is_shown_and_a_repetition_is_not(now: datetime) -> None:
    sender = Sender(now)
    first, again = {**raised(), "seq": 5}, {**raised(), "seq": 6}
    refused = {**message("receipt", downlink=99), "seq": 7}
    store.store([sender.batch(first, again, refused)], now)
    store.store([sender.batch(first, again, refused)], now)
    assert not gaps.reused(sender.home.id)
    receipts(store.store([sender.batch({**raised(), "seq": 5}), sender.batch({**raised(), "seq": 6})], now))
    [found] = gaps.reused(sender.home.id)
    assert (found.kid, found.number, found.times) == (sender.signing.kid, 6, 2)
    assert Alert.objects.count() == 4
    assert gaps.homes_with_reused_numbers() == 1


@database
def test_number_of_a_refused_message_has_come_and_a_wild_one_refuses_nothing(now: datetime) -> None:
    sender = Sender(now)
    wild = [{**raised(), "seq": value} for value in (None, "7", -1, 0, True, 2.5, 2**80, [])]
    [receipt] = receipts(store.store([sender.batch({**raised(), "seq": 1}, *wild)], now))
    assert len(receipt.stored) == 9
    store.store([sender.batch({**message("dance"), "seq": 2})], now)
    store.store([sender.batch({**raised(), "seq": 3})], now)
    assert shown(sender.home) == []


@database
def test_broken_sender_leaves_a_bounded_number_of_gaps(now: datetime) -> None:
    sender = Sender(now)
    numbers = range(1, 2 * gaps.GAPS_KEPT + 50, 2)
    store.store([sender.batch(*[{**heartbeat(), "seq": number} for number in numbers])], now)
    assert len(shown(sender.home)) == gaps.GAPS_KEPT


def test_flood_of_telemetry_waits_and_an_incident_in_it_does_not(now: datetime) -> None:
    del now
    throttle = Throttle(burst=5, per_second=1)
    calm = unsigned(heartbeat())
    assert [throttle.wait_s(calm, 0.0) for _ in range(6)] == [None] * 5 + [1]
    assert throttle.wait_s(unsigned(*[heartbeat()] * 3), 0.0) == 3
    assert throttle.wait_s(unsigned(heartbeat(), raised()), 0.0) is None
    assert throttle.wait_s(unsigned(heartbeat(), home="another"), 0.0) is None
    assert throttle.wait_s(calm, 1.0) is None
    assert throttle.refused == 2


def test_what_only_claims_to_be_an_incident_is_throttled() -> None:
    throttle = Throttle(burst=1, per_second=1)
    fake = unsigned(message("incident", incident={"kind": "fall"}))
    assert [throttle.wait_s(fake, 0.0) for _ in range(2)] == [None, 1]


def test_large_batch_of_telemetry_passes_when_the_bucket_is_full() -> None:
    throttle = Throttle(burst=5, per_second=1)
    assert throttle.wait_s(unsigned(*[heartbeat()] * 50), 0.0) is None
    assert throttle.wait_s(unsigned(*[heartbeat()] * 50), 1.0) == 4


def hang_up() -> None:
    connection.close()


def unsigned(*messages: Any, home: str = "h-1") -> reading.Batch:
    return reading.Batch(home, "kid", "jti", tuple(map(reading._read, messages)))


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
