"""Numbers of a sender: what was skipped is kept, and what comes late fills its gap."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from district_bridge.alerts.models import Alert
from district_bridge.intake import gaps, store
from district_bridge.intake.models import MissingMessages
from tests.district_bridge.home_side import heartbeat, message
from tests.district_bridge.intake_side import Sender, raised, receipts

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.homes.models import Home

database = pytest.mark.django_db


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
