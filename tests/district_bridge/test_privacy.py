"""Consent is asked at the moment data would flow, and what is past its time is destroyed, on record."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from district_bridge.alerts import desk, together
from district_bridge.alerts.models import Alert
from district_bridge.channels.family import families
from district_bridge.downlink import post
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes import codes, keys
from district_bridge.homes.models import Contact, EnrolmentCode, HomeKey, Resident
from district_bridge.intake.audit import audit
from district_bridge.privacy import consent, keyring, purposes, retention
from district_bridge.privacy.housekeeping import Housekeeping
from district_bridge.privacy.models import Consent, Daily, Destruction
from district_bridge.wire.keys import thumbprint
from tests.district_bridge.home_side import Signing
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert, run_command
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FAMILY = purposes.FAMILY_NOTICES


@pytest.fixture
def signing() -> Signing:
    return Signing()


@pytest.fixture
def home(signing: Signing) -> Home:
    return enrolled_home(signing, now=NOW - timedelta(days=2000))


def test_nothing_flows_without_consent_and_care_itself_needs_none(home: Home) -> None:
    assert not consent.allows(home.pk, FAMILY)
    assert consent.allows(home.pk, purposes.EMERGENCY_CARE)
    with pytest.raises(KeyError):
        consent.allows(home.pk, "advertising")


def test_a_withdrawal_stops_the_flow_at_once_and_stays_as_proof(home: Home) -> None:
    kim = caseworker("kim")
    contact = Contact.objects.create(home=home, name="박영희", phone="010")
    assert families([home.pk]).of(home.pk) == ("no_consent", ())
    consent.give(home, FAMILY, NOW, kim)
    assert families([home.pk]).of(home.pk) == ("told", [contact.pk])
    assert consent.withdraw(home, FAMILY, NOW + timedelta(hours=1), kim)
    assert families([home.pk]).of(home.pk) == ("no_consent", ())
    proof = Consent.objects.get()
    assert (proof.version, proof.given_to, proof.withdrawn_to) == (1, kim, kim)
    assert not consent.withdraw(home, FAMILY, NOW)


def test_giving_twice_is_one_consent(home: Home) -> None:
    assert consent.give(home, FAMILY, NOW) == consent.give(home, FAMILY, NOW + timedelta(hours=1))


def test_a_new_text_needs_a_new_consent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    consent.give(home, FAMILY, NOW)
    old = purposes.BY_ID[FAMILY]
    newer = purposes.Purpose(old.id, old.title, old.text, version=2)
    monkeypatch.setitem(purposes.BY_ID, FAMILY, newer)
    monkeypatch.setattr(consent, "PURPOSES", (newer,))
    assert not consent.allows(home.pk, FAMILY)
    [standing] = consent.standing(home)
    assert (standing.is_given, standing.is_outdated) == (False, True)
    consent.give(home, FAMILY, NOW)
    assert consent.allows(home.pk, FAMILY)
    assert Consent.objects.filter(withdrawn_at=None).count() == 1


def test_what_was_kept_because_of_a_consent_goes_with_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setattr(consent, "_destroyers", {})
    for _ in range(2):
        consent.on_withdrawal(purposes.ROUTINE_PICTURE, gone.append)
    consent.give(home, purposes.ROUTINE_PICTURE, NOW)
    consent.withdraw(home, purposes.ROUTINE_PICTURE, NOW)
    assert gone == [home.pk]


def test_the_service_itself_is_not_withdrawn_like_a_consent(home: Home) -> None:
    with pytest.raises(consent.NotByConsentError):
        consent.withdraw(home, purposes.EMERGENCY_CARE, NOW)


def test_a_caseworker_notes_consent_and_withdrawal_on_the_homes_page(home: Home) -> None:
    client = signed_in(caseworker("kim"))
    path = f"/homes/{home.pk}/consents/{FAMILY}/"
    assert (
        'data-purpose="family_notices" data-given="no"' in client.get(f"/homes/{home.pk}/").content.decode()
    )
    client.post(path, {"answer": "give"})
    assert (
        'data-purpose="family_notices" data-given="yes"' in client.get(f"/homes/{home.pk}/").content.decode()
    )
    client.post(path, {"answer": "withdraw"})
    assert not consent.allows(home.pk, FAMILY)
    assert client.post(path, {"answer": "perhaps"}).status_code == 400
    for wrong in ("emergency_care", "advertising"):
        assert client.post(f"/homes/{home.pk}/consents/{wrong}/", {"answer": "give"}).status_code == 404


def test_closed_alerts_go_after_three_years_and_the_audit_still_holds(home: Home, signing: Signing) -> None:
    kim = caseworker("kim")
    old, young, still_open = (raised_alert(home, now=NOW) for _ in range(3))
    desk.close(old.pk, kim, "helped", "", NOW - timedelta(days=1200))
    desk.close(young.pk, kim, "helped", "", NOW - timedelta(days=30))
    before = audit()
    [record] = [record for record in retention.run(NOW) if record.kind == "closed_alerts"]
    assert (record.count, record.failure, record.by) == (1, "", "bridge")
    assert set(Alert.objects.values_list("pk", flat=True)) == {young.pk, still_open.pk}
    after = audit()
    assert (before.received - after.received, before.closed - after.closed) == (0, 1)
    assert old.pk not in Alert.objects.values_list("pk", flat=True)


def test_merged_alerts_go_with_what_they_were_merged_into(home: Home) -> None:
    kim = caseworker("kim")
    ended = NOW - timedelta(days=1200)
    into, first, later = (raised_alert(home, now=NOW) for _ in range(3))
    for merged in (first, later):
        together.merge(merged.pk, into.pk, kim, ended)
    desk.close(into.pk, kim, "helped", "", ended)
    Alert.objects.filter(pk=later.pk).update(closed_at=NOW)
    [record] = [record for record in retention.run(NOW) if record.kind == "closed_alerts"]
    assert (record.count, record.failure) == (2, "")
    assert Alert.objects.get().merged_into is None


def test_old_messages_to_homes_go(home: Home) -> None:
    with transaction.atomic():
        post.post_say(home.pk, text="점심 드셨어요?", by="kim", now=NOW - timedelta(days=31))
        post.post_say(home.pk, text="약 드셨어요?", by="kim", now=NOW)
    retention.run(NOW)
    assert DownlinkMessage.objects.get().message["text"] == "약 드셨어요?"


@pytest.mark.parametrize(
    ("because", "days", "erased"), [("moved", 31, 1), ("died", 31, 1), ("moved", 29, 0), ("stolen", 99, 0)]
)
def test_a_resident_who_left_is_forgotten_after_a_month(
    home: Home, signing: Signing, because: str, days: int, erased: int
) -> None:
    Contact.objects.create(home=home, name="박영희")
    raised_alert(home)
    keys.revoke(HomeKey.objects.get(home=home), "이사", NOW - timedelta(days=days), because)
    records = [record for record in retention.run(NOW) if record.kind == "former_residents"]
    assert sum(record.count for record in records) == erased
    assert (Resident.objects.get(home=home).name == retention.ERASED) is bool(erased)
    assert Contact.objects.exists() is not bool(erased)
    assert Alert.objects.filter(home=home).exists()
    assert not [record for record in retention.run(NOW) if record.kind == "former_residents"]


@pytest.mark.parametrize(("because", "left"), [("moved", 0), ("died", 0), ("stolen", 1), ("cloned", 1)])
def test_where_nobody_lives_any_more_the_robot_has_no_word_either(
    home: Home, because: str, left: int
) -> None:
    robot = Signing()
    HomeKey.objects.create(
        kid=thumbprint(robot.jwk), home=home, owner="robot", robot="r", jwk=robot.jwk, added_at=NOW
    )
    codes.new_code(home, NOW)
    keys.revoke(HomeKey.objects.get(home=home, owner="home"), "", NOW, because)
    assert HomeKey.objects.filter(home=home, revoked_at=None).count() == left
    assert EnrolmentCode.objects.filter(home=home, expires_at__gt=NOW).count() == left
    home.refresh_from_db()
    assert home.link == "revoked"


def test_one_class_that_fails_is_recorded_and_the_others_follow(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_cutoff: datetime) -> int:
        raise RuntimeError("still needed")

    broken = retention.Kept("broken", "", timedelta(0), lambda _cutoff: Alert.objects.none(), fails)
    monkeypatch.setattr(retention, "CLASSES", (broken, *retention.CLASSES))
    with transaction.atomic():
        post.post_say(home.pk, text="점심", by="kim", now=NOW - timedelta(days=31))
    records = {record.kind: record for record in retention.run(NOW)}
    assert records["broken"].failure == "RuntimeError: still needed"
    assert records["downlink"].count == 1
    assert set(records) == {"broken", "downlink", "enrolment_codes"}


def test_destruction_comes_once_a_day_whichever_process_does_it(home: Home) -> None:
    first, second = Housekeeping(), Housekeeping()
    for tick in range(20):
        first.tick(NOW + timedelta(seconds=tick))
        second.tick(NOW + timedelta(seconds=tick))
    assert Daily.objects.get().begun_at == NOW
    with transaction.atomic():
        post.post_say(home.pk, text="점심", by="kim", now=NOW - timedelta(days=31))
    for tick in range(20):
        second.tick(NOW + timedelta(hours=25, seconds=tick))
    assert not DownlinkMessage.objects.filter(message__type="say").exists()
    assert Daily.objects.get().begun_at > NOW


def test_an_operator_sees_what_is_due_and_destroys_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    run_command("retention")
    assert re.search(r"1\s+enrolment_codes", capsys.readouterr().out)
    assert run_command("retention", "--destroy") == 0
    assert re.search(r"1\s+enrolment_codes +destroyed", capsys.readouterr().out)
    assert Destruction.objects.get().by.startswith("command line (")


def test_an_operator_rotates_the_keys(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "file", lambda: tmp_path / keyring.FILE)
    enrolled_home()
    assert run_command("rotate-keys") == 0
    assert "sealed anew  1 rows" in capsys.readouterr().out
    assert run_command("rotate-keys", "--resume") == 0
    assert "sealed anew  0 rows" in capsys.readouterr().out
    assert run_command("rotate-keys", "--drop-unused") == 0
    assert "dropped      k" in capsys.readouterr().out
