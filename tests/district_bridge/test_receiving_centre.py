"""The receiving centre (DC-09) on the loopback: it hears of each event once, and once that it is over."""

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client

from district_bridge.alerts import bulk, desk, together
from district_bridge.channels import dc09, reach
from district_bridge.escalation.models import Receipt
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.post import post_all
from tests.district_bridge.channel_side import SECOND, last, work
from tests.district_bridge.people import raised_alert
from tests.district_bridge.servers import ReceivingCentre, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.alerts.models import Alert
    from district_bridge.homes.models import Home
    from tests.district_bridge.channel_side import SetUp

pytestmark = pytest.mark.django_db
KEY = "000102030405060708090a0b0c0d0e0f"


@pytest.fixture
def centre(set_up: SetUp) -> Iterator[ReceivingCentre]:
    with running(ReceivingCentre()) as server:
        server.key = bytes.fromhex(KEY)
        set_up(dc09={"host": "127.0.0.1", "port": server.port, "key": KEY, "prefix": 5})
        yield server


def passed_on(home: Home, now: datetime, **more: object) -> Alert:
    """An alert that has come to the rung of the receiving centre."""
    alert = raised_alert(home, now, **more)
    receipt = Receipt.objects.create(alert=alert, climb=1, place=9, step="119", at=now, result="told")
    with transaction.atomic():
        post_all(reach.to_receiving_centre(receipt, now))
    return alert


def test_receiving_centre_gets_an_encrypted_event_and_its_word_counts(
    centre: ReceivingCentre, home: Home, now: datetime
) -> None:
    passed_on(home, now, kind="help_call")
    work(now)
    message = last("dc09")
    assert message.sent_at == now
    event = centre.taken[0]
    assert (event.idtoken, event.encrypted, event.seq) == ("ADM-CID", True, message.pk % 9999 + 1)
    assert event.account.acct == int(home.id.removeprefix("h-"), 16)
    assert event.account.pref == 5
    assert (event.data.event.qualifier, event.data.event.code) == ("1", "101")
    assert home.resident.name not in str(event)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("NAK", "our clock is wrong"),
        ("DUH", "can't use the event"),
        ("OTHER", "another event"),
        ("NOISE", "can't be read"),
        ("SILENCE", "hung up"),
    ],
)
def test_receiving_centre_that_does_not_acknowledge_is_told_again_with_the_same_number(
    centre: ReceivingCentre, home: Home, now: datetime, answer: str, said: str
) -> None:
    centre.answer = answer
    passed_on(home, now)
    work(now)
    message = last("dc09")
    assert said in message.failure
    assert message.sent_at is None
    centre.answer = "ACK"
    work(now + 5 * SECOND)
    assert last("dc09").sent_at == now + 5 * SECOND
    assert len({event.seq for event in centre.taken}) == 1


def test_last_rung_passes_the_alert_on_to_the_receiving_centre(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    alert = raised_alert(home, now)
    work(now + 180 * SECOND)
    assert [event.data.event.code for event in centre.taken] == ["100"]
    assert last("dc09").alert == alert


def told(centre: ReceivingCentre) -> list[str]:
    """Qualifier and code of each event that the centre took."""
    return [event.data.event.qualifier + event.data.event.code for event in centre.taken]


def test_centre_hears_once_that_an_alert_is_over_with_the_code_it_was_told(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    nothing, smoke = ([{"name": name, "value": 1, "unit": ""}] for name in ("odd", "smoke"))
    alert = passed_on(home, now, kind="environment", evidence=nothing)
    work(now)
    raised_alert(home, now, id=str(alert.incident), step=9, kind="environment", evidence=smoke)
    desk.close(alert.pk, kim, "helped", "", now)
    for seconds in (0, 5, 10, 15):
        work(now + seconds * SECOND)
    assert told(centre) == ["1150", "3150"]
    assert home.resident.name not in str(centre.taken)
    client = Client()
    client.force_login(kim)
    assert "관제센터: 상황 종료" in client.get(f"/alerts/{alert.pk}/").content.decode()


def test_centre_that_never_got_the_event_hears_of_no_end(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    alert = passed_on(home, now)
    desk.close(alert.pk, kim, "helped", "", now)
    for seconds in range(0, 60, 5):
        work(now + seconds * SECOND)
    assert told(centre) == []
    events = alert.outgoing.filter(kind__startswith="dc09")
    assert {message.failure.partition(":")[0] for message in events} == {"no longer needed"}


def test_end_of_an_event_whose_acknowledgement_was_lost_is_told(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    alert = passed_on(home, now)
    centre.answer = "SILENCE"
    work(now)
    centre.answer = "ACK"
    desk.close(alert.pk, kim, "helped", "", now)
    for seconds in range(5, 60, 5):
        work(now + seconds * SECOND)
    assert told(centre) == ["1100", "3100"]


def test_end_that_was_taken_back_is_not_told(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    alert = passed_on(home, now)
    work(now)
    desk.close(alert.pk, kim, "helped", "", now)
    work(now + SECOND)
    together.undo(alert.pk, kim, now + 2 * SECOND)
    work(now + 60 * SECOND)
    assert told(centre)[:1] == ["1100"]
    assert "3100" not in told(centre)


def test_end_of_a_merged_alert_is_told_when_the_other_one_ends(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    merged, into = passed_on(home, now), raised_alert(home, now)
    work(now)
    together.merge(merged.pk, into.pk, kim, now)
    work(now)
    assert told(centre) == ["1100"]
    desk.close(into.pk, kim, "helped", "", now)
    together.undo(into.pk, kim, now + 5 * SECOND)
    work(now + 12 * SECOND)
    assert told(centre) == ["1100"]
    desk.close(into.pk, kim, "helped", "", now + 20 * SECOND)
    work(now + 32 * SECOND)
    assert told(centre) == ["1100", "3100"]


def test_alert_that_goes_up_in_an_outage_ends_once_at_the_centre(
    centre: ReceivingCentre, home: Home, now: datetime
) -> None:
    alert = passed_on(home, now)
    never_passed_on = raised_alert(home, now)
    work(now)
    with transaction.atomic():
        bulk.merge_into_area([alert.pk, never_passed_on.pk], 7, now + SECOND)
    work(now + SECOND)
    assert told(centre) == ["1100", "3100"]
    assert Outgoing.objects.filter(kind="dc09_restoral").count() == 1


def test_end_is_told_once_however_often_the_alert_was_closed(
    centre: ReceivingCentre, home: Home, kim: Account, now: datetime
) -> None:
    alert = passed_on(home, now)
    work(now)
    desk.close(alert.pk, kim, "helped", "", now)
    together.undo(alert.pk, kim, now + 2 * SECOND)
    desk.close(alert.pk, kim, "helped", "", now + 4 * SECOND)
    for seconds in (12, 16, 30):
        work(now + seconds * SECOND)
    assert told(centre) == ["1100", "3100"]


def test_alert_that_was_never_passed_on_ends_without_a_word_to_the_centre(
    home: Home, kim: Account, now: datetime
) -> None:
    desk.close(raised_alert(home, now).pk, kim, "helped", "", now)
    assert not Outgoing.objects.filter(kind="dc09_restoral").exists()


@pytest.mark.parametrize(
    ("kind", "evidence", "code"),
    [
        ("fall", "impact", "100"),
        ("help_call", "plea", "101"),
        ("inactivity", "inactive_for", "102"),
        ("environment", "smoke", "111"),
        ("environment", "carbon_monoxide", "162"),
        ("environment", "moisture", "154"),
        ("environment", "nothing known", "150"),
        ("device", "battery", "350"),
    ],
)
def test_event_says_what_was_noticed(home: Home, now: datetime, kind: str, evidence: str, code: str) -> None:
    alert = raised_alert(home, now, kind=kind, evidence=[{"name": evidence, "value": 1, "unit": ""}])
    assert dc09.event_code(alert) == code
