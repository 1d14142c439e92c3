"""The settings of the channels: what is not set up or can't be read is told in words."""

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from district_bridge.channels import config
from district_bridge.channels.models import Reach
from district_bridge.outgoing.work import SendError
from tests.district_bridge.channel_side import last, work
from tests.district_bridge.people import raised_alert

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home
    from tests.district_bridge.channel_side import SetUp

pytestmark = pytest.mark.django_db


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


def test_data_folder_is_the_tests_own() -> None:
    assert "seogu-bridge-tests-" in str(settings.DEPLOYMENT.folder)
