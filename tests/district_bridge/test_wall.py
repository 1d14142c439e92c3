"""The second wall: on PostgreSQL a query that forgot its scope still finds only the person's own homes."""

from typing import TYPE_CHECKING

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from district_bridge.access import break_glass, wall
from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.alerts.models import Alert, Transition
from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.dashboard.views import homes as home_views
from district_bridge.escalation.models import AreaCall
from district_bridge.homes.models import Contact, Home, HomeKey, Resident
from tests.district_bridge.home_side import Signing
from tests.district_bridge.people import caseworker, enrolled_home, neighbourhood, raised_alert
from tests.district_bridge.test_dashboard import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_postgresql() -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row-level security")
    assert wall.is_up()
    yield
    wall.lift()


@pytest.fixture
def mine() -> Home:
    return enrolled_home(Signing(), where="갈마1동", resident="이순이")


@pytest.fixture
def foreign() -> Home:
    home = enrolled_home(Signing(), where="둔산1동", resident="김순자")
    raised_alert(home)
    Contact.objects.create(home=home, name="박영희")
    return home


@pytest.fixture
def lee() -> Account:
    return caseworker("lee", "갈마1동")


def counts() -> dict[str, int]:
    found = {
        model.__name__: model._default_manager.count()
        for model in (Home, Resident, Alert, Transition, Contact, HomeKey)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM homes_home")
        return found | {"raw": cursor.fetchone()[0]}


def test_whatever_is_asked_only_ones_own_homes_are_there(lee: Account, mine: Home, foreign: Home) -> None:
    raised_alert(mine)
    wall.close_in(lee)
    assert counts() == {
        "Home": 1, "Resident": 1, "Alert": 1, "Transition": 1, "Contact": 0, "HomeKey": 1, "raw": 1,
    }  # fmt: skip
    assert Home.objects.get() == mine
    wall.lift()
    assert counts()["Home"] == 2


def test_nobody_without_a_neighbourhood_sees_anything(mine: Home, foreign: Home) -> None:
    nobody = caseworker("nobody")
    nobody.neighbourhoods.clear()
    wall.close_in(nobody)
    assert set(counts().values()) == {0}


def test_the_role_alone_sees_nothing(mine: Home) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {wall.ROLE}")
    assert set(counts().values()) == {0}


def test_foreign_rows_can_be_neither_changed_nor_made(lee: Account, mine: Home, foreign: Home) -> None:
    wall.close_in(lee)
    assert Home.objects.filter(pk=foreign.pk).update(software="mine") == 0
    assert Alert.objects.all().delete()[0] == 0
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Contact.objects.create(home=foreign, name="나")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Home.objects.filter(pk=mine.pk).update(neighbourhood=Neighbourhood.objects.get(name="둔산1동"))


def test_a_view_that_forgot_its_scope_shows_nobody_elses_home(
    lee: Account, mine: Home, foreign: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(_account: Account) -> QuerySet[Home]:
        return Home.objects.all()

    monkeypatch.setattr(home_views, "homes_visible_to", everything)
    client = signed_in(lee)
    listed = client.get("/homes/").content.decode()
    assert mine.pk in listed
    assert foreign.pk not in listed
    assert client.get(f"/homes/{mine.pk}/").status_code == 200
    assert client.get(f"/homes/{foreign.pk}/").status_code == 404
    admin = signed_in(caseworker("admin", role=Role.ADMIN))
    assert foreign.pk in admin.get("/homes/").content.decode()


def test_the_wall_is_gone_after_each_request_also_after_one_that_fails(
    lee: Account, mine: Home, foreign: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(lee)
    client.get("/homes/")
    assert Home.objects.count() == 2

    def fails(_account: Account) -> QuerySet[Home]:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(home_views, "homes_visible_to", fails)
    client.raise_request_exception = False
    assert client.get("/homes/").status_code == 500
    assert Home.objects.count() == 2


def test_a_home_opened_in_an_emergency_is_inside(lee: Account, mine: Home, foreign: Home) -> None:
    break_glass.open_home(lee, foreign, "이웃이 신고함", timezone.now())
    wall.close_in(lee)
    assert Home.objects.count() == 2
    assert Alert.objects.get().home == foreign


def test_every_table_that_hangs_on_a_home_is_walled() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = %s", [wall.POLICY])
        walled = {row[0] for row in cursor.fetchall()}
    assert walled == set(wall.rules())
    assert {"homes_home", "homes_resident", "alerts_alert", "alerts_transition", "privacy_consent"} <= walled
    assert {"escalation_areacall", "channels_reach"} & walled == {"escalation_areacall"}


def test_calls_to_foreign_homes_are_not_seen(lee: Account, mine: Home, foreign: Home) -> None:
    now = timezone.now()
    area = AreaIncident.objects.create(neighbourhood=foreign.neighbourhood, opened_at=now)
    for home in (mine, foreign):
        member = AreaHome.objects.create(area=area, home=home, rank_score=1, silent_since=now)
        AreaCall.objects.create(member=member, person=lee, answer="well", at=now)
    wall.close_in(lee)
    assert [call.member.home for call in AreaCall.objects.all()] == [mine]


def test_building_it_again_changes_nothing() -> None:
    assert wall.build()
    assert wall.is_up()
    neighbourhood()


def test_a_rule_that_changed_replaces_the_one_that_stands(request: pytest.FixtureRequest) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP POLICY {wall.POLICY} ON homes_home")
        cursor.execute(f"CREATE POLICY {wall.POLICY} ON homes_home USING (true)")
    assert wall.build()
    lee, mine, _ = (request.getfixturevalue(name) for name in ("lee", "mine", "foreign"))
    wall.close_in(lee)
    assert list(Home.objects.all()) == [mine]


@pytest.mark.django_db(transaction=True)
def test_a_connection_whose_wall_was_not_lifted_serves_nobody_else(
    request: pytest.FixtureRequest,
) -> None:
    lee, _, _ = (request.getfixturevalue(name) for name in ("lee", "mine", "foreign"))
    wall.close_in(lee)
    assert Home.objects.count() == 1
    wall.make_sure_it_is_lifted()
    assert Home.objects.count() == 2
    wall.make_sure_it_is_lifted()
    assert Home.objects.count() == 2
