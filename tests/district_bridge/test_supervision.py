"""Silence is a sign, told by a clock that the tests wind."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from district_bridge.alerts import desk, life
from district_bridge.alerts.models import Alert, Step
from district_bridge.downlink import post
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.downlink.postmaster import Postmaster
from district_bridge.homes import keys
from district_bridge.homes.models import Home, HomeKey, KeyOwner
from district_bridge.intake.audit import audit
from district_bridge.supervision import silence, watch
from district_bridge.supervision.loop import Supervisor
from tests.district_bridge.home_side import Signing
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LIMIT = timedelta(seconds=150)


def speak(home: Home, now: datetime, owner: str = KeyOwner.HOME) -> None:
    home.refresh_from_db()
    watch.spoke(home, owner, now)
    home.save()


def steps(alert: Alert) -> list[str]:
    return list(alert.transitions.values_list("step", flat=True))


def test_silent_home_is_known_within_180_seconds(home: Home, now: datetime) -> None:
    assert watch.raise_silent_homes(now + LIMIT - SECOND) == 0
    assert watch.raise_silent_homes(now + LIMIT) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.state, alert.summary_ko) == ("device", "raised", "집과 연결이 끊겼습니다.")
    home.refresh_from_db()
    assert (home.link, home.offline_since) == ("offline", now + LIMIT)
    assert timedelta(seconds=180) > LIMIT + SECOND


def test_silence_is_told_once(home: Home, now: datetime) -> None:
    watch.raise_silent_homes(now + LIMIT)
    assert watch.raise_silent_homes(now + 10 * LIMIT) == 0
    assert Alert.objects.count() == 1


def test_returned_home_ends_the_alert_that_nobody_took(home: Home, now: datetime) -> None:
    watch.raise_silent_homes(now + LIMIT)
    speak(home, now + 2 * LIMIT)
    alert = Alert.objects.get()
    assert (alert.state, alert.outcome, alert.holder) == ("closed", "resolved_at_home", None)
    assert steps(alert) == [Step.RAISED, Step.RETURNED, Step.CLOSED]
    assert alert.transitions.get(step=Step.CLOSED).source == "bridge"
    home.refresh_from_db()
    assert (home.link, home.offline_since) == ("online", None)
    assert audit().holds


def test_returned_home_leaves_the_alert_that_a_person_took(home: Home, now: datetime) -> None:
    watch.raise_silent_homes(now + LIMIT)
    alert = Alert.objects.get()
    desk.acknowledge(alert.pk, caseworker(), now + LIMIT)
    speak(home, now + LIMIT + SECOND)
    alert.refresh_from_db()
    assert (alert.state, alert.suggested_outcome) == ("acknowledged", "resolved_at_home")


def test_home_that_falls_silent_again_uses_its_open_alert_again(home: Home, now: datetime) -> None:
    watch.raise_silent_homes(now + LIMIT)
    alert = Alert.objects.get()
    desk.acknowledge(alert.pk, caseworker(), now + LIMIT)
    speak(home, now + LIMIT + SECOND)
    watch.raise_silent_homes(now + 3 * LIMIT)
    alert.refresh_from_db()
    assert steps(alert) == [Step.RAISED, Step.ACKNOWLEDGED, Step.RETURNED, Step.SILENT_AGAIN]
    assert alert.suggested_outcome == ""


def test_robot_that_speaks_does_not_hide_that_the_home_is_silent(home: Home, now: datetime) -> None:
    speak(home, now + LIMIT - SECOND, KeyOwner.ROBOT)
    assert watch.raise_silent_homes(now + LIMIT) == 1
    speak(home, now + LIMIT + SECOND, KeyOwner.ROBOT)
    home.refresh_from_db()
    assert (home.link, home.robot_seen_at) == ("offline", now + LIMIT + SECOND)
    assert Alert.objects.get().state == "raised"


def test_bridge_that_was_away_gives_homes_one_whole_limit(home: Home, now: datetime) -> None:
    supervisor = Supervisor()
    back = now + timedelta(hours=3)
    supervisor.round(back)
    assert not Alert.objects.exists()
    for seconds in range(1, 150):
        supervisor.round(back + timedelta(seconds=seconds))
    assert not Alert.objects.exists()
    supervisor.round(back + LIMIT)
    assert Alert.objects.get().opened_at == back + LIMIT


def test_bridge_that_was_paused_is_not_taken_for_silent_homes(home: Home, now: datetime) -> None:
    supervisor = Supervisor()
    supervisor.round(now)
    supervisor.round(now + timedelta(minutes=10))
    assert not Alert.objects.exists()


def test_side_work_that_always_fails_hides_no_silent_home(
    home: Home, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_now: datetime) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(silence, "end_outages", broken)
    supervisor = Supervisor()
    for seconds in range(0, 181, 10):
        supervisor.round(now + seconds * SECOND)
    home.refresh_from_db()
    assert home.link == "offline"


def test_deadlines_are_found_by_index(home: Home, now: datetime) -> None:
    due = Home.objects.filter(deadline_at__lte=now).order_by("deadline_at")
    if connection.vendor == "postgresql":
        # A table of one row is always read whole; what counts is that the index can be used.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "home_deadline" in due.explain()
    lapsing = Alert.objects.filter(lease_until__lte=now).order_by("lease_until")
    assert "alert_lease" in lapsing.explain()


def test_alert_comes_back_when_its_lease_lapses(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    person = caseworker()
    desk.acknowledge(alert.pk, person, now)
    assert watch.lapse_leases(now + timedelta(seconds=899)) == 0
    assert watch.lapse_leases(now + timedelta(seconds=900)) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.holder, alert.lease_until) == ("raised", None, None)
    told = [sent.message["incident"]["state"] for sent in DownlinkMessage.objects.order_by("seq")]
    assert told == ["acknowledged", "raised"]


def test_acknowledging_again_renews_the_lease(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    person = caseworker()
    desk.acknowledge(alert.pk, person, now)
    desk.acknowledge(alert.pk, person, now + timedelta(seconds=600))
    assert watch.lapse_leases(now + timedelta(seconds=900)) == 0
    assert watch.lapse_leases(now + timedelta(seconds=1500)) == 1


def test_alert_that_one_holds_another_cannot_take_or_close(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    desk.acknowledge(alert.pk, caseworker("kim"), now)
    other = caseworker("lee")
    with pytest.raises(life.HeldByAnotherError):
        desk.acknowledge(alert.pk, other, now)
    with pytest.raises(life.HeldByAnotherError):
        desk.close(alert.pk, other, "helped", "", now)


def test_closed_alert_stays_closed(home: Home, now: datetime) -> None:
    alert = raised_alert(home, now)
    person = caseworker()
    desk.close(alert.pk, person, "helped", "전화로 확인함", now)
    with pytest.raises(life.AlreadyClosedError):
        desk.acknowledge(alert.pk, person, now)
    assert watch.lapse_leases(now + timedelta(days=1)) == 0


def test_home_hears_of_every_step_of_its_incident_and_of_no_other(home: Home, now: datetime) -> None:
    other = enrolled_home(now=now)
    alert = raised_alert(home, now)
    person = caseworker()
    desk.acknowledge(alert.pk, person, now)
    desk.close(alert.pk, person, "helped", "", now)
    sent = list(DownlinkMessage.objects.filter(home=home).order_by("seq"))
    assert [message.seq for message in sent] == [1, 2]
    assert [message.message["incident"]["state"] for message in sent] == ["acknowledged", "closed"]
    assert sent[1].message["incident"]["outcome"] == "helped"
    assert sent[1].message["incident"]["by"] == "kim 복지사"
    assert not DownlinkMessage.objects.filter(home=other).exists()


def test_postmaster_finds_what_no_wake_up_told_of(home: Home, now: datetime) -> None:
    signing = Signing()
    other = enrolled_home(signing, now)
    post.post_say(home.pk, text="안녕하세요", by="김복지", now=now)
    postmaster = Postmaster()
    assert postmaster.look(now) == set()
    assert postmaster.look(now) == set()
    for _ in range(3):
        post.post_say(other.pk, text="안녕하세요", by="김복지", now=now)
    assert postmaster.look(now) == {other.pk}
    assert postmaster.look(now) == set()
    keys.revoke(HomeKey.objects.get(kid=signing.kid), "stolen", now)
    assert postmaster.look(now + SECOND) == {other.pk}
    assert postmaster.look(now + 2 * SECOND) == set()


def test_postmaster_finds_a_message_that_became_visible_after_a_newer_one(home: Home, now: datetime) -> None:
    post.post_say(home.pk, text="안녕하세요", by="김복지", now=now)
    late = post.post_say(home.pk, text="안녕하세요", by="김복지", now=now)
    late_id = late.pk
    late.delete()
    newer = enrolled_home(now=now)
    post.post_say(newer.pk, text="안녕하세요", by="김복지", now=now)
    postmaster = Postmaster()
    postmaster.look(now)
    DownlinkMessage.objects.create(
        id=late_id, home=home, seq=late.seq, message=late.message, created_at=late.created_at
    )
    assert postmaster.look(now) == {home.pk}
