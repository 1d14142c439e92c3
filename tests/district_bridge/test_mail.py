"""Mail against a server on the loopback: it names nobody, and a refusal is told without the address."""

import email
import email.policy
import socket
from typing import TYPE_CHECKING, Any

import pytest

from district_bridge.channels.models import Reach
from tests.district_bridge.channel_side import SECOND, last, work
from tests.district_bridge.people import raised_alert
from tests.district_bridge.servers import MailServer, running

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from tests.district_bridge.channel_side import SetUp

pytestmark = pytest.mark.django_db


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
