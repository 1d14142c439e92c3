"""Colleagues hand over, give back, merge, note and take back; the home hears of what concerns it."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from district_bridge.alerts import desk, life, together
from district_bridge.alerts.models import Alert, Handover, Step
from district_bridge.downlink import post
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.outgoing.models import Outgoing
from district_bridge.supervision import watch
from tests.district_bridge.home_side import incident
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def kim(home: Home) -> Account:
    return caseworker("kim")


@pytest.fixture
def park(home: Home) -> Account:
    return caseworker("park")


@pytest.fixture
def held(home: Home, kim: Account, now: datetime) -> Alert:
    alert = raised_alert(home, now)
    return desk.acknowledge(alert.pk, kim, now)


def steps(alert: Alert) -> list[str]:
    return list(alert.transitions.values_list("step", flat=True))


def told(home: Home) -> list[tuple[str, str]]:
    sent = DownlinkMessage.objects.filter(home=home).order_by("seq")
    return [(message.message["incident"]["state"], message.message["incident"]["by"]) for message in sent]


def test_alert_changes_hands_only_when_the_colleague_receipts_it(
    held: Alert, kim: Account, park: Account, home: Home, now: datetime
) -> None:
    offered = together.offer(held.pk, kim, park, "딸과 통화 중", now + SECOND)
    held.refresh_from_db()
    assert held.holder == kim
    together.receive(offered.pk, park, now + 60 * SECOND, accept=True)
    held.refresh_from_db()
    assert (held.holder, held.lease_until) == (park, now + 960 * SECOND)
    assert steps(held)[-2:] == [Step.OFFERED, Step.HANDED_OVER]
    assert told(home)[-1] == ("acknowledged", "park 복지사")
    with pytest.raises(life.HeldByAnotherError):
        desk.close(held.pk, kim, "helped", "", now + 61 * SECOND)


def test_declined_hand_over_leaves_the_alert_where_it_is(
    held: Alert, kim: Account, park: Account, now: datetime
) -> None:
    offered = together.offer(held.pk, kim, park, "", now)
    together.receive(offered.pk, park, now, accept=False)
    held.refresh_from_db()
    assert (held.holder, steps(held)[-1]) == (kim, Step.DECLINED)
    with pytest.raises(life.OfferGoneError):
        together.receive(offered.pk, park, now, accept=True)


def test_hand_over_of_an_alert_that_lapsed_meanwhile_is_gone(
    held: Alert, kim: Account, park: Account, now: datetime
) -> None:
    offered = together.offer(held.pk, kim, park, "", now)
    watch.lapse_leases(now + 900 * SECOND)
    with pytest.raises(life.OfferGoneError):
        together.receive(offered.pk, park, now + 901 * SECOND, accept=True)


def test_second_offer_takes_the_place_of_the_first(
    held: Alert, kim: Account, park: Account, now: datetime
) -> None:
    first = together.offer(held.pk, kim, park, "", now)
    together.offer(held.pk, kim, caseworker("lee"), "", now)
    first.refresh_from_db()
    assert first.accepted is False
    assert Handover.objects.filter(answered_at=None).count() == 1


def test_only_the_holder_hands_over_or_gives_back(held: Alert, park: Account, now: datetime) -> None:
    with pytest.raises(life.NotYoursError):
        together.offer(held.pk, park, caseworker("lee"), "", now)
    with pytest.raises(life.NotYoursError):
        together.give_back(held.pk, park, now)


def test_given_back_alert_needs_someone_at_once(held: Alert, kim: Account, home: Home, now: datetime) -> None:
    together.give_back(held.pk, kim, now + SECOND)
    held.refresh_from_db()
    assert (held.state, held.holder, held.lease_until) == ("raised", None, None)
    assert told(home)[-1][0] == "raised"
    assert Outgoing.objects.filter(kind="escalate", alert=held).count() == 2


def test_taking_on_is_taken_back_within_ten_seconds(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    together.undo(held.pk, kim, now + 10 * SECOND)
    held.refresh_from_db()
    assert (held.state, held.holder) == ("raised", None)
    assert told(home)[-1][0] == "raised"


def test_closing_is_taken_back_to_where_the_alert_stood(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    desk.close(held.pk, kim, "helped", "", now + 60 * SECOND)
    together.undo(held.pk, kim, now + 65 * SECOND)
    held.refresh_from_db()
    assert (held.state, held.holder, held.outcome, held.closed_at) == ("acknowledged", kim, "", None)
    other = raised_alert(home, now)
    desk.close(other.pk, kim, "helped", "", now)
    together.undo(other.pk, kim, now)
    other.refresh_from_db()
    assert (other.state, other.holder) == ("raised", None)


def states_sent(home: Home, moment: datetime) -> list[str]:
    """What a stream that begins at this moment brings."""
    return [each.message["incident"]["state"] for each in post.kept_after(home.pk, 0, moment).messages]


def test_home_hears_of_a_closing_when_it_cannot_be_taken_back_any_more(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    desk.close(held.pk, kim, "helped", "", now)
    with transaction.atomic():
        post.post_say(home.pk, text="곧 전화드릴게요", by="kim", now=now)
    waiting = post.kept_after(home.pk, 0, now + 11 * SECOND)
    assert [each.seq for each in waiting.messages] == [1]
    assert waiting.held_until == now + 12 * SECOND
    after = post.kept_after(home.pk, 0, now + 12 * SECOND)
    assert ([each.seq for each in after.messages], after.held_until) == ([1, 2, 3], None)


@pytest.mark.parametrize("what", ["taken back", "a further sign"])
def test_home_never_hears_of_a_closing_that_did_not_last(
    held: Alert, kim: Account, home: Home, now: datetime, what: str
) -> None:
    desk.close(held.pk, kim, "helped", "", now)
    if what == "taken back":
        together.undo(held.pk, kim, now + 9 * SECOND)
    else:
        raised_alert(home, now + 9 * SECOND, **incident(id=str(held.incident), step=9))
    expected = "acknowledged" if what == "taken back" else "raised"
    assert states_sent(home, now + 60 * SECOND) == ["acknowledged", expected]


def test_merged_alert_goes_on_when_the_closing_of_the_other_is_taken_back(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    merged = raised_alert(home, now)
    together.merge(merged.pk, held.pk, kim, now)
    desk.close(held.pk, kim, "helped", "", now)
    together.undo(held.pk, kim, now + SECOND)
    merged.refresh_from_db()
    assert (merged.state, merged.outcome) == ("closed", "merged")
    assert "closed" not in states_sent(home, now + 60 * SECOND)


@pytest.mark.parametrize("case", ["late", "another person", "something else happened", "renewed"])
def test_what_cannot_be_taken_back(
    held: Alert, kim: Account, park: Account, now: datetime, case: str
) -> None:
    person, moment = kim, now + SECOND
    if case == "late":
        moment = now + 11 * SECOND
    elif case == "another person":
        person = park
    elif case == "something else happened":
        together.offer(held.pk, kim, park, "", now)
    else:
        desk.acknowledge(held.pk, kim, now)
    with pytest.raises(life.TooLateError):
        together.undo(held.pk, person, moment)


def test_note_or_repeated_report_does_not_stop_taking_back(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    together.note(held.pk, kim, "전화 중", now + SECOND)
    raised_alert(home, now + 2 * SECOND, **incident(id=str(held.incident), step=4))
    together.undo(held.pk, kim, now + 3 * SECOND)
    held.refresh_from_db()
    assert held.state == "raised"


def test_merged_alert_ends_with_the_one_that_stays(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    twin = raised_alert(home, now, severity="emergency", kind="help_call")
    before = len(told(home))
    together.merge(twin.pk, held.pk, kim, now)
    twin.refresh_from_db()
    assert (twin.state, twin.outcome, twin.merged_into) == ("closed", "merged", held)
    # The home still believes it open, and hears of its end with the other one's.
    assert len(told(home)) == before
    desk.close(held.pk, kim, "helped", "", now)
    last = DownlinkMessage.objects.filter(home=home).order_by("-seq")[:2]
    assert {message.message["incident"]["id"] for message in last} == {
        str(held.incident),
        str(twin.incident),
    }
    assert {message.message["incident"]["outcome"] for message in last} == {"helped"}


def test_merging_never_makes_an_alert_less_urgent(home: Home, kim: Account, now: datetime) -> None:
    urgent, stays = raised_alert(home, now), raised_alert(home, now, severity="notice")
    together.merge(urgent.pk, stays.pk, kim, now)
    stays.refresh_from_db()
    assert stays.severity == 1


def test_further_sign_of_a_merged_alert_opens_it_again(
    held: Alert, kim: Account, home: Home, now: datetime
) -> None:
    twin = raised_alert(home, now)
    together.merge(twin.pk, held.pk, kim, now)
    raised_alert(home, now, **incident(id=str(twin.incident), step=9))
    twin.refresh_from_db()
    assert (twin.state, twin.merged_into) == ("raised", None)


def test_alerts_of_two_homes_are_never_merged(held: Alert, kim: Account, now: datetime) -> None:
    other = raised_alert(enrolled_home(now=now), now)
    with pytest.raises(life.NotTogetherError):
        together.merge(other.pk, held.pk, kim, now)
    with pytest.raises(life.NotTogetherError):
        together.merge(held.pk, held.pk, kim, now)


def test_what_a_colleague_holds_is_not_merged_away(
    held: Alert, park: Account, home: Home, now: datetime
) -> None:
    other = raised_alert(home, now)
    with pytest.raises(life.HeldByAnotherError):
        together.merge(held.pk, other.pk, park, now)


def test_many_are_taken_on_at_once_but_not_what_colleagues_hold(
    held: Alert, park: Account, home: Home, now: datetime
) -> None:
    others = [raised_alert(enrolled_home(now=now), now).pk for _ in range(3)]
    assert together.acknowledge_many([*others, held.pk], park, now) == (3, 1)
    held.refresh_from_db()
    assert held.holder != park


def test_page_tells_why_a_step_was_refused(held: Alert, park: Account) -> None:
    client = Client()
    client.force_login(park)
    content = client.post(f"/alerts/{held.pk}/give-back/", follow=True).content.decode()
    assert "이 알림을 확인 중인 사람만 할 수 있습니다." in content


def test_story_shows_offer_note_and_hand_over(held: Alert, kim: Account, park: Account) -> None:
    giver, taker = Client(), Client()
    giver.force_login(kim)
    taker.force_login(park)
    giver.post(f"/alerts/{held.pk}/note/", {"text": "이웃에게 부탁함"})
    giver.post(f"/alerts/{held.pk}/offer/", {"to": park.pk, "note": "딸과 통화 중"})
    assert "나에게 온 인계" in taker.get("/").content.decode()
    offered = Handover.objects.get()
    taker.post(f"/handovers/{offered.pk}/", {"answer": "accept"})
    content = taker.get(f"/alerts/{held.pk}/").content.decode()
    for shown in ("이웃에게 부탁함", "딸과 통화 중", "인계 완료", "kim 복지사 → park 복지사"):
        assert shown in content


def test_who_called_119_is_in_the_timeline(home: Home, kim: Account) -> None:
    alert = raised_alert(home, timezone.now())
    client = Client()
    client.force_login(kim)
    assert "119에 전화할 때" in client.get(f"/alerts/{alert.pk}/").content.decode()
    client.post(f"/alerts/{alert.pk}/called-119/")
    assert alert.transitions.get(step=Step.NOTED).note == "119에 전화함."
