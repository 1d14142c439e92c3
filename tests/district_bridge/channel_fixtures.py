"""What the tests of every channel stand on; the settings are there before this file is loaded."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from district_bridge.channels import config
from district_bridge.channels.models import Reach
from district_bridge.escalation.models import Duty, Shift
from tests.district_bridge.channel_side import GATEWAY_SECRET
from tests.district_bridge.people import caseworker, enrolled_home
from tests.district_bridge.servers import HttpReceiver, running, toml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from tests.district_bridge.channel_side import SetUp


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Writes ``channels.toml`` as an operator does."""

    def write(**sections: dict[str, Any]) -> None:
        config.file().write_text(toml(sections))

    yield write
    config.file().unlink(missing_ok=True)


@pytest.fixture
def home(now: datetime) -> Home:
    """A home that spoke just now."""
    return enrolled_home(now=now)


@pytest.fixture
def kim(home: Home, now: datetime) -> Account:
    """The caseworker who is on call for the home."""
    account = caseworker("kim")
    Shift.objects.create(
        neighbourhood=home.neighbourhood,
        duty=Duty.CASEWORKER,
        account=account,
        starts_at=now - timedelta(seconds=1),
        ends_at=now + timedelta(days=1),
        made_at=now,
    )
    return account


@pytest.fixture
def gateway(kim: Account, set_up: SetUp) -> Iterator[HttpReceiver]:
    """Takes text messages and calls for kim."""
    Reach.objects.create(account=kim, phone="010-1234-5678", by_sms=True, by_voice=True)
    with running(HttpReceiver()) as server:
        set_up(webhook={"url": server.url, "secret": GATEWAY_SECRET})
        yield server
