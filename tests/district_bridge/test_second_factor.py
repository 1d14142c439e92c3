"""The second factor: nobody sees anything before it, and a code works once."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from district_bridge.access.models import Entry
from district_bridge.accounts import second_factor
from district_bridge.accounts.models import Account, RecoveryCode, SecondFactor
from district_bridge.accounts.passwords import LocalWordsValidator
from district_bridge.accounts.sessions import ACTIVE
from district_bridge.deployment import DeploymentError
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert, run_command

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PASSWORD = "dunsan-4821-moon"
# RFC 6238, appendix B, SHA-1, at 59 s; its eight digits end in these six.
RFC_SECRET, RFC_CODE = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082"


@pytest.fixture(autouse=True)
def required(settings: SettingsWrapper) -> None:
    settings.SECOND_FACTOR = True


@pytest.fixture
def kim() -> Account:
    return caseworker("kim")


@pytest.fixture
def secret(kim: Account) -> str:
    """What kim's telephone knows."""
    factor = second_factor.waiting_for(kim, NOW)
    factor.confirmed_at = NOW
    factor.save()
    return factor.secret


def after_password() -> Client:
    client = Client()
    answer = client.post("/login/", {"username": "kim", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def code(secret: str, later_s: float = 0) -> str:
    return second_factor.code_at(secret, datetime.now(UTC) + timedelta(seconds=later_s))


def test_codes_are_those_of_the_standard() -> None:
    assert second_factor.code_at(RFC_SECRET, datetime.fromtimestamp(59, UTC)) == RFC_CODE


def test_the_password_alone_opens_nothing(kim: Account, secret: str) -> None:
    alert = raised_alert(enrolled_home())
    client = after_password()
    for path in ("/", "/homes/", f"/alerts/{alert.pk}/", "/account/", "/access/emergency/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/account/code/"), path
    assert client.post(f"/alerts/{alert.pk}/acknowledge/").headers["Location"] == "/account/code/"
    alert.refresh_from_db()
    assert alert.state == "raised"
    assert client.get("/live/").status_code == 204
    part = client.get("/queue/rows/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/account/code/")
    assert "<nav" not in client.get("/account/code/").content.decode()


def test_password_and_code_lead_to_where_the_person_wanted(kim: Account, secret: str) -> None:
    client = after_password()
    asked = client.get("/homes/").headers["Location"]
    page = client.get(asked).content.decode()
    # The page's other form, for the language, has one of its own.
    wanted = re.findall(r'name="next" value="([^"]+)"', page)[-1]
    answer = client.post("/account/code/", {"code": code(secret), "next": wanted})
    assert answer.headers["Location"] == "/homes/"
    assert client.get("/homes/").status_code == 200
    actions = list(Entry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["password", "second_factor"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_the_code(kim: Account, secret: str, elsewhere: str) -> None:
    answer = after_password().post("/account/code/", {"code": code(secret), "next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_a_code_works_once(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW):
        typed = code(secret)
        assert after_password().post("/account/code/", {"code": typed}).status_code == 302
        assert after_password().post("/account/code/", {"code": typed}).status_code == 422
        # The one before it, which the bridge would take from a slow telephone, no longer either.
        assert after_password().post("/account/code/", {"code": code(secret, -30)}).status_code == 422


@pytest.mark.parametrize(("late_s", "status"), [(-60, 422), (-30, 302), (30, 302), (60, 422)])
def test_a_clock_may_be_one_step_off(kim: Account, secret: str, late_s: int, status: int) -> None:
    with time_machine.travel(NOW):
        answer = after_password().post("/account/code/", {"code": code(secret, late_s)})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "①②③④⑤⑥", "١٢٣٤٥٦", "000000 ", "ABCDE-FGHJK"]
)
def test_what_is_no_code_is_refused(kim: Account, secret: str, typed: str) -> None:
    assert after_password().post("/account/code/", {"code": typed}).status_code == 422


def test_five_wrong_codes_close_the_factor_for_a_quarter_of_an_hour(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        for _ in range(5):
            client.post("/account/code/", {"code": "ABCDE-FGHJK"})
        answer = client.post("/account/code/", {"code": code(secret)})
        assert answer.status_code == 429
        assert "12:15" in answer.content.decode()
        clock.shift(timedelta(minutes=15))
        # The first half was idle for too long.
        assert after_password().post("/account/code/", {"code": code(secret)}).status_code == 302
    assert Entry.objects.filter(action="second_factor_wrong").count() == 6


def test_the_first_sign_in_sets_the_factor_up_and_gives_recovery_codes_once(kim: Account) -> None:
    client = after_password()
    assert client.get("/account/code/").headers["Location"] == "/account/code/set-up/"
    page = client.get("/account/code/set-up/").content.decode()
    assert "<svg" in page
    shown = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert shown
    secret = shown[1].replace(" ", "")
    assert client.get("/").status_code == 302
    assert client.post("/account/code/set-up/", {"code": "000000x"}).status_code == 422
    answer = client.post("/account/code/set-up/", {"code": code(secret)})
    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", answer.content.decode())
    assert len(set(codes)) == 10
    assert client.get("/").status_code == 200
    # Nobody is shown the secret again.
    assert client.get("/account/code/set-up/").headers["Location"] == "/account/code/"
    again = after_password()
    assert again.post("/account/code/", {"code": codes[0].lower()}).headers["Location"] == "/"
    assert "9" in again.get("/").content.decode()
    assert after_password().post("/account/code/", {"code": codes[0]}).status_code == 422


def secret_on(page: Client) -> str:
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page.get("/account/code/set-up/").content.decode())
    assert found
    return found[1].replace(" ", "")


def test_who_had_the_password_first_does_not_know_the_secret_that_its_owner_confirms(kim: Account) -> None:
    thief, owner = after_password(), after_password()
    stolen, own = secret_on(thief), secret_on(owner)
    assert stolen != own
    assert secret_on(owner) == own
    assert owner.post("/account/code/set-up/", {"code": code(own)}).status_code == 200
    assert after_password().post("/account/code/", {"code": code(stolen, 30)}).status_code == 422


def test_somebody_elses_recovery_code_opens_nothing(kim: Account, secret: str) -> None:
    codes = second_factor.new_recovery_codes(caseworker("lee"))
    assert after_password().post("/account/code/", {"code": codes[0]}).status_code == 422


def test_new_recovery_codes_need_a_code_and_end_the_old_ones(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        client.post("/account/code/", {"code": code(secret)})
        old = second_factor.new_recovery_codes(kim)
        client.post("/account/recovery-codes/", {"code": "123"})
        assert RecoveryCode.objects.filter(account=kim).count() == 10
        clock.shift(timedelta(seconds=60))
        answer = client.post("/account/recovery-codes/", {"code": code(secret)})
        assert len(re.findall(r"<code>", answer.content.decode())) == 10
        assert after_password().post("/account/code/", {"code": old[0]}).status_code == 422


def test_a_stolen_database_holds_no_secret_and_no_recovery_code(kim: Account, secret: str) -> None:
    codes = second_factor.new_recovery_codes(kim)
    content = ""
    with connection.cursor() as cursor:
        for table in ("accounts_secondfactor", "accounts_recoverycode"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - names of our own
            content += repr(cursor.fetchall())
    for kept in (secret, codes[0], codes[0].replace("-", "")):
        assert kept not in content


def test_an_idle_screen_is_signed_out_though_it_renews_itself(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        client.post("/account/code/", {"code": code(secret)})
        for _ in range(3):
            clock.shift(timedelta(minutes=11))
            part = client.get("/queue/rows/", headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/login/")
        assert client.get("/").headers["Location"].startswith("/login/")
        gone = client.get("/queue/rows/", headers={"HX-Request": "true"})
        assert (gone.status_code, gone.headers["HX-Redirect"]) == (204, "/login/")


def test_a_person_who_does_something_stays_signed_in(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        client.post("/account/code/", {"code": code(secret)})
        for _ in range(3):
            clock.shift(timedelta(minutes=20))
            assert client.get("/").status_code == 200


def test_a_working_day_is_the_longest_also_for_who_never_rests(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        client.post("/account/code/", {"code": code(secret)})
        for _ in range(35):
            clock.shift(timedelta(minutes=20))
            last = client.get("/").status_code
        assert last == 200
        clock.shift(timedelta(minutes=21))
        assert client.get("/").headers["Location"].startswith("/login/")


def test_between_password_and_code_nobody_needs_longer_than_ten_minutes(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        client = after_password()
        clock.shift(timedelta(minutes=11))
        answer = client.post("/account/code/", {"code": code(secret)})
        assert client.get("/").headers["Location"].startswith("/login/")
        assert answer.status_code == 302


def test_the_session_gets_a_new_name_after_the_code(kim: Account, secret: str) -> None:
    client = after_password()
    before = client.cookies["sessionid"].value
    client.post("/account/code/", {"code": code(secret)})
    assert client.cookies["sessionid"].value != before


def test_signing_out_everywhere_ends_the_other_browser_too(kim: Account, secret: str) -> None:
    with time_machine.travel(NOW) as clock:
        first = after_password()
        first.post("/account/code/", {"code": code(secret)})
        clock.shift(timedelta(seconds=60))
        second = after_password()
        second.post("/account/code/", {"code": code(secret)})
        second.post("/account/sign-out/")
        for client in (first, second):
            assert client.get("/").headers["Location"].startswith("/login/")


def test_a_reset_factor_is_set_up_anew_and_ends_the_sessions(kim: Account, secret: str) -> None:
    client = after_password()
    client.post("/account/code/", {"code": code(secret)})
    second_factor.reset(kim)
    assert client.get("/").headers["Location"].startswith("/login/")
    assert after_password().get("/account/code/").headers["Location"] == "/account/code/set-up/"


def test_the_password_can_be_changed_and_a_wrong_one_changes_nothing(kim: Account, secret: str) -> None:
    client = after_password()
    client.post("/account/code/", {"code": code(secret)})
    form = {"old_password": "wrong", "new_password1": "galma-7315-river", "new_password2": "galma-7315-river"}
    assert client.post("/account/password/", form).status_code == 200
    assert client.post("/account/password/", form | {"old_password": PASSWORD}).status_code == 302
    kim.refresh_from_db()
    assert kim.check_password("galma-7315-river")


def test_where_the_factor_is_switched_off_the_password_is_enough(
    kim: Account, secret: str, settings: SettingsWrapper
) -> None:
    settings.SECOND_FACTOR = False
    assert after_password().get("/").status_code == 200


def test_activity_is_written_down_once_a_minute_at_most(
    kim: Account, secret: str, django_assert_num_queries: Any
) -> None:
    client = after_password()
    client.post("/account/code/", {"code": code(secret)})
    client.get("/account/")
    # Session, account, recovery codes, second factor and neighbourhoods; nothing is written.
    with django_assert_num_queries(5):
        client.get("/account/")
    assert client.session[ACTIVE] >= time.time() - 60


def test_an_operator_gives_a_secret_and_resets_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["user", "add", "kim", "--neighbourhood", "둔산1동"]
    for weak in ("ABCD2345", "!" * 32):
        monkeypatch.setenv("SEOGU_BRIDGE_USER_TOTP_SECRET", weak)
        with pytest.raises(DeploymentError, match="USER_TOTP_SECRET"):
            run_command(*words)
    assert not Account.objects.exists()
    monkeypatch.setenv("SEOGU_BRIDGE_USER_TOTP_SECRET", RFC_SECRET)
    run_command(*words)
    address = re.search(r"otpauth://\S+", capsys.readouterr().out)
    assert address
    assert parse_qs(urlsplit(address[0]).query)["secret"] == [RFC_SECRET]
    assert second_factor.is_set_up(Account.objects.get())
    assert run_command("second-factor", "reset", "kim") == 0
    assert not second_factor.is_set_up(Account.objects.get())
    with pytest.raises(DeploymentError, match="nobody"):
        run_command("second-factor", "reset", "nobody")


def test_a_factor_that_waits_to_be_confirmed_is_asked_for_no_code(kim: Account) -> None:
    second_factor.waiting_for(kim, NOW)
    assert not second_factor.is_set_up(kim)
    assert SecondFactor.objects.get().confirmed_at is None


@pytest.mark.parametrize("weak", ["seogu-bridge1", "대전서구돌봄복지", "둔산1동-daejeon", "Password-SeoGu"])
def test_a_password_of_local_words_is_refused(kim: Account, weak: str) -> None:
    with pytest.raises(ValidationError, match="비밀번호"):
        LocalWordsValidator().validate(weak)
    LocalWordsValidator().validate(PASSWORD)


def test_nothing_stays_in_a_shared_browser(kim: Account, secret: str) -> None:
    client = after_password()
    client.post("/account/code/", {"code": code(secret)})
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.post("/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_made_up_password_is_changed_before_anything_else(kim: Account, secret: str) -> None:
    kim.password_is_made_up = True
    kim.save()
    client = after_password()
    answer = client.post("/account/code/", {"code": code(secret)}, follow=True)
    assert answer.redirect_chain[-1][0] == "/account/password/?next=%2F"
    assert client.get("/homes/").headers["Location"].startswith("/account/password/")
    same = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert client.post("/account/password/", same).status_code == 200
    assert client.get("/").status_code == 302
    form = same | {"new_password1": "galma-7315-river", "new_password2": "galma-7315-river"}
    assert client.post("/account/password/", form).status_code == 302
    assert client.get("/").status_code == 200


def test_only_a_password_that_was_made_up_must_be_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command("user", "add", "kim")
    monkeypatch.setenv("SEOGU_BRIDGE_USER_PASSWORD", PASSWORD)
    run_command("user", "add", "lee")
    made_up = Account.objects.filter(password_is_made_up=True)
    assert list(made_up.values_list("username", flat=True)) == ["kim"]
