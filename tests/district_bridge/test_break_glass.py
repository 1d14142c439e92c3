"""Emergency access: at once, for a reason, for an hour, for one home, and never unseen."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone

from district_bridge.access import break_glass
from district_bridge.access.models import BreakGlass, Entry
from district_bridge.accounts.models import Account, Role
from district_bridge.channels import texts
from district_bridge.channels.models import Reach
from district_bridge.outgoing.models import Outgoing
from tests.district_bridge.people import caseworker, enrolled_home, neighbourhood, raised_alert
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
REASON = "담당자와 연락이 되지 않고 이웃이 신고함"


@pytest.fixture
def home() -> Home:
    return enrolled_home(where="둔산1동", resident="김순자")


@pytest.fixture
def lee() -> Account:
    """A caseworker of another neighbourhood."""
    return caseworker("lee", "갈마1동")


@pytest.fixture
def admin() -> Account:
    return caseworker("admin", role=Role.ADMIN)


def ask(client: Client, described: str, where: str = "둔산1동", reason: str = REASON) -> HttpResponse:
    form = {"neighbourhood": neighbourhood(where).pk, "described": described, "reason": reason}
    return client.post("/access/emergency/", form)  # type: ignore[return-value]  # the test client's own


def test_a_home_opens_with_its_alerts_and_nothing_else_does(home: Home, lee: Account) -> None:
    alert, other = raised_alert(home), enrolled_home(where="둔산1동", resident="이순이")
    client = signed_in(lee)
    assert ask(client, "김순자").headers["Location"] == f"/homes/{home.id}/"
    assert client.get(f"/homes/{home.id}/").status_code == 200
    assert client.get(f"/alerts/{alert.pk}/").status_code == 200
    assert str(alert.incident) in client.get("/").content.decode()
    assert client.get(f"/homes/{other.id}/").status_code == 404
    assert signed_in(caseworker("park", "갈마1동")).get(f"/homes/{home.id}/").status_code == 404


def test_after_an_hour_it_is_closed_again(home: Home, lee: Account) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)) as clock:
        client = signed_in(lee)
        ask(client, home.id)
        clock.shift(timedelta(minutes=20))
        assert client.get(f"/homes/{home.id}/").status_code == 200
        clock.shift(timedelta(minutes=20))
        client.get("/")
        clock.shift(timedelta(minutes=21))
        assert client.get(f"/homes/{home.id}/").status_code == 404


@pytest.mark.parametrize("reason", ["", "short", " " * 40])
def test_without_a_reason_nothing_opens(home: Home, lee: Account, reason: str) -> None:
    assert ask(signed_in(lee), home.id, reason=reason).status_code == 422
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize("described", ["순", "박영희", "%", "h-0", "김순자 "])
def test_only_the_whole_name_or_number_finds_a_home(home: Home, lee: Account, described: str) -> None:
    expected = 302 if described.strip() == "김순자" else 422
    assert ask(signed_in(lee), described).status_code == expected


def test_a_name_that_two_residents_share_opens_neither(home: Home, lee: Account) -> None:
    enrolled_home(where="둔산1동", resident="김순자")
    assert ask(signed_in(lee), "김순자").status_code == 422


def test_the_name_in_another_neighbourhood_is_not_found(home: Home, lee: Account) -> None:
    assert ask(signed_in(lee), "김순자", where="갈마1동").status_code == 422


def test_it_is_logged_with_its_reason_whether_it_opened_or_not(home: Home, lee: Account) -> None:
    client = signed_in(lee)
    ask(client, "박영희")
    ask(client, "김순자")
    found = Entry.objects.filter(action="break-glass").order_by("id").values_list("homes", "reason")
    assert list(found) == [("", REASON), (f",{home.id},", REASON)]


def test_every_administrator_sees_it_until_another_than_the_person_notes_it(
    home: Home, lee: Account, admin: Account
) -> None:
    ask(signed_in(lee), home.id)
    assert "긴급 열람 중" in signed_in(lee).get("/").content.decode()
    browser = signed_in(admin)
    notice = "관리자가 아직 확인하지 않은 긴급 열람"
    assert notice in browser.get("/").content.decode()
    assert notice not in signed_in(lee).get("/").content.decode()
    page = browser.get("/access/").content.decode()
    assert REASON in page
    assert "lee 복지사" in page
    glass = BreakGlass.objects.get()
    assert signed_in(lee).post(f"/access/emergency/{glass.pk}/noted/").status_code == 403
    browser.post(f"/access/emergency/{glass.pk}/noted/")
    assert BreakGlass.objects.get().noted_by == admin
    assert notice not in browser.get("/").content.decode()


def test_nobody_notes_their_own(home: Home, lee: Account) -> None:
    lee.role = Role.ADMIN
    lee.save()
    glass = break_glass.open_home(lee, home, REASON, timezone.now())
    assert not break_glass.noted(glass.pk, lee, timezone.now())


def test_a_home_of_ones_own_needs_no_glass(home: Home) -> None:
    assert ask(signed_in(caseworker("kim", "둔산1동")), home.id).status_code == 302
    assert not BreakGlass.objects.exists()


def test_a_deactivated_person_keeps_nothing_open(home: Home, lee: Account) -> None:
    ask(signed_in(lee), home.id)
    client = signed_in(lee)
    lee.refresh_from_db()
    lee.is_active = False
    lee.save()
    assert client.get(f"/homes/{home.id}/").status_code == 302


def test_administrators_are_told_at_once_without_a_name(home: Home, lee: Account, admin: Account) -> None:
    Reach.objects.create(account=admin, email="admin@example.kr")
    ask(signed_in(lee), home.id)
    message = Outgoing.objects.get(kind="email")
    assert message.payload == {"glass": BreakGlass.objects.get().pk, "account": admin.pk}
    told = texts.of(message, "ko", timezone.now())
    assert (told.title, told.path) == ("서구 돌봄: 긴급 열람", "/access/")
    assert home.resident.name not in told.in_one_line
