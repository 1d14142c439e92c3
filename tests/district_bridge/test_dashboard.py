"""What a caseworker sees and does, and what nobody else's caseworker can."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from district_bridge.accounts.models import Account, Role
from district_bridge.alerts import desk
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.escalation.models import Duty, Shift
from district_bridge.homes.codes import digest
from district_bridge.homes.models import EnrolmentCode, Home, HomeKey
from tests.district_bridge.home_side import Signing, incident
from tests.district_bridge.people import caseworker, enrolled_home, neighbourhood, raised_alert

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import DjangoAssertNumQueries

    from district_bridge.alerts.models import Alert

pytestmark = pytest.mark.django_db


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def signing() -> Signing:
    return Signing()


@pytest.fixture
def home(signing: Signing) -> Home:
    return enrolled_home(signing)


@pytest.fixture
def alert(home: Home) -> Alert:
    return raised_alert(home)


@pytest.fixture
def kim() -> Account:
    return caseworker("kim", "둔산1동")


def test_account_that_was_switched_off_sees_nothing(kim: Account, alert: Alert) -> None:
    client = signed_in(kim)
    kim.is_active = False
    kim.save()
    assert client.get(f"/alerts/{alert.pk}/").status_code == 302


def test_administrator_sees_every_neighbourhood(alert: Alert) -> None:
    admin = caseworker("admin", "갈마1동", role=Role.ADMIN)
    assert signed_in(admin).get(f"/alerts/{alert.pk}/").status_code == 200


def test_caseworker_acknowledges_and_closes_with_an_outcome(kim: Account, alert: Alert) -> None:
    client = signed_in(kim)
    assert client.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 302
    alert.refresh_from_db()
    assert (alert.state, alert.holder) == ("acknowledged", kim)
    answer = client.post(f"/alerts/{alert.pk}/close/", {"outcome": "helped", "note": "전화로 확인함"})
    assert answer.headers["Location"] == "/"
    alert.refresh_from_db()
    assert (alert.state, alert.outcome) == ("closed", "helped")
    assert alert.transitions.get(step="closed").note == "전화로 확인함"
    assert "전화로 확인함" in client.get(f"/alerts/{alert.pk}/").content.decode()


@pytest.mark.parametrize("outcome", ["", "forgotten"])
def test_closing_needs_an_outcome(kim: Account, alert: Alert, outcome: str) -> None:
    assert signed_in(kim).post(f"/alerts/{alert.pk}/close/", {"outcome": outcome}).status_code == 422
    alert.refresh_from_db()
    assert alert.state == "raised"


def test_second_caseworker_is_told_who_holds_the_alert(kim: Account, alert: Alert) -> None:
    desk.acknowledge(alert.pk, kim, timezone.now())
    client = signed_in(caseworker("park"))
    content = client.post(f"/alerts/{alert.pk}/acknowledge/", follow=True).content.decode()
    assert "동료가 이미 확인 중인 알림입니다." in content
    assert "kim 복지사" in content
    assert 'id="close"' not in content


def test_home_that_says_it_is_over_is_shown_as_a_suggestion(kim: Account, alert: Alert, home: Home) -> None:
    over = incident(id=str(alert.incident), step=4, state="closed", outcome="answered_well")
    raised_alert(home, **over)
    content = signed_in(kim).get(f"/alerts/{alert.pk}/").content.decode()
    assert "제안: “무사하심”" in content
    assert '<option value="answered_well" selected>' in content


def test_words_to_the_home_go_to_its_downlink(kim: Account, home: Home) -> None:
    signed_in(kim).post(f"/homes/{home.id}/say/", {"text": "점심 드셨어요?"})
    sent = DownlinkMessage.objects.get()
    assert (sent.message["type"], sent.message["text"]) == ("say", "점심 드셨어요?")
    assert sent.message["by"] == "kim 복지사"


def test_caseworker_makes_a_code_for_an_own_neighbourhood_only(kim: Account) -> None:
    client = signed_in(kim)
    own, other = neighbourhood("둔산1동"), neighbourhood("갈마1동")
    assert client.post("/homes/enrol/", {"neighbourhood": other.pk, "resident": "이순이"}).status_code == 422
    content = client.post("/homes/enrol/", {"neighbourhood": own.pk, "resident": "이순이"}).content.decode()
    found = re.search(r'id="enrolment-code">([A-Z0-9]{4}-[A-Z0-9]{4})<', content)
    assert found
    assert EnrolmentCode.objects.get().digest == digest(found[1])
    assert found[1] not in client.get("/homes/enrol/").content.decode()


def test_only_an_administrator_revokes_keys(kim: Account, home: Home) -> None:
    key = HomeKey.objects.get(home=home)
    path = f"/homes/{home.id}/keys/{key.pk}/revoke/"
    assert signed_in(kim).post(path, {"reason": "moved"}).status_code == 403
    admin = signed_in(caseworker("admin", role=Role.ADMIN))
    admin.post(path, {"reason": ""})
    key.refresh_from_db()
    assert key.revoked_at is None
    admin.post(path, {"reason": "이사"})
    key.refresh_from_db()
    assert key.revoked_reason == "이사"


# Session and person; neighbourhoods; raised and taken, in three queries each; owners: ladders, steps, shifts,
# stand-ins with theirs; hand-overs, what came back, outages, gaps in the calendar.
QUEUE = 18


def fill_queue(homes: int) -> None:
    for number in range(homes):
        home = enrolled_home(Signing(), resident=f"어르신{number}")
        raised_alert(home)
        desk.acknowledge(raised_alert(home).pk, Account.objects.get(username="kim"), timezone.now())
        Shift.objects.create(
            neighbourhood=home.neighbourhood,
            duty=Duty.CASEWORKER,
            account=Account.objects.get(username="kim"),
            starts_at=timezone.now() + timedelta(hours=number + 1),
            ends_at=timezone.now() + timedelta(hours=number + 2),
            made_at=timezone.now(),
        )
        closed = raised_alert(home)
        desk.close(closed.pk, Account.objects.get(username="kim"), "helped", "", timezone.now())


@pytest.mark.parametrize(
    ("path", "queries"),
    # Each with one insert into the access log.
    [
        ("/", QUEUE + 1),
        ("/queue/rows/", QUEUE + 1),
        ("/alerts/closed/", 6),
        ("/homes/", 6),
        ("/homes/enrol/", 6),
        ("/calendar/", 8),
        ("/ladders/", 4),
        ("/figures/", 4),
        ("/shift/", 20),
    ],
)
def test_lists_take_the_same_few_queries_however_long_they_are(
    kim: Account, path: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(kim)
    fill_queue(3)
    with django_assert_num_queries(queries):
        client.get(path)
    fill_queue(5)
    with django_assert_num_queries(queries):
        client.get(path)


def test_queue_shows_what_needs_someone_first_and_the_most_urgent_on_top(kim: Account, home: Home) -> None:
    notice = raised_alert(home, severity="notice")
    emergency = raised_alert(home, severity="emergency")
    taken = raised_alert(home, severity="emergency")
    desk.acknowledge(taken.pk, kim, timezone.now())
    content = signed_in(kim).get("/").content.decode()
    shown = re.findall(r'<li class="alert[^>]*data-incident="([^"]+)"', content)
    assert shown == [str(emergency.incident), str(notice.incident), str(taken.incident)]


def test_queue_narrowed_to_what_is_in_hand_still_rings_for_what_is_not(kim: Account, home: Home) -> None:
    emergency, taken = (raised_alert(home, severity="emergency") for _ in range(2))
    desk.acknowledge(taken.pk, kim, timezone.now())

    def shown(state: str) -> tuple[list[str], bool]:
        content = signed_in(kim).get(f"/?state={state}").content.decode()
        rows = re.findall(r'<li class="alert[^>]*data-incident="([^"]+)"', content)
        return rows, f'data-emergencies="{emergency.incident}"' in content

    assert shown("acknowledged") == ([str(taken.incident)], True)
    assert shown("raised") == ([str(emergency.incident)], True)
    assert shown("dance") == ([str(emergency.incident), str(taken.incident)], True)


def test_empty_queue_says_so(kim: Account) -> None:
    content = signed_in(kim).get("/").content.decode()
    assert "지금 도움을 기다리는 분이 없습니다." in content


def test_korean_is_shown_whatever_the_browser_asks_for_until_a_person_switches(
    kim: Account, alert: Alert
) -> None:
    client = signed_in(kim)
    assert "넘어짐이 감지되었고" in client.get("/", headers={"accept-language": "en"}).content.decode()
    client.post("/language/", {"language": "en", "next": "/"})
    content = client.get("/").content.decode()
    assert "A fall was noticed" in content
    assert '<html lang="en">' in content


def test_evidence_is_told_in_words(kim: Account, alert: Alert) -> None:
    content = signed_in(kim).get(f"/alerts/{alert.pk}/").content.decode()
    assert "강한 충격: 3.6 g" in content
    assert "그 뒤 움직임 없음: 2 초" in content


def test_what_the_home_noticed_without_a_wearable_is_told_in_words(kim: Account, home: Home) -> None:
    noticed = [("thud", 3.0, "min"), ("cry", 0.86, ""), ("floor", 2.0, "min"), ("stopped_in", "bathroom", "")]
    more = [("still", 10.0, "min"), ("zone", "entrance", ""), ("anomaly", "late_rising", "")]
    evidence = [{"name": name, "value": value, "unit": unit} for name, value, unit in (*noticed, *more)]
    content = signed_in(kim).get(f"/alerts/{raised_alert(home, evidence=evidence).pk}/").content.decode()
    for words in (
        "쿵 하는 진동이 있었음: 3 분 전",
        "비명이나 신음이 들림",
        "마지막 움직임이 있던 곳: 화장실",
        "늦게 일어나심",
    ):
        assert words in content
    for name, _, _ in (*noticed, *more):
        assert f"{name.replace('_', ' ')}:" not in content


def test_hostile_words_are_shown_as_words(kim: Account, home: Home) -> None:
    hostile = "<script>alert(1)</script>"
    alert = raised_alert(
        home,
        summary={"ko": hostile, "en": hostile},
        evidence=[{"name": hostile, "value": hostile, "unit": hostile[:30]}],
    )
    client = signed_in(kim)
    for path in ("/", f"/alerts/{alert.pk}/", f"/homes/{home.id}/"):
        assert hostile not in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("korean", "english", "shown"),
    [
        (" ", "A fall.", "A fall."),
        (" \u3164\u200b", "A fall.", "A fall."),
        (" ", "\x7f", "넘어짐"),
        ("넘어지셨습니다.", " ", "넘어지셨습니다."),
    ],
)
def test_alert_without_words_in_the_readers_language_still_has_a_name_to_click(
    kim: Account, home: Home, korean: str, english: str, shown: str
) -> None:
    alert = raised_alert(home, kind="fall", summary={"ko": korean, "en": english})
    client = signed_in(kim)
    assert f'<a href="/alerts/{alert.pk}/">{shown}</a>' in client.get("/").content.decode()
    assert f"<h1>{shown}</h1>" in client.get(f"/alerts/{alert.pk}/").content.decode()


def test_sixth_wrong_password_locks_the_account_from_there(kim: Account) -> None:
    client = Client()
    for _ in range(5):
        client.post("/login/", {"username": "kim", "password": "wrong"})
    answer = client.post("/login/", {"username": "kim", "password": "dunsan-4821-moon"})
    assert answer.status_code == 429
    assert "15분" in answer.content.decode()


def test_acts_need_the_page_they_come_from(kim: Account, alert: Alert) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(kim)
    assert client.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 403


def test_pages_forbid_foreign_scripts_and_frames(kim: Account) -> None:
    answer = signed_in(kim).get("/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_logs_name_nobody(
    kim: Account, home: Home, alert: Alert, caplog: pytest.LogCaptureFixture, caplog_all: Callable[[], str]
) -> None:
    client = signed_in(kim)
    client.post(f"/alerts/{alert.pk}/acknowledge/")
    client.post("/login/", {"username": "kim", "password": "wrong"})
    client.get("/alerts/999999/")
    for personal in (home.resident.name, "kim"):
        assert personal not in caplog_all()
