"""A home changes its key by itself, and a copy of a home is heard in an emergency and in nothing else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from district_bridge.accounts.models import Role
from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.downlink import rotation
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes import codes, keys, senders, trust
from district_bridge.homes.models import Home, HomeKey
from district_bridge.homes.senders import Use, Word
from district_bridge.intake import batch, enrolment, store
from district_bridge.intake.audit import audit
from district_bridge.intake.models import InboxMessage, Sequence
from district_bridge.supervision import watch
from district_bridge.wire import problems
from tests.district_bridge.home_side import Signing, batch_claims, heartbeat, incident, message
from tests.district_bridge.people import caseworker, enrolled_home

database = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LATER = 31 * SECOND
AT = datetime.fromisoformat("2026-11-22T03:00:00+00:00")


class Device:
    """One program that signs for a home; ``boot`` is its name since its start."""

    def __init__(self, home: Home, signing: Signing, boot: str = "") -> None:
        self.home, self.signing, self.boot = home, signing, boot

    def token(self, typ: str, now: datetime, *messages: Any) -> str:
        named = {"boot": self.boot} if self.boot else {}
        claims = batch_claims(self.home.id, list(messages), iat=int(now.timestamp()), **named)
        return self.signing.sign(typ, claims)

    def send(self, now: datetime, *messages: Any) -> store.Receipt:
        return batch.take(self.token("seogu-batch+jwt", now, *messages), now)[1]

    def listen(self, now: datetime) -> trust.Sender:
        return trust.identify(self.token("seogu-listen+jwt", now), "seogu-listen+jwt", now)[0]

    def new_key(self, fresh: Signing, **claims: Any) -> dict[str, Any]:
        said = {"iss": self.home.id, "aud": "seogu-bridge", "iat": 1, "replaces": self.signing.kid, **claims}
        return message("new_key", proof=fresh.sign("seogu-key+jwt", said, jwk=fresh.jwk))

    def started_anew(self, boot: str, signing: Signing | None = None) -> Device:
        return Device(self.home, signing or self.signing, boot)


def raised(**more: Any) -> dict[str, Any]:
    return message("incident", incident=incident(**more))


def row(device: Device) -> HomeKey:
    return HomeKey.objects.get(kid=device.signing.kid)


@pytest.fixture
def device(now: datetime) -> Device:
    signing = Signing()
    return Device(enrolled_home(signing, now), signing, "first start")


@pytest.fixture
def copied(device: Device, now: datetime) -> tuple[Device, Device]:
    """The genuine device, and a copy that has just been noticed."""
    copy = device.started_anew("the copy's start")
    device.send(now, heartbeat())
    copy.send(now, heartbeat())
    device.send(now + LATER, heartbeat())
    with pytest.raises(problems.HeldError):
        copy.send(now + LATER, heartbeat())
    return device, copy


# A device changes its key.


@database
def test_both_keys_sign_until_the_new_one_was_used(device: Device, now: datetime) -> None:
    fresh = Signing()
    new = device.started_anew(device.boot, fresh)
    told = device.new_key(fresh)
    assert device.send(now, told).stored == [told["id"]]
    # The receipt was lost, and the home tells it again.
    assert device.send(now, told).duplicate == [told["id"]]
    device.send(now, heartbeat())
    assert (row(new).takes_over, row(device).revoked_at) == (row(device), None)
    new.send(now + SECOND, heartbeat())
    assert (row(new).takes_over, row(device).revoked_because) == (None, "rotated")
    assert new.listen(now).home_id == device.home.id
    with pytest.raises(problems.HeldError):
        device.listen(now)
    assert not Alert.objects.exists()


@database
def test_new_key_that_was_never_used_gives_way_to_the_next(device: Device, now: datetime) -> None:
    lost, fresh = Signing(), Signing()
    device.send(now, device.new_key(lost))
    device.send(now, device.new_key(fresh))
    with pytest.raises(problems.RevokedError):
        device.started_anew("", lost).send(now, heartbeat())
    device.started_anew("", fresh).send(now, heartbeat())
    assert row(device).revoked_because == "rotated"


@database
def test_robot_changes_its_own_key_also_when_the_home_has_vouched_for_it_first(
    device: Device, now: datetime
) -> None:
    old, fresh = Signing(), Signing()
    robot = device.started_anew("robot's start", old)
    device.send(now, message("robot_key", robot="seogu-7f3a", jwk=old.jwk))
    device.send(now, message("robot_key", robot="seogu-7f3a", jwk=fresh.jwk))
    robot.send(now, robot.new_key(fresh))
    new = robot.started_anew(robot.boot, fresh)
    new.send(now, raised())
    assert (row(new).owner, row(new).robot) == ("robot", "seogu-7f3a")
    assert (row(robot).revoked_because, row(device).revoked_at) == ("rotated", None)


@database
@pytest.mark.parametrize("wrong", ["home", "old key", "signature", "known", "kind", "nothing"])
def test_new_key_without_a_good_proof_is_refused_with_the_reason(
    device: Device, now: datetime, wrong: str
) -> None:
    fresh, other = Signing(), Signing()
    enrolled_home(other, now)
    told = {
        "home": device.new_key(fresh, iss="h-other"),
        "old key": device.new_key(fresh, replaces=other.kid),
        "signature": message("new_key", proof=device.new_key(fresh)["proof"][:-8] + "AAAAAAAA"),
        "known": device.new_key(other),
        "kind": message("new_key", proof=fresh.sign("seogu-batch+jwt", {}, jwk=fresh.jwk)),
        "nothing": message("new_key"),
    }[wrong]
    receipt = device.send(now, told)
    assert receipt.stored == []
    assert receipt.refused[0]["reason"]
    assert row(device).revoked_at is None
    assert not HomeKey.objects.filter(kid=fresh.kid).exists()


@database
def test_key_made_by_whoever_had_a_stolen_one_ends_with_it(device: Device, now: datetime) -> None:
    fresh = Signing()
    device.send(now, device.new_key(fresh))
    keys.revoke(row(device), "도난", now, "stolen")
    with pytest.raises(problems.RevokedError):
        device.started_anew("", fresh).send(now, raised())


@database
def test_old_key_after_a_change_is_heard_in_an_emergency_and_people_are_told(
    device: Device, now: datetime
) -> None:
    """A thief who changes the key of a home must not silence it."""
    fresh = Signing()
    device.send(now, device.new_key(fresh))
    device.started_anew("thief", fresh).send(now, heartbeat())
    plea, beat = raised(), heartbeat()
    assert device.send(now + SECOND, beat, plea).stored == [plea["id"]]
    with pytest.raises(problems.HeldError):
        device.send(now + SECOND, heartbeat())
    told = {alert.origin: alert for alert in Alert.objects.all()}
    assert told["home"].from_copy
    assert told["bridge"].from_copy
    assert keys.homes_with_held_keys() == 1
    keys.revoke(row(device), "복사됨", now, "cloned")
    with pytest.raises(problems.RevokedError):
        device.send(now + SECOND, raised())
    assert keys.homes_with_held_keys() == 0


@database
def test_old_keys_are_asked_to_change_once_and_again_after_a_month(
    device: Device, now: datetime, settings: Any
) -> None:
    robot = Signing()
    device.send(now, message("robot_key", robot="seogu-7f3a", jwk=robot.jwk))
    year = now + timedelta(days=366)
    assert rotation.ask_those_due(now) == 0
    assert rotation.ask_those_due(year, limit=1) == 1
    assert rotation.ask_those_due(year) == 1
    assert rotation.ask_those_due(year + SECOND) == 0
    asked = {sent.message["kid"] for sent in DownlinkMessage.objects.filter(message__type="rotate_key")}
    assert asked == {device.signing.kid, robot.kid}
    assert rotation.ask_those_due(year + timedelta(days=31)) == 2
    settings.KEY_DAYS = 0
    assert rotation.ask_those_due(year + timedelta(days=99)) == 0


# A copy of a home.


@database
def test_copy_is_noticed_when_the_genuine_device_speaks_again(
    copied: tuple[Device, Device], now: datetime
) -> None:
    device, copy = copied
    assert (row(device).held_at, row(device).boot) == (now + LATER, device.boot)
    with pytest.raises(problems.HeldError):
        copy.send(now + 2 * LATER, heartbeat())
    with pytest.raises(problems.HeldError):
        copy.listen(now + 2 * LATER)
    device.send(now + 2 * LATER, heartbeat())
    assert device.listen(now).boot == device.boot
    alert = Alert.objects.get()
    assert (alert.origin, alert.kind, alert.from_copy) == ("bridge", "device", True)
    assert alert.outgoing.filter(kind="escalate").exists()


@database
def test_plea_of_a_copy_opens_a_marked_alert_and_nothing_else_of_it_counts(
    copied: tuple[Device, Device], now: datetime
) -> None:
    _, copy = copied
    seen = Home.objects.get().last_seen_at
    plea, over = {**raised(), "seq": 900}, raised(state="closed", outcome="false_alarm")
    receipt = copy.send(now + 2 * LATER, heartbeat(), plea, over, message("robot_key", robot="abc", jwk={}))
    assert (receipt.stored, receipt.refused, receipt.duplicate) == ([plea["id"]], [], [])
    told = Alert.objects.get(incident=plea["incident"]["id"])
    assert (told.from_copy, told.home_step, told.state) == (True, -1, "raised")
    assert Home.objects.get().last_seen_at == seen
    assert not Sequence.objects.exists()
    assert InboxMessage.objects.count() == 1
    assert audit().holds


@database
def test_copy_neither_changes_nor_silences_what_the_genuine_device_told(
    copied: tuple[Device, Device], now: datetime
) -> None:
    device, copy = copied
    kim = caseworker()
    told = incident(step=3)
    device.send(now + LATER, message("incident", incident=told))
    alert = Alert.objects.get(incident=told["id"])
    words = {"ko": "거짓", "en": "untrue"}
    copy.send(now + LATER, message("incident", incident={**told, "step": 2**31 - 1, "summary": words}))
    alert.refresh_from_db()
    assert (alert.summary_ko, alert.home_step, alert.reports) == (told["summary"]["ko"], 3, 2)
    desk.close(alert.pk, kim, "helped", "", now + LATER)
    device.send(now + LATER, message("incident", incident={**told, "step": 4}))
    alert.refresh_from_db()
    assert (alert.state, alert.from_copy) == ("raised", False)
    desk.close(alert.pk, kim, "helped", "", now + LATER)
    copy.send(now + LATER, message("incident", incident=told))
    alert.refresh_from_db()
    assert alert.state == "raised"
    assert audit().holds


@database
def test_own_word_of_the_home_brings_back_what_was_closed_as_a_copys(
    copied: tuple[Device, Device], now: datetime
) -> None:
    device, copy = copied
    told = incident()
    copy.send(now + LATER, message("incident", incident=told))
    alert = Alert.objects.get(incident=told["id"])
    desk.close(alert.pk, caseworker(), "false_alarm", "", now + LATER)
    device.send(now + LATER, message("incident", incident=told))
    alert.refresh_from_db()
    assert (alert.state, alert.from_copy) == ("raised", False)


@database
def test_new_code_decides_who_is_genuine(copied: tuple[Device, Device], now: datetime) -> None:
    device, copy = copied
    code = codes.new_code(device.home, now)
    fresh = Signing()
    claims = {"aud": "seogu-bridge", "iat": int(now.timestamp()), "jti": "x", "code": code.code}
    enrolment.enrol(fresh.sign("seogu-enrol+jwt", claims, jwk=fresh.jwk), now)
    assert keys.homes_with_held_keys() == 0
    for old in (device, copy):
        with pytest.raises(problems.RevokedError):
            old.send(now, raised())
    device.started_anew("", fresh).send(now, heartbeat())


@database
def test_no_key_is_changed_or_vouched_for_while_two_devices_use_the_homes(
    copied: tuple[Device, Device], now: datetime
) -> None:
    device, _ = copied
    robot = message("robot_key", robot="seogu-7f3a", jwk=Signing().jwk)
    receipt = device.send(now + LATER, device.new_key(Signing()), robot)
    assert len(receipt.refused) == 2
    assert HomeKey.objects.count() == 1
    with pytest.raises(rotation.NothingToRotateError):
        rotation.ask(row(device), now)


@database
def test_silence_of_a_home_is_another_alert_than_its_copy(
    copied: tuple[Device, Device], now: datetime
) -> None:
    device, copy = copied
    copy.send(now + 100 * SECOND, raised())
    assert watch.raise_silent_homes(now + 200 * SECOND) == 1
    own = Alert.objects.filter(origin="bridge")
    assert sorted(own.values_list("from_copy", flat=True)) == [False, True]
    device.send(now + 201 * SECOND, heartbeat())
    assert {alert.from_copy: alert.state for alert in own.all()} == {False: "closed", True: "raised"}
    assert audit().holds


@database
def test_administrator_lets_the_only_device_be_believed_again(
    copied: tuple[Device, Device], now: datetime
) -> None:
    _, copy = copied
    client = Client()
    client.force_login(caseworker("admin", role=Role.ADMIN))
    page = client.get(f"/homes/{copy.home.id}/").content.decode()
    assert "두 기기가 이 키를 쓰고 있습니다." in page
    assert "한 키를 두 기기가 사용" in client.get("/").content.decode()
    key = row(copy)
    client.post(f"/homes/{copy.home.id}/keys/{key.pk}/release/")
    copy.send(now + 2 * LATER, heartbeat())
    assert (row(copy).held_at, row(copy).boot) == (None, copy.boot)


@database
def test_administrator_asks_for_a_new_key_and_sees_that_it_was_asked_for(
    device: Device, now: datetime
) -> None:
    client = Client()
    client.force_login(caseworker("admin", role=Role.ADMIN))
    client.post(f"/homes/{device.home.id}/keys/{row(device).pk}/rotate/")
    sent = DownlinkMessage.objects.get().message
    assert (sent["type"], sent["kid"]) == ("rotate_key", device.signing.kid)
    assert UUID(sent["id"])
    assert "새 키를 요청함" in client.get(f"/homes/{device.home.id}/").content.decode()


# When two are alive: the decision alone.


def after(*said: tuple[str, int]) -> tuple[Word, Use]:
    use, word = Use(), Word.KNOWN
    for boot, second in said:
        word, use = senders.judge(use, boot, AT + second * SECOND)
    return word, use


def test_starts_one_after_the_other_are_one_device() -> None:
    word, use = after(("", 0), ("a", 9), ("b", 99), ("", 999), ("c", 9999))
    assert (word, use.held_at) == (Word.STARTED, None)


@pytest.mark.parametrize("before", ["a", ""])
def test_batch_that_was_on_its_way_when_the_device_started_anew_is_no_copy(before: str) -> None:
    assert after((before, 0), ("b", 60), (before, 90))[0] is Word.KNOWN
    word, use = after((before, 0), ("b", 60), (before, 90), ("b", 99))
    assert (word, use.boot, use.held_at) == (Word.KNOWN, "b", None)


def test_newcomer_is_held_and_so_is_every_later_start() -> None:
    word, use = after(("a", 0), ("b", 60), ("a", 91), ("b", 92))
    assert (word, use.boot) == (Word.SECOND, "a")
    for boot in ("b", "c", ""):
        assert senders.judge(use, boot, AT)[0] is Word.HELD
    assert senders.judge(use, "a", AT)[0] is Word.KNOWN


def test_last_word_of_a_program_that_arrives_after_the_first_of_the_next_holds_nobody() -> None:
    said = (("first", 0), ("third", 1), ("second", 1), *(("third", second) for second in range(3, 200, 2)))
    word, use = after(*said)
    assert (word, use.held_at) == (Word.KNOWN, None)
    # The one that goes on may be started anew, and that one is believed.
    word, use = after(*said, ("fourth", 300), ("fourth", 400))
    assert (word, use.boot, use.held_at) == (Word.KNOWN, "fourth", None)


@given(st.lists(st.sampled_from("abcd"), max_size=20))
def test_a_copy_is_noticed_exactly_when_another_speaks_after_a_name_came_back(said: list[str]) -> None:
    use, seen = Use(), list[str]()
    returned: str | None = None
    for number, boot in enumerate(said):
        word, use = senders.judge(use, boot, AT + number * LATER)
        if boot in seen and returned not in {None, boot}:
            assert (word, use.boot) == (Word.SECOND, returned)
            assert use.held_at is not None
            return
        assert use.held_at is None
        if boot not in seen:
            seen.append(boot)
            returned = None
        elif returned is None and boot != seen[-1]:
            returned = boot
        assert (use.boot, use.returned) == (seen[-1], returned)
