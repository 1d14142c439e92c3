"""Every channel against a real server on the loopback: what arrives, what is told when nothing does."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import secrets
import socket
import stat
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02

from district_bridge.alerts import bulk, desk, together
from district_bridge.channels import config, dc09, reach, vapid
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.channels.web_push import is_known_service
from district_bridge.escalation import watch
from district_bridge.escalation.models import Duty, Gap, Receipt, Shift
from district_bridge.homes.models import Contact
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.post import post_all
from district_bridge.outgoing.work import SendError, work_once
from district_bridge.privacy import consent
from district_bridge.privacy.purposes import FAMILY_NOTICES
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert
from tests.district_bridge.servers import HttpReceiver, MailServer, ReceivingCentre, running, toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from district_bridge.accounts.models import Account
    from district_bridge.alerts.models import Alert
    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
SECRET = "a secret of the gateway"
type SetUp = Callable[..., None]


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Writes ``channels.toml`` as an operator does."""

    def write(**sections: dict[str, Any]) -> None:
        config.file().write_text(toml(sections))

    yield write
    config.file().unlink(missing_ok=True)


@pytest.fixture
def home(now: datetime) -> Home:
    return enrolled_home(now=now)


@pytest.fixture
def kim(home: Home, now: datetime) -> Account:
    account = caseworker("kim")
    Shift.objects.create(
        neighbourhood=home.neighbourhood,
        duty=Duty.CASEWORKER,
        account=account,
        starts_at=now - SECOND,
        ends_at=now + timedelta(days=1),
        made_at=now,
    )
    return account


class Browser:
    """The receiving end of web push: keys of its own, reads what its push service was given."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = secrets.token_bytes(16)

    def subscribe(self, account: Account, endpoint: str, now: datetime) -> PushSubscription:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushSubscription.objects.create(
            account=account,
            endpoint=endpoint,
            p256dh=base64.urlsafe_b64encode(point).rstrip(b"=").decode(),
            auth=base64.urlsafe_b64encode(self.auth).rstrip(b"=").decode(),
            created_at=now,
        )

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        found: dict[str, str] = json.loads(plain)
        return found


def work(now: datetime) -> None:
    while work_once(now):
        pass


def last(kind: str) -> Outgoing:
    return Outgoing.objects.filter(kind=kind).latest("id")


@pytest.fixture
def push(kim: Account, now: datetime, set_up: SetUp) -> Iterator[tuple[HttpReceiver, Browser]]:
    browser = Browser()
    with running(HttpReceiver()) as service:
        set_up(web_push={"contact": "mailto:it@example.kr", "services": [service.place]})
        browser.subscribe(kim, service.url, now)
        yield service, browser


def test_push_arrives_encrypted_signed_and_without_personal_data(
    push: tuple[HttpReceiver, Browser], home: Home, now: datetime
) -> None:
    service, browser = push
    alert = raised_alert(home, now)
    work(now)
    headers, body = service.taken[0]
    said = browser.read(body)
    assert said["path"] == f"/alerts/{alert.pk}/"
    assert said["title"] == "응급 알림, 둔산1동"
    for personal in (home.resident.name, home.id, alert.summary_ko):
        assert personal not in json.dumps(said, ensure_ascii=False)
    assert (headers["urgency"], headers["content-encoding"]) == ("high", "aes128gcm")
    assert Vapid02.verify(headers["authorization"])
    assert f"k={vapid.public_key()}" in headers["authorization"]
    assert last("web_push").sent_at == now
    assert PushSubscription.objects.get().reached_at == now


def test_push_is_in_the_language_that_the_person_chose(
    push: tuple[HttpReceiver, Browser], home: Home, kim: Account, now: datetime
) -> None:
    service, browser = push
    Reach.objects.create(account=kim, language="en")
    raised_alert(home, now)
    work(now)
    assert browser.read(service.taken[0][1])["title"] == "Emergency alert, 둔산1동"


def test_push_service_that_is_down_is_asked_again_and_the_reason_is_kept(
    push: tuple[HttpReceiver, Browser], home: Home, now: datetime
) -> None:
    service, _browser = push
    service.status = 503
    raised_alert(home, now)
    work(now)
    assert last("web_push").failure == "the push service answers 503"
    service.status = 201
    work(now + 5 * SECOND)
    message = last("web_push")
    assert (message.sent_at, message.attempts, message.failure) == (now + 5 * SECOND, 2, "")


def test_browser_that_unsubscribed_is_not_asked_again(
    push: tuple[HttpReceiver, Browser], home: Home, now: datetime
) -> None:
    service, _browser = push
    service.status = 410
    raised_alert(home, now)
    work(now)
    assert last("web_push").gave_up_at == now
    assert PushSubscription.objects.get().ended_at == now
    raised_alert(home, now)
    work(now)
    assert len(service.taken) == 1


def test_push_that_was_held_up_is_not_sent_when_somebody_has_the_alert_in_hand(
    push: tuple[HttpReceiver, Browser], home: Home, kim: Account, now: datetime
) -> None:
    service, _browser = push
    service.status = 503
    alert = raised_alert(home, now)
    work(now)
    service.status = 201
    desk.acknowledge(alert.pk, kim, now + SECOND)
    work(now + 5 * SECOND)
    assert len(service.taken) == 1
    assert "no longer needed" in last("web_push").failure


def test_page_cannot_make_the_bridge_knock_at_doors_inside(kim: Account, home: Home, now: datetime) -> None:
    Browser().subscribe(kim, "https://10.0.0.1/secret", now)
    raised_alert(home, now)
    work(now)
    message = last("web_push")
    assert message.gave_up_at == now
    assert "not known" in message.failure


@pytest.mark.parametrize(
    ("endpoint", "is_known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-by3p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com.evil.example/abc", False),
        ("https://evilfcm.googleapis.com@10.0.0.1/", False),
        ("https://notfcm.googleapis.com/", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_known_push_services(endpoint: str, is_known: bool) -> None:  # noqa: FBT001 - a table
    assert is_known_service(endpoint) == is_known


@given(st.text(max_size=80))
def test_any_text_as_an_endpoint_is_judged(endpoint: str) -> None:
    assert is_known_service(endpoint) in {True, False}


def test_browser_with_broken_keys_is_given_up(
    push: tuple[HttpReceiver, Browser], home: Home, now: datetime
) -> None:
    PushSubscription.objects.update(p256dh="AAAA")
    raised_alert(home, now)
    work(now)
    assert last("web_push").failure == "the browser's keys can't be used"


def test_key_of_the_bridge_is_made_once_and_only_its_owner_reads_it() -> None:
    assert vapid.public_key() == vapid.public_key()
    assert stat.S_IMODE(vapid.file().stat().st_mode) == 0o600


def test_mail_arrives_and_names_nobody(kim: Account, home: Home, now: datetime, set_up: SetUp) -> None:
    Reach.objects.create(account=kim, email="kim@example.kr")
    with running(MailServer()) as server:
        set_up(email=mail_settings(server))
        alert = raised_alert(home, now)
        work(now)
        recipient, raw = server.taken[0]
    mail = email.message_from_string(raw, policy=email.policy.default)
    assert "kim@example.kr" in recipient
    assert mail["subject"] == "응급 알림, 둔산1동"
    body = mail.get_body()
    assert body is not None
    content = body.get_content()
    assert f"/alerts/{alert.pk}/" in content
    assert home.resident.name not in raw + content
    assert last("email").sent_at == now


def mail_settings(server: MailServer) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "sender": "bridge@example.kr",
        "encryption": "none",
    }


@pytest.mark.parametrize(
    ("refuse", "reason", "gives_up"),
    [
        ("550 5.1.1 <kim@example.kr> unknown", "the mail server refuses the address (550)", True),
        ("451 later", "the mail server refuses the address (451)", False),
    ],
)
def test_mail_server_that_refuses_is_shown_without_the_address(
    kim: Account,
    home: Home,
    now: datetime,
    set_up: SetUp,
    refuse: str,
    reason: str,
    gives_up: bool,  # noqa: FBT001 - a table
) -> None:
    Reach.objects.create(account=kim, email="kim@example.kr")
    with running(MailServer()) as server:
        server.refuse = refuse
        set_up(email=mail_settings(server))
        raised_alert(home, now)
        work(now)
    message = last("email")
    assert (message.failure, message.gave_up_at is not None) == (reason, gives_up)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_mail_server_that_is_away_is_tried_again(
    kim: Account, home: Home, now: datetime, set_up: SetUp
) -> None:
    Reach.objects.create(account=kim, email="kim@example.kr")
    set_up(email={"host": "127.0.0.1", "port": closed_port(), "sender": "a@b.kr", "encryption": "none"})
    raised_alert(home, now)
    work(now)
    message = last("email")
    assert message.failure == "the mail server can't be reached: ConnectionRefusedError"
    assert message.due_at == now + 5 * SECOND


@pytest.fixture
def gateway(kim: Account, set_up: SetUp) -> Iterator[HttpReceiver]:
    Reach.objects.create(account=kim, phone="010-1234-5678", by_sms=True, by_voice=True)
    with running(HttpReceiver()) as server:
        set_up(webhook={"url": server.url, "secret": SECRET})
        yield server


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
    wanted = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
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


def test_channel_that_nobody_set_up_says_so(kim: Account, home: Home, now: datetime) -> None:
    Reach.objects.create(account=kim, phone="010-1234-5678", by_sms=True)
    raised_alert(home, now)
    work(now)
    assert last("sms").failure == "no [webhook] is set up in channels.toml"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[webhook", "can't be read"),
        ("webhook = 3", "must be a table"),
        ("[webhook]\nurl = 5\nsecret = 'x'", "needs url"),
        ("[webhook]\nurl = 'http://x'", "needs secret"),
    ],
)
def test_broken_settings_are_told_in_words(set_up: SetUp, content: str, said: str) -> None:
    config.file().write_text(content)
    with pytest.raises(SendError, match=said):
        config.webhook()


@given(st.binary(max_size=200))
def test_any_bytes_as_settings_are_told_in_words(content: bytes) -> None:
    config.file().write_bytes(content)
    try:
        for read in (config.email, config.webhook, config.receiving_centre):
            with pytest.raises(SendError):
                read()
        assert config.has_receiving_centre() in {True, False}
    finally:
        config.file().unlink()


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


def test_data_folder_is_the_tests_own() -> None:
    assert "seogu-bridge-tests-" in str(settings.DEPLOYMENT.folder)


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
