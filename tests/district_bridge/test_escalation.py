"""Alerts climb their ladder: each rung once, with a receipt; every open alert has an owner and a clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from district_bridge.accounts.models import Account, Role
from district_bridge.alerts import desk, together
from district_bridge.alerts.models import Alert
from district_bridge.channels.models import Reach
from district_bridge.escalation import climb, ladders, rungs, watch
from district_bridge.escalation.models import Duty, Gap, OwnLadder, Receipt, Shift
from district_bridge.escalation.owners import owners_of
from district_bridge.homes.system import BRIDGE_HOME, NEIGHBOURHOOD, system_home
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import work_once
from district_bridge.supervision import watch as supervision
from tests.district_bridge.channel_side import work
from tests.district_bridge.home_side import incident
from tests.district_bridge.people import caseworker, enrolled_home, neighbourhood, raised_alert
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def kim(home: Home) -> Account:
    return caseworker("kim")


@pytest.fixture
def officer(home: Home) -> Account:
    return caseworker("choi", role=Role.DUTY_OFFICER)


def on_call(
    account: Account, now: datetime, duty: str = Duty.CASEWORKER, where: str | None = "둔산1동"
) -> Shift:
    return Shift.objects.create(
        neighbourhood=neighbourhood(where) if where else None,
        duty=duty,
        account=account,
        starts_at=now - HOUR,
        ends_at=now + 24 * HOUR,
        made_at=now,
    )


@pytest.fixture
def staffed(kim: Account, officer: Account, now: datetime) -> None:
    on_call(kim, now)
    on_call(officer, now, Duty.DUTY_OFFICER)


def receipts(alert: Alert) -> list[tuple[str, str, str | None]]:
    found = Receipt.objects.filter(alert=alert).select_related("account").order_by("id")
    return [(receipt.step, receipt.result, receipt.account and receipt.account.username) for receipt in found]


FIRST = [
    ("robot", "in_the_home", None),
    ("family", "no_contact", None),
    ("caseworker", "told", "kim"),
]


@pytest.mark.usefixtures("staffed")
def test_alert_that_nobody_takes_climbs_rung_by_rung(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    work(now)
    assert receipts(alert) == FIRST
    work(now + 59 * SECOND)
    assert receipts(alert) == FIRST
    work(now + 60 * SECOND)
    assert receipts(alert)[3:] == [("duty_officer", "told", "choi")]
    work(now + 180 * SECOND)
    assert receipts(alert)[4:] == [("119", "told", "choi")]
    work(now + 360 * SECOND)
    assert receipts(alert)[5:] == [("119", "told", "choi")]


@pytest.mark.usefixtures("staffed")
def test_taking_it_on_stops_the_climb_and_a_lapse_goes_on_with_it(
    home: Home, kim: Account, now: datetime
) -> None:
    alert = raised_alert(home, now)
    work(now)
    desk.acknowledge(alert.pk, kim, now + 30 * SECOND)
    work(now + 600 * SECOND)
    assert receipts(alert) == FIRST
    lapsed = now + 930 * SECOND
    supervision.lapse_leases(lapsed)
    work(lapsed)
    # Those who knew of it hear that it is back.
    assert receipts(alert) == FIRST + FIRST
    work(lapsed + 29 * SECOND)
    assert len(receipts(alert)) == 6
    work(lapsed + 30 * SECOND)
    assert receipts(alert)[6:] == [("duty_officer", "told", "choi")]


@pytest.mark.usefixtures("staffed")
def test_closed_alert_climbs_no_further(home: Home, kim: Account, now: datetime) -> None:
    alert = raised_alert(home, now)
    work(now)
    desk.close(alert.pk, kim, "helped", "", now + 10 * SECOND)
    work(now + HOUR)
    assert receipts(alert) == FIRST
    assert not Outgoing.objects.filter(sent_at=None).exists()


@pytest.mark.usefixtures("staffed")
def test_what_is_given_back_or_taken_back_climbs_on(home: Home, kim: Account, now: datetime) -> None:
    for act in (together.give_back, together.undo):
        alert = raised_alert(home, now)
        work(now)
        desk.acknowledge(alert.pk, kim, now + 5 * SECOND)
        act(alert.pk, kim, now + 10 * SECOND)
        work(now + 10 * SECOND)
        assert len(receipts(alert)) == 6
        work(now + 65 * SECOND)
        assert receipts(alert)[6:] == [("duty_officer", "told", "choi")]


@pytest.mark.usefixtures("staffed")
def test_look_that_is_done_twice_tells_nobody_twice(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    message = Outgoing.objects.get(kind="escalate")
    rungs.escalate([message], now)
    rungs.escalate([message, message], now)
    assert receipts(alert) == FIRST


@pytest.mark.usefixtures("staffed")
def test_looks_of_many_alerts_ask_the_database_no_more_than_that_of_one(
    home: Home, now: datetime, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(12):
        raised_alert(home, now, **incident(id=str(UUID(int=number))))
    messages = list(Outgoing.objects.filter(kind="escalate").order_by("id"))
    with CaptureQueriesContext(connection) as of_one:
        rungs.escalate(messages[:1], now)
    with django_assert_max_num_queries(len(of_one)):
        done = rungs.escalate(messages[1:], now)
    assert done == {message.pk for message in messages[1:]}
    assert {tuple(receipts(alert)) for alert in Alert.objects.all()} == {tuple(FIRST)}


@pytest.mark.usefixtures("staffed")
def test_look_that_fails_harms_no_other(home: Home, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = (raised_alert(home, now, **incident(id=str(UUID(int=number)))) for number in (1, 2))
    ladder_of = ladders.ladder_of

    def stumble(alert: Alert, rules: list[ladders.Rule]) -> climb.Ladder:
        if alert.pk == broken.pk:
            raise ValueError
        return ladder_of(alert, rules)

    monkeypatch.setattr(ladders, "ladder_of", stumble)
    work(now)
    assert (receipts(broken), receipts(good)) == ([], FIRST)
    assert Outgoing.objects.get(alert=broken).failure == "unexpected: ValueError"
    monkeypatch.undo()
    work(now + 10 * SECOND)
    assert receipts(broken) == FIRST


@pytest.mark.django_db(transaction=True)
def test_alert_that_somebody_is_changing_keeps_no_other_waiting(now: datetime) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: the worker waits")
    home, kim = enrolled_home(now=now), caseworker("kim")
    on_call(kim, now)
    held, free = (raised_alert(home, now, **incident(id=str(UUID(int=number)))) for number in (1, 2))
    messages = list(Outgoing.objects.filter(kind="escalate"))

    def worker() -> set[int]:
        with transaction.atomic():
            done = rungs.escalate(messages, now)
        connection.close()
        return done

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Alert.objects.select_for_update().get(pk=held.pk)
        done = pool.submit(worker).result(30)
    assert done == {message.pk for message in messages if message.alert_id == free.pk}
    assert (receipts(held), receipts(free)) == ([], FIRST)


@pytest.mark.usefixtures("staffed")
def test_silent_home_has_no_robot_to_ask(home: Home, now: datetime) -> None:
    supervision.raise_silent_homes(now + HOUR)
    work(now + HOUR)
    alert = Alert.objects.get()
    assert receipts(alert) == [("robot", "out_of_reach", None), ("caseworker", "told", "kim")]


def test_nobody_on_the_calendar_means_that_somebody_stands_in_and_is_named(
    home: Home, kim: Account, officer: Account, now: datetime
) -> None:
    alert = raised_alert(home, now)
    work(now)
    assert receipts(alert)[2] == ("caseworker", "stood_in", "choi")
    owner = owners_of([alert], now)[alert.pk]
    assert (owner.account, owner.stands_in, owner.until) == (officer, True, now + 60 * SECOND)


def test_district_without_any_account_says_so(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    work(now)
    assert receipts(alert)[2] == ("caseworker", "nobody", None)


def test_own_neighbourhoods_person_comes_before_the_districts(
    home: Home, kim: Account, now: datetime
) -> None:
    on_call(caseworker("park"), now, where=None)
    on_call(kim, now)
    alert = raised_alert(home, now)
    assert owners_of([alert], now)[alert.pk].account == kim
    other = raised_alert(enrolled_home(now=now, where="갈마1동"), now)
    owner = owners_of([other], now)[other.pk].account
    assert owner is not None
    assert owner.username == "park"


@pytest.mark.usefixtures("staffed")
def test_every_open_alert_has_an_owner_and_a_clock_at_every_moment(
    home: Home, kim: Account, officer: Account, now: datetime
) -> None:
    alert = raised_alert(home, now)

    def owner(after_s: int) -> tuple[Account | None, datetime | None]:
        alert.refresh_from_db()
        found = owners_of([alert], now + after_s * SECOND)[alert.pk]
        return found.account, found.until

    assert owner(0) == (kim, now + 60 * SECOND)
    assert owner(70) == (officer, now + 180 * SECOND)
    desk.acknowledge(alert.pk, kim, now + 80 * SECOND)
    assert owner(90) == (kim, now + 980 * SECOND)
    supervision.lapse_leases(now + 980 * SECOND)
    assert owner(980) == (officer, now + 1080 * SECOND)


@pytest.mark.usefixtures("staffed")
def test_districts_own_ladder_takes_the_place_of_the_one_that_came_with_it(
    home: Home, kim: Account, now: datetime
) -> None:
    OwnLadder.objects.create(
        neighbourhood=home.neighbourhood,
        kind="fall",
        rungs=[{"step": "duty_officer", "after_s": 0}],
        again_s=120,
        changed_by=kim,
        changed_at=now,
    )
    alert = raised_alert(home, now)
    work(now)
    assert receipts(alert) == [("duty_officer", "told", "choi")]
    work(now + 120 * SECOND)
    assert len(receipts(alert)) == 2


@pytest.mark.usefixtures("staffed")
def test_rung_tells_over_every_way_its_person_chose(home: Home, kim: Account, now: datetime) -> None:
    Reach.objects.create(account=kim, email="kim@example.kr", phone="010-0000-0000", by_sms=True)
    alert = raised_alert(home, now)
    work_once(now)
    posted = Outgoing.objects.filter(alert=alert).exclude(kind="escalate").order_by("kind")
    assert [(message.kind, message.payload["account"]) for message in posted] == [
        ("email", kim.pk),
        ("sms", kim.pk),
    ]


@pytest.mark.usefixtures("staffed")
def test_who_was_told_and_looked_is_receipted(home: Home, kim: Account, now: datetime) -> None:
    alert = raised_alert(home, now)
    work(now)
    rungs.seen(alert, kim.pk, now + 20 * SECOND)
    rungs.seen(alert, kim.pk, now + 40 * SECOND)
    assert Receipt.objects.get(account=kim).seen_at == now + 20 * SECOND


def test_gap_in_the_calendar_is_an_alarm_that_is_told_once(
    kim: Account, officer: Account, now: datetime
) -> None:
    on_call(kim, now)
    on_call(officer, now, Duty.DUTY_OFFICER)
    assert watch.look_for_gaps(now - HOUR) == 0
    Reach.objects.create(account=officer, email="choi@example.kr")
    assert watch.look_for_gaps(now + HOUR) == 2
    gap = Gap.objects.get(duty=Duty.CASEWORKER)
    assert (gap.starts_at, gap.ends_at) == (now + 24 * HOUR, now + 25 * HOUR)
    assert Outgoing.objects.filter(kind="email").count() == 2
    assert watch.look_for_gaps(now + HOUR + 60 * SECOND) == 0
    assert Gap.objects.count() == 2
    Shift.objects.all().update(ends_at=now + 72 * HOUR)
    watch.look_for_gaps(now + HOUR + 120 * SECOND)
    assert watch.open_gap_count() == 0
    gap.refresh_from_db()
    assert gap.closed_at == now + HOUR + 120 * SECOND


def test_where_nobody_lives_nobody_need_be_on_call(now: datetime) -> None:
    system_home(BRIDGE_HOME, now)
    watch.look_for_gaps(now)
    assert not Gap.objects.filter(neighbourhood__name=NEIGHBOURHOOD).exists()
    page = signed_in(caseworker("chief", role=Role.ADMIN)).get("/calendar/").content.decode()
    assert f", {NEIGHBOURHOOD}" not in page
    assert f"· {NEIGHBOURHOOD}<" not in page


def test_ladder_that_could_lose_an_alert_is_refused_in_the_readers_language() -> None:
    page = signed_in(caseworker("chief", role=Role.ADMIN)).post("/ladders/", {"again_s": "180"})
    assert "이 단계로는 알림을 놓칠 수 있습니다: 단계가 하나도 없습니다" in page.content.decode()
    assert "아직 저장되지 않았습니다" in page.content.decode()


def test_shift_of_a_closed_account_covers_nothing(kim: Account, now: datetime) -> None:
    on_call(kim, now)
    kim.is_active = False
    kim.save()
    watch.look_for_gaps(now)
    assert Gap.objects.filter(duty=Duty.CASEWORKER, closed_at=None).exists()
