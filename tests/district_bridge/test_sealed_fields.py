"""Personal fields at rest: sealed, bound to their row, found by name, and sealed anew with a new key."""

import importlib
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from district_bridge.channels.models import Reach
from district_bridge.homes.models import Contact, Home, Resident
from district_bridge.homes.search import named
from district_bridge.privacy import keyring, rotation
from district_bridge.privacy.fields import Sealed
from tests.district_bridge.people import caseworker, enrolled_home
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key ring that the test may change."""
    monkeypatch.setattr(keyring, "file", lambda: tmp_path / keyring.FILE)


def stored(table: str = "homes_resident") -> str:
    """Everything the table holds, as whoever steals the database reads it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of our own
        return repr(cursor.fetchall())


def test_a_stolen_database_names_nobody() -> None:
    home = enrolled_home(resident="김순자")
    resident = home.resident
    resident.phone, resident.address, resident.notes = "042-123-4567", "둔산로 100", "인슐린"
    resident.save()
    Contact.objects.create(home=home, name="박영희", relation="딸", phone="010-9876-5432")
    content = stored() + stored("homes_contact")
    for personal in ("김순자", "042-123", "둔산로", "인슐린", "박영희", "딸", "9876"):
        assert personal not in content
    fresh = Resident.objects.get(home=home)
    assert (fresh.name, fresh.phone, fresh.notes) == ("김순자", "042-123-4567", "인슐린")
    assert fresh.birth_year == ""


def test_the_same_name_is_sealed_differently_each_time() -> None:
    for _ in range(2):
        enrolled_home(resident="김순자")
    first, second = (value.text for value in Resident.objects.values_list("name", flat=True))
    assert first != second


def test_a_value_moved_to_another_row_or_changed_does_not_open() -> None:
    mine, other = enrolled_home(resident="김순자"), enrolled_home(resident="이순이")
    sealed = Resident.objects.values_list("name", flat=True).get(home=other)
    Resident.objects.filter(home=mine).update(name=sealed)
    with pytest.raises(keyring.KeyRingError, match="changed outside"):
        _ = Resident.objects.get(home=mine).name
    flipped = sealed.text[:-3] + ("AA=" if sealed.text[-3:] != "AA=" else "BB=")
    Resident.objects.filter(home=other).update(name=Sealed(flipped))
    with pytest.raises(keyring.KeyRingError):
        _ = Resident.objects.get(home=other).name


def test_a_value_under_an_unknown_key_says_what_to_do() -> None:
    home = enrolled_home()
    Resident.objects.filter(home=home).update(name=Sealed("k00000000.AAAA"))
    with pytest.raises(keyring.KeyRingError, match="backup"):
        _ = Resident.objects.get(home=home).name


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("김순자", "김순자"),
        ("김순자", "순자"),
        ("김순자", " 김 순자 "),
        ("Anna Kim", "anna kim"),
        ("Anna Kim", "Kim"),
    ],
)
def test_a_resident_is_found_by_the_whole_or_the_given_name(name: str, typed: str) -> None:
    home = enrolled_home(resident=name)
    enrolled_home(resident="이순이")
    assert list(Home.objects.filter(named(typed))) == [home]


@pytest.mark.parametrize("typed", ["김", "자", "", "  ", "김순자자"])
def test_a_part_of_a_name_finds_nobody(typed: str) -> None:
    enrolled_home(resident="김순자")
    assert not Home.objects.filter(named(typed)).exists()


def test_a_changed_name_is_found_by_the_new_one_only() -> None:
    home = enrolled_home(resident="김순자")
    resident = Resident.objects.get(home=home)
    resident.name = "박말순"
    resident.save()
    assert list(Home.objects.filter(named("말순"))) == [home]
    assert not Home.objects.filter(named("순자")).exists()


def test_rows_made_in_bulk_are_sealed_and_found() -> None:
    home = enrolled_home()
    Resident.objects.all().delete()
    Resident.objects.bulk_create([Resident(home=home, name="최복희")])
    assert "최복희" not in stored()
    assert Home.objects.filter(named("복희")).get().resident.name == "최복희"


def test_queries_that_would_silently_find_nothing_are_refused() -> None:
    for condition in ({"name": "김순자"}, {"name__icontains": "순"}, {"name__in": ["김순자"]}):
        with pytest.raises(FieldError, match="sealed"):
            list(Resident.objects.filter(**condition))
    with pytest.raises(FieldError, match="sealed"):
        Resident.objects.update(name="김순자")


def test_a_sealed_value_shown_by_mistake_shows_nothing() -> None:
    enrolled_home(resident="김순자")
    [value] = Resident.objects.values_list("name", flat=True)
    assert f"{value} {value!r}" == "••• •••"


def test_saving_a_row_whose_fields_were_not_read_keeps_them() -> None:
    home = enrolled_home(resident="김순자")
    Resident.objects.get(home=home).save()
    assert Resident.objects.get(home=home).name == "김순자"


def test_rotation_seals_everything_with_the_new_key_and_loses_nothing() -> None:
    home = enrolled_home(resident="김순자")
    Contact.objects.create(home=home, name="박영희", phone="010")
    before = keyring.ring().current
    current = rotation.begin()
    assert keyring.ring().current == current != before
    enrolled_home(resident="이순이")
    assert rotation.reseal() == 2
    assert rotation.reseal() == 0
    assert rotation.used_keys()[before] == 0
    assert rotation.drop_unused() == [before]
    assert Resident.objects.get(home=home).name == "김순자"
    assert Contact.objects.get().phone == "010"
    assert list(Home.objects.filter(named("순자"))) == [home]


def test_a_key_in_use_is_never_dropped() -> None:
    home = enrolled_home(resident="김순자")
    rotation.begin()
    assert rotation.drop_unused() == []
    assert Resident.objects.get(home=home).name == "김순자"


def test_names_that_lay_open_are_sealed_by_the_migration_and_opened_when_it_is_undone() -> None:
    migration = importlib.import_module("district_bridge.homes.migrations.0003_seal_names")
    home = enrolled_home()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE homes_resident SET name = '김순자', name_index = '', given_index = ''")
    migration.seal(apps, None)
    assert "김순자" not in stored()
    assert Resident.objects.get(home=home).name == "김순자"
    assert list(Home.objects.filter(named("순자"))) == [home]
    migration.open_again(apps, None)
    assert "김순자" in stored()


def test_the_ring_is_for_its_owner_only_and_a_broken_one_is_told(tmp_path: Path) -> None:
    keyring.ring()
    path = tmp_path / keyring.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [keyring.FILE]
    for broken in ("", "{}", "[]", json.dumps({"current": "x", "keys": {}, "index": "", "log": ""})):
        path.write_text(broken)
        with pytest.raises(keyring.KeyRingError, match="backup"):
            keyring.ring()


@settings(max_examples=50)
@given(st.text(), st.text())
def test_whatever_was_sealed_opens_and_whatever_was_not_is_refused(text: str, other: str) -> None:
    ring = keyring.KeyRing("k1", {"k1": b"k" * 32}, b"i" * 32, b"l" * 32)
    clean = text.encode(errors="ignore").decode()
    assert ring.open(ring.seal(clean, "here"), "here") == clean
    for wrong in (other, f"k1.{other}"):
        with pytest.raises(keyring.KeyRingError):
            ring.open(wrong, "here")


def form(**more: str) -> dict[str, Any]:
    contacts = {"contact-TOTAL_FORMS": "2", "contact-INITIAL_FORMS": "0"}
    return {"name": "김순자", "birth_year": "1944", "phone": "042-123-4567", **contacts, **more}


def test_a_caseworker_keeps_resident_and_contacts() -> None:
    home, client = enrolled_home(resident="김순이"), signed_in(caseworker("kim"))
    more = {"contact-0-name": "박영희", "contact-0-relation": "딸", "contact-0-phone": "010-9876-5432"}
    assert client.post(f"/homes/{home.id}/resident/", form(notes="인슐린", **more)).status_code == 302
    page = client.get(f"/homes/{home.id}/").content.decode()
    for shown in ("김순자", "1944", "042-123-4567", "인슐린", "박영희", "010-9876-5432"):
        assert shown in page
    assert client.post(f"/homes/{home.id}/resident/", form()).status_code == 302
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"birth_year": "3000"}, {"phone": "<script>"}, {"contact-0-phone": "010-1234"}],
)
def test_a_wrong_resident_form_changes_nothing(wrong: dict[str, str]) -> None:
    home, client = enrolled_home(resident="김순이"), signed_in(caseworker("kim"))
    assert client.post(f"/homes/{home.id}/resident/", form(**wrong)).status_code == 422
    assert Resident.objects.get(home=home).name == "김순이"


def test_a_stranger_reaches_neither_resident_nor_consents() -> None:
    home, client = enrolled_home(resident="김순이"), signed_in(caseworker("lee", "갈마1동"))
    assert client.get(f"/homes/{home.id}/resident/").status_code == 404
    assert client.post(f"/homes/{home.id}/resident/", form()).status_code == 404
    answer = client.post(f"/homes/{home.id}/consents/family_notices/", {"answer": "give"})
    assert answer.status_code == 404
    assert not home.consents.exists()


def test_addresses_of_staff_are_sealed_and_still_written_to() -> None:
    kim = caseworker("kim")
    given = {"email": "kim@example.kr", "phone": "010-1234-5678"}
    Reach.objects.update_or_create(account=kim, defaults=given)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, phone FROM channels_reach")
        lying = " ".join(cursor.fetchone())
    assert "example" not in lying
    assert "1234" not in lying
    known = Reach.objects.get()
    assert (known.email, known.phone) == ("kim@example.kr", "010-1234-5678")


def test_addresses_of_staff_that_lay_open_are_sealed_by_the_migration_and_opened_when_it_is_undone() -> None:
    migration = importlib.import_module("district_bridge.channels.migrations.0002_seal_reach")
    reach = Reach.objects.create(account=caseworker("kim"), email="x", phone="")
    Reach.objects.filter(pk=reach.pk).update(email=Sealed("kim@example.kr"))
    migration.seal(apps, None)
    reach = Reach.objects.get()
    assert (reach.email, reach.phone) == ("kim@example.kr", "")
    migration.open_again(apps, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, phone FROM channels_reach")
        assert cursor.fetchone() == ("kim@example.kr", "")
