"""The picture of the days: kept by consent alone, sealed, shown to who may see the home."""

import runpy
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils.translation import override

from district_bridge.intake.audit import audit
from district_bridge.intake.models import DeadLetter
from district_bridge.privacy import consent, purposes, retention
from district_bridge.routines import days
from district_bridge.routines.models import RoutineDay
from district_bridge.routines.week import MEALS
from district_bridge.routines.week import in_words as words_of_week
from tests.district_bridge.home_side import Signing, message
from tests.district_bridge.people import caseworker, enrolled_home
from tests.district_bridge.test_dashboard import signed_in
from tests.district_bridge.test_intake import send

if TYPE_CHECKING:
    from district_bridge.homes.models import Home

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ROOMS = ("." * 28 + "BKKLLL.LLB" + "~" * 12 + "EKLL").ljust(96, ".")
LIVELY = "".join("0" if room in ".~" else "7" for room in ROOMS)


@pytest.fixture
def signing() -> Signing:
    return Signing()


@pytest.fixture
def home(signing: Signing, now: datetime) -> Home:
    return enrolled_home(signing, now)


def day(date: str = "2026-11-21", **more: Any) -> dict[str, Any]:
    return {"date": date, "rooms": ROOMS, "lively": LIVELY, **more}


def test_days_are_kept_once_each_and_the_later_picture_counts(
    signing: Signing, home: Home, now: datetime
) -> None:
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    first = message("routine", days=[day("2026-11-20"), day()], seq=1)
    assert send(signing, home, now, first).stored == [first["id"]]
    assert send(signing, home, now, first).refused == []
    send(signing, home, now, message("routine", days=[day(lively="1" * 96)], seq=2))
    assert [str(each.day) for each in RoutineDay.objects.all()] == ["2026-11-21", "2026-11-20"]
    assert RoutineDay.objects.first().lively == "1" * 96
    assert audit().holds


def test_without_consent_a_picture_is_receipted_and_kept_nowhere(
    signing: Signing, home: Home, now: datetime
) -> None:
    sent = message("routine", days=[day()])
    assert send(signing, home, now, sent).stored == [sent["id"]]
    assert not RoutineDay.objects.exists()
    assert not DeadLetter.objects.exists()


def test_withdrawn_consent_destroys_the_days(signing: Signing, home: Home, now: datetime) -> None:
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    send(signing, home, now, message("routine", days=[day()]))
    consent.withdraw(home, purposes.ROUTINE_PICTURE, now)
    assert not RoutineDay.objects.exists()


def test_days_lie_sealed_in_the_database(signing: Signing, home: Home, now: datetime) -> None:
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    send(signing, home, now, message("routine", days=[day()]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rooms, lively FROM routines_routineday")
        assert all("LLL" not in text and "777" not in text for row in cursor.fetchall() for text in row)


def test_days_older_than_a_season_are_destroyed(signing: Signing, home: Home, now: datetime) -> None:
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    send(signing, home, now, message("routine", days=[day()]))
    for _ in retention.steps(NOW + timedelta(days=100)):
        pass
    assert not RoutineDay.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "today",
        [day()] * 2,
        [day("21.11.2026")],
        [day(rooms="L" * 95)],
        [day(rooms="거" * 96)],
        [day(lively="x" * 96)],
        [{"date": "2026-11-21"}],
        [day(f"2026-10-{number:02}") for number in range(1, 32)] + [day()],
    ],
)
def test_a_picture_that_is_none_is_refused_with_the_reason(
    signing: Signing, home: Home, now: datetime, wrong: Any
) -> None:
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    (refused,) = send(signing, home, now, message("routine", days=wrong)).refused
    assert refused["reason"]
    assert not RoutineDay.objects.exists()


def test_a_day_in_numbers() -> None:
    found = days.in_numbers(RoutineDay(day=NOW.date(), rooms=ROOMS, lively=LIVELY))
    assert (found.up, found.last) == ("07:00", "13:15")
    assert (found.bathroom, found.out_h, found.night_h) == (2, 3.0, 0.0)
    drawn = days.picture([RoutineDay(day=NOW.date(), rooms=ROOMS, lively=LIVELY)])
    assert [part.room for part in drawn.rows[0].stretches][:3] == ["B", "K", "L"]
    assert sum(part.width for part in drawn.rows[0].stretches) < drawn.width


def test_the_week_is_told_in_words_beside_the_weeks_before() -> None:
    def lived(rooms: str, ago: range) -> list[RoutineDay]:
        newest = date(2026, 11, 21)
        return [RoutineDay(day=newest - timedelta(days=each), rooms=rooms, lively=LIVELY) for each in ago]

    quiet = ("." * 30 + "BLL").ljust(96, ".")
    week, before = lived(ROOMS, range(7)), lived(quiet, range(7, 28))
    with override("ko"):
        told = " ".join(words_of_week(week + before))
    assert "보통 07:00쯤 일어나셨습니다" in told
    assert "끼니때 21번 가운데 14번 부엌을 쓰셨습니다" in told
    assert "7일 외출하셨고 모두 21시간입니다" in told
    assert "화장실은 하루 2번쯤" in told
    assert "움직임이 333% 늘었습니다" in told
    with override("en"):
        fallen = " ".join(words_of_week(lived(quiet, range(7)) + lived(ROOMS, range(7, 28))))
        assert "77% less movement" in fallen
        assert "Never out" in fallen
    (unwatched,) = lived("." * 96, range(1))
    assert words_of_week([unwatched]) == words_of_week([]) == words_of_week([unwatched, *before]) == []


def test_family_and_caseworker_hear_of_the_same_mealtimes() -> None:
    home = runpy.run_path("custom_components/seogu_care/care/routine/thresholds.py")["MEALS"]
    assert [(15.0 * each.start, 15.0 * each.stop) for each in MEALS] == list(home.values())


def test_home_page_shows_the_days_to_who_may_see_the_home_and_only_by_consent(
    signing: Signing, home: Home, now: datetime
) -> None:
    kim = caseworker("kim")
    page = f"/homes/{home.pk}/"
    assert 'id="routine-days"' not in signed_in(kim).get(page).content.decode()
    consent.give(home, purposes.ROUTINE_PICTURE, now)
    assert "아직 온 것이 없습니다" in signed_in(kim).get(page).content.decode()
    send(signing, home, now, message("routine", days=[day()]))
    shown = signed_in(kim).get(page).content.decode()
    assert "zone-out" in shown
    assert "살펴본 지난 1일: 보통 07:00쯤 일어나셨습니다." in shown
    assert "밤에는 거의 깨지 않으셨습니다." in shown
    stranger = caseworker("lee", "탄방동")
    assert signed_in(stranger).get(page).status_code == 404
