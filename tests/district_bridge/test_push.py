"""Web push against a push service on the loopback: what a browser reads, what is told when nothing comes."""

import base64
import json
import secrets
import stat
from typing import TYPE_CHECKING

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02

from district_bridge.alerts import desk
from district_bridge.channels import vapid
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.channels.web_push import is_known_service
from tests.district_bridge.channel_side import SECOND, last, work
from tests.district_bridge.people import raised_alert
from tests.district_bridge.servers import HttpReceiver, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from tests.district_bridge.channel_side import SetUp

pytestmark = pytest.mark.django_db


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
