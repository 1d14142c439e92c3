"""The access log: every look is in it, a look is one entry, and nobody changes it unseen."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client

from district_bridge.access import chain, log
from district_bridge.access.action_words import WORDS
from district_bridge.access.middleware import shown
from district_bridge.access.models import Chain, Entry, Kind, Review
from district_bridge.accounts.models import Account, Role
from district_bridge.deployment import DeploymentError
from district_bridge.privacy.housekeeping import Housekeeping
from tests.district_bridge.addresses import names_in_the_urlconf
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert, run_command
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from district_bridge.alerts.models import Alert
    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_was_shown() -> None:
    shown.forget()


@pytest.fixture
def home() -> Home:
    return enrolled_home()


@pytest.fixture
def alert(home: Home) -> Alert:
    return raised_alert(home)


@pytest.fixture
def kim() -> Account:
    return caseworker("kim")


@pytest.fixture
def client(kim: Account) -> Client:
    found = signed_in(kim)
    Entry.objects.all().delete()  # the sign-in's own
    return found


@pytest.fixture
def admin() -> Account:
    return caseworker("admin", "갈마1동", role=Role.ADMIN)


def kept() -> list[tuple[str, str, list[str]]]:
    return [(entry.kind, entry.action, log.about(entry.homes)) for entry in Entry.objects.order_by("id")]


def write(count: int = 1, at: datetime = NOW) -> list[Entry]:
    return [
        log.write(at=at, account=None, origin="10.0.0.1", kind=Kind.READ, action=f"home {n}", homes=["h-1"])
        for n in range(count)
    ]


def test_every_opened_page_about_a_home_is_an_entry(client: Client, alert: Alert, home: Home) -> None:
    for path in (f"/homes/{home.id}/", f"/alerts/{alert.pk}/", f"/alerts/{alert.pk}/"):
        assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert kept() == [("read", "home", [home.id]), ("read", "alert", [home.id]), ("read", "alert", [home.id])]
    entry = Entry.objects.earliest("id")
    assert (entry.username, entry.account, entry.origin) == ("kim", Account.objects.get().pk, "192.0.2.7")


def test_a_list_is_one_entry_with_all_its_homes(client: Client) -> None:
    homes = [enrolled_home() for _ in range(3)]
    client.get("/homes/")
    assert kept() == [("read", "homes", sorted(home.id for home in homes))]


def test_a_list_that_renews_itself_is_logged_again_only_for_homes_that_are_new(
    client: Client, alert: Alert, home: Home
) -> None:
    for _ in range(3):
        client.get("/queue/rows/", headers={"HX-Request": "true"})
    assert kept() == [("read", "queue-rows", [home.id])]
    other = enrolled_home()
    raised_alert(other)
    client.get("/queue/rows/", headers={"HX-Request": "true"})
    assert kept()[1:] == [("read", "queue-rows", [other.id])]


def test_another_person_who_sees_the_list_is_logged_too(client: Client, alert: Alert) -> None:
    client.get("/")
    signed_in(caseworker("lee")).get("/")
    assert set(Entry.objects.filter(kind=Kind.READ).values_list("username", flat=True)) == {"kim", "lee"}


def test_an_act_is_an_entry_and_so_is_a_refusal(client: Client, alert: Alert, home: Home) -> None:
    client.post(f"/alerts/{alert.pk}/acknowledge/")
    stranger = signed_in(caseworker("lee", "갈마1동"))
    Entry.objects.filter(kind=Kind.SIGN_IN).delete()
    stranger.get(f"/homes/{home.id}/")
    stranger.get(f"/alerts/{alert.pk}/")
    assert kept() == [
        ("act", "acknowledge", [home.id]),
        ("refused", "home", [home.id]),
        ("refused", "alert", [f"alert {alert.pk}"]),
    ]


def test_pages_that_show_nobody_leave_no_entry(client: Client) -> None:
    client.get("/homes/")
    client.get("/")
    assert kept() == []


def test_sign_ins_right_and_wrong_are_entries_and_a_name_nobody_has_is_not_kept(kim: Account) -> None:
    browser = Client()
    browser.post("/login/", {"username": "kim", "password": "wrong"})
    browser.post("/login/", {"username": "my-password-in-the-wrong-field", "password": "wrong"})
    browser.post("/login/", {"username": "kim", "password": "dunsan-4821-moon"})
    browser.post("/logout/")
    found = [(entry.action, entry.username) for entry in Entry.objects.order_by("id")]
    assert found == [
        ("password_wrong", "kim"),
        ("password_wrong", ""),
        ("password", "kim"),
        ("sign_out", "kim"),
    ]


def test_what_cannot_be_logged_is_not_shown(
    client: Client, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(log, "write", full)
    with pytest.raises(OSError, match="space"):
        client.get(f"/homes/{home.id}/")


def test_what_was_not_logged_is_not_taken_for_shown(
    client: Client, alert: Alert, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(log, "write", full)
        with pytest.raises(OSError, match="space"):
            client.get("/")
    client.get("/")
    assert kept() == [("read", "queue", [home.id])]


def test_a_page_that_is_not_for_this_person_is_an_entry(client: Client) -> None:
    assert client.get("/access/").status_code == 403
    assert client.get("/nowhere/").status_code == 404
    assert kept() == [("refused", "access-review", [])]


def test_a_whole_log_holds_and_says_where_it_ends() -> None:
    write(3)
    assert chain.verify(NOW).unchained == 3
    assert (chain.extend(), chain.extend()) == (3, 0)
    found = chain.verify(NOW)
    assert (found.holds, found.entries, found.unchained, found.head_seq) == (True, 3, 0, 3)
    assert found.head_link == Entry.objects.get(seq=3).link


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"username": "lee"}, "entry 2 was changed"),
        ({"homes": ",h-2,"}, "entry 2 was changed"),
        ({"at": NOW + timedelta(seconds=1)}, "entry 2 was changed"),
        ({"reason": "because"}, "entry 2 was changed"),
        ({"origin": ""}, "entry 2 was changed"),
        ({"subjects": 0}, "entry 2 was changed"),
        ({"seq": 9}, "missing"),
        ({"link": "0" * 64}, "does not follow"),
    ],
)
def test_a_changed_entry_is_found(change: dict[str, object], said: str) -> None:
    write(3)
    chain.extend()
    Entry.objects.filter(seq=2).update(**change)
    found = chain.verify(NOW)
    assert not found.holds
    assert any(said in line for line in found.wrong), found.wrong


def test_a_removed_entry_is_found_wherever_it_stood() -> None:
    for gone in (1, 2, 3):
        Entry.objects.all().delete()
        Chain.objects.all().delete()
        write(3)
        chain.extend()
        Entry.objects.filter(seq=gone).delete()
        assert not chain.verify(NOW).holds, gone


def test_swapped_entries_are_found() -> None:
    first, second = write(2)
    chain.extend()
    Entry.objects.filter(pk=first.pk).update(seq=99)
    Entry.objects.filter(pk=second.pk).update(seq=1)
    Entry.objects.filter(pk=first.pk).update(seq=2)
    assert not chain.verify(NOW).holds


def test_an_entry_without_the_key_is_found_chained_or_not() -> None:
    write()
    Entry.objects.create(at=NOW, kind=Kind.READ, action="home", mac="0" * 64)
    assert any("changed outside" in line for line in chain.verify(NOW).wrong)
    chain.extend()
    assert any("entry 2 was changed" in line for line in chain.verify(NOW).wrong)


def test_cutting_off_the_end_is_found_even_when_the_chains_row_is_put_back() -> None:
    write(2)
    chain.extend()
    before = Chain.objects.get()
    admin = caseworker("admin", role=Role.ADMIN)
    write(2)
    chain.extend()
    found = chain.verify(NOW)
    head = (found.head_seq, found.head_link)
    month = NOW.date().replace(day=1)
    review = Review.objects.create(
        month=month, at=NOW, by=admin, holds=True, head_seq=head[0], head_link=head[1]
    )
    Entry.objects.filter(seq__gt=2).delete()
    before.save()
    assert any("is gone" in line for line in chain.verify(NOW).wrong)
    review.delete()
    assert chain.verify(NOW).holds  # nothing in the database remembers the end any more,
    assert not chain.verify(NOW, head).holds  # but whoever noted the head does


def test_an_entry_that_nobody_chains_is_found() -> None:
    write(at=NOW - timedelta(minutes=3))
    assert any("waits for its place" in line for line in chain.verify(NOW).wrong)


def test_after_two_years_entries_go_and_the_rest_still_holds() -> None:
    write(2, at=NOW - timedelta(days=800))
    write(2)
    chain.extend()
    assert chain.forget_before(NOW - log.KEPT_FOR) == 2
    found = chain.verify(NOW)
    assert (found.holds, found.entries) == (True, 2)
    Entry.objects.filter(seq=3).delete()
    assert not chain.verify(NOW).holds


def test_housekeeping_chains_while_the_bridge_serves() -> None:
    write(2)
    Housekeeping().tick(NOW)
    assert list(Entry.objects.order_by("id").values_list("seq", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_several_processes_share_one_chain() -> None:
    def work(number: int) -> None:
        try:
            for _ in range(5):
                write()
                chain.extend(limit=3)
        finally:
            connection.close()

    workers = 4 if connection.vendor == "postgresql" else 1
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(4)))
    while chain.extend():
        pass
    found = chain.verify(NOW)
    assert (found.wrong, found.entries) == ([], 20)


def test_only_an_administrator_reviews(client: Client, home: Home) -> None:
    assert client.get("/access/").status_code == 403
    assert client.post("/access/", {"note": ""}).status_code == 403
    assert client.post("/access/download/", {"reason": "because I want to"}).status_code == 403
    assert client.get(f"/access/homes/{home.id}/").status_code == 403
    assert not Review.objects.exists()


def test_an_administrator_reviews_a_month_and_the_end_is_remembered(
    client: Client, admin: Account, home: Home
) -> None:
    client.get(f"/homes/{home.id}/")
    signed_in(caseworker("lee", "갈마1동")).get(f"/homes/{home.id}/")
    browser = signed_in(admin)
    page = browser.get("/access/").content.decode()
    for known in ("kim", "lee", home.id, "거부됨"):
        assert known in page
    assert browser.post("/access/", {"note": "이상 없음"}).status_code == 302
    review = Review.objects.get()
    assert (review.by, review.holds, review.note) == (admin, True, "이상 없음")
    assert review.head_link == Entry.objects.get(seq=review.head_seq).link
    assert "이상 없음" in browser.get("/access/").content.decode()


@pytest.mark.parametrize("month", ["2026-11", "2026-13", "9999-12", "0001-01", "", "x", "2026-11-01"])
def test_whatever_month_is_asked_for_a_page_comes(admin: Account, month: str) -> None:
    assert signed_in(admin).get("/access/", {"month": month}).status_code == 200


def test_a_download_needs_a_reason_and_is_an_entry_with_it(
    admin: Account, client: Client, home: Home
) -> None:
    client.get(f"/homes/{home.id}/")
    browser = signed_in(admin)
    assert browser.post("/access/download/", {"reason": "no"}).status_code == 302
    answer = browser.post("/access/download/", {"reason": "=정보주체의 열람 요구"})
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("seq,at,account")
    assert any(home.id in row for row in rows[1:])
    entry = Entry.objects.get(kind=Kind.DOWNLOAD)
    assert (entry.action, entry.reason) == ("access-download", "=정보주체의 열람 요구")
    again = browser.post("/access/download/", {"reason": "그 다음 달 점검 자료"})
    assert ",'=정보" in again.content.decode("utf-8-sig")


def test_an_address_that_somebody_made_up_is_no_formula_in_the_download(
    admin: Account, client: Client
) -> None:
    assert client.get("/homes/=HYPERLINK(A1)/").status_code == 404
    answer = signed_in(admin).post("/access/download/", {"reason": "정보주체의 열람 요구"})
    assert ",'=HYPERLINK(A1)," in answer.content.decode("utf-8-sig")


def test_who_was_shown_a_home_can_be_told_to_the_resident(admin: Account, client: Client, home: Home) -> None:
    other = enrolled_home()
    client.get(f"/homes/{home.id}/")
    client.get(f"/homes/{other.id}/")
    page = signed_in(admin).get(f"/access/homes/{home.id}/").content.decode()
    assert page.count(">kim</td>") == 1
    assert "열람 · 가구" in page


def test_every_page_that_is_logged_has_words_there() -> None:
    assert set(names_in_the_urlconf()) - {"live", "push-worker"} - set(WORDS) == set()


def test_the_command_tells_a_whole_log_from_a_changed_one(capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    assert run_command("access-log", "verify", "--json") == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["holds"], whole["entries"]) == (True, 2)
    Entry.objects.filter(seq=1).update(action="x")
    assert run_command("access-log", "verify", "--expect", whole["head"]) == 1
    assert "THE LOG WAS CHANGED" in capsys.readouterr().out
    with pytest.raises(DeploymentError, match="NUMBER:LINK"):
        run_command("access-log", "verify", "--expect", "x")
