"""Text messages and calls through a gateway on the loopback, to caseworkers and to family who may be told."""

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from district_bridge.channels import reach
from district_bridge.channels.models import Reach
from district_bridge.escalation import watch
from district_bridge.escalation.models import Duty, Gap, Receipt
from district_bridge.homes.models import Contact
from district_bridge.privacy import consent
from district_bridge.privacy.purposes import FAMILY_NOTICES
from tests.district_bridge.channel_side import GATEWAY_SECRET, SECOND, last, work
from tests.district_bridge.people import raised_alert

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from tests.district_bridge.servers import HttpReceiver

pytestmark = pytest.mark.django_db


def test_gateway_gets_a_signed_document_for_sms_and_voice(
    gateway: HttpReceiver, home: Home, now: datetime
) -> None:
    raised_alert(home, now)
    work(now)
    documents = [json.loads(body) for _headers, body in gateway.taken]
    assert [(found["kind"], found["to"]) for found in documents] == [
        ("sms", "010-1234-5678"),
        ("voice", "010-1234-5678"),
    ]
    assert documents[0]["text"] == "응급 알림, 둔산1동. 지금 확인해 주세요."
    headers, body = gateway.taken[0]
    moment, digest = (part.partition("=")[2] for part in headers["x-seogu-signature"].split(","))
    wanted = hmac.new(GATEWAY_SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, wanted)
    assert int(moment) == int(now.timestamp())


def test_gateway_can_drop_repetitions_by_the_messages_id(
    gateway: HttpReceiver, home: Home, now: datetime
) -> None:
    gateway.status = 500
    raised_alert(home, now)
    work(now)
    gateway.status = 200
    work(now + 5 * SECOND)
    ids = [headers["x-seogu-id"] for headers, _body in gateway.taken]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert last("sms").failure == ""


@pytest.mark.parametrize(("status", "gives_up"), [(400, True), (401, True), (429, False), (502, False)])
def test_gateway_that_refuses_is_not_asked_again(
    gateway: HttpReceiver,
    home: Home,
    now: datetime,
    status: int,
    gives_up: bool,  # noqa: FBT001 - a table
) -> None:
    gateway.status = status
    raised_alert(home, now)
    work(now)
    message = last("sms")
    assert message.failure == f"the gateway answers {status}"
    assert (message.gave_up_at is not None) == gives_up


def test_gap_in_the_calendar_is_told_unless_it_was_filled_meanwhile(
    gateway: HttpReceiver, kim: Account, now: datetime
) -> None:
    watch.look_for_gaps(now)
    gap = Gap.objects.get(duty=Duty.DUTY_OFFICER)
    with transaction.atomic():
        reach.tell_of_gap(gap.pk, kim, now)
    work(now)
    assert "당직자가 없습니다" in json.loads(gateway.taken[0][1])["text"]
    Gap.objects.update(closed_at=now)
    with transaction.atomic():
        reach.tell_of_gap(gap.pk, kim, now)
    work(now)
    assert len(gateway.taken) == 2
    assert "no longer needed" in last("sms").failure


@pytest.fixture
def daughter(gateway: HttpReceiver, home: Home) -> Contact:
    Reach.objects.all().delete()
    return Contact.objects.create(home=home, name="박영희", relation="딸", phone="010-9876-5432")


def family_rung(home: Home, now: datetime) -> tuple[str, int]:
    alert = raised_alert(home, now)
    work(now)
    found = Receipt.objects.get(alert=alert, step="family")
    return found.result, found.people


def test_family_is_told_when_the_resident_consents(
    gateway: HttpReceiver, daughter: Contact, home: Home, now: datetime
) -> None:
    consent.give(home, FAMILY_NOTICES, now)
    assert family_rung(home, now) == ("told", 1)
    [(_headers, body)] = gateway.taken
    told = json.loads(body)
    assert (told["kind"], told["to"]) == ("sms", "010-9876-5432")
    assert home.resident.name not in told["text"]
    assert "010-9876-5432" not in str(last("family").payload)


def test_family_is_not_told_without_consent(
    gateway: HttpReceiver, daughter: Contact, home: Home, now: datetime
) -> None:
    assert family_rung(home, now) == ("no_consent", 0)
    assert gateway.taken == []


def test_withdrawal_stops_a_message_that_was_already_posted(
    gateway: HttpReceiver, daughter: Contact, home: Home, now: datetime
) -> None:
    consent.give(home, FAMILY_NOTICES, now)
    gateway.status = 503
    assert family_rung(home, now) == ("told", 1)
    gateway.status = 200
    gateway.taken.clear()
    consent.withdraw(home, FAMILY_NOTICES, now)
    work(now + 60 * SECOND)
    assert gateway.taken == []
    assert "does not want" in last("family").failure
