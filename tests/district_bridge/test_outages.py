"""An outage in people's hands: told once, taken on as one, called home by home, most at risk first."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.channels.models import Reach
from district_bridge.escalation import outages
from district_bridge.escalation.models import AreaCall, Duty, Shift
from district_bridge.homes.models import Home
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import work_once
from tests.district_bridge.people import caseworker, enrolled_home

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim() -> Account:
    account = caseworker("kim")
    Reach.objects.create(account=account, email="kim@example.kr")
    return account


@pytest.fixture
def area(now: datetime) -> AreaIncident:
    homes = [enrolled_home(now=now, resident=f"어르신{number}") for number in range(3)]
    made = AreaIncident.objects.create(neighbourhood=homes[0].neighbourhood, opened_at=now)
    for number, home in enumerate(homes):
        AreaHome.objects.create(
            area=made, home=home, rank_score=10 * number, reasons=["lives_alone"], silent_since=now
        )
    return made


@pytest.fixture
def client(kim: Account) -> Client:
    made = Client()
    made.force_login(kim)
    return made


def test_outage_is_told_once_as_one_message_to_who_is_on_call(
    area: AreaIncident, kim: Account, now: datetime
) -> None:
    Shift.objects.create(
        neighbourhood=area.neighbourhood,
        duty=Duty.CASEWORKER,
        account=kim,
        starts_at=now,
        ends_at=now + timedelta(hours=8),
        made_at=now,
    )
    for _ in range(3):
        outages.tell_of_new_outages(now)
    message = Outgoing.objects.get(kind="email")
    assert message.payload == {"area": area.pk, "account": kim.pk}


def test_outage_that_is_over_is_not_told_any_more(area: AreaIncident, kim: Account, now: datetime) -> None:
    outages.tell_of_new_outages(now)
    AreaIncident.objects.update(closed_at=now)
    work_once(now)
    assert "no longer needed" in Outgoing.objects.get(kind="email").failure


def test_who_is_most_at_risk_stands_at_the_top(area: AreaIncident, client: Client) -> None:
    content = client.get(f"/areas/{area.pk}/").content.decode()
    assert re.findall("어르신[0-9]</a>", content) == ["어르신2</a>", "어르신1</a>", "어르신0</a>"]
    assert "혼자 사심" in content


def test_queue_shows_the_outage_as_one_row_with_its_numbers(area: AreaIncident, client: Client) -> None:
    AreaHome.objects.filter(rank_score=0).update(returned_at=area.opened_at)
    content = client.get("/").content.decode()
    assert content.count(f'data-area="{area.pk}"') == 1
    assert "<strong>2</strong> / 3" in content


def test_taking_it_on_takes_the_alerts_of_its_homes_but_not_those_of_colleagues(
    area: AreaIncident, client: Client, kim: Account, now: datetime
) -> None:
    alerts = [desk.home_fell_silent(home, now) for home in Home.objects.order_by("pk")]
    desk.acknowledge(alerts[0].pk, caseworker("park"), now)
    content = client.post(f"/areas/{area.pk}/take-on/", follow=True).content.decode()
    assert "함께 맡은 알림: 2" in content
    assert Alert.objects.filter(holder=kim, state="acknowledged").count() == 2
    assert "kim 복지사" in client.get("/").content.decode()


def test_call_is_written_down_for_all_to_see(area: AreaIncident, client: Client, kim: Account) -> None:
    member = AreaHome.objects.order_by("-rank_score")[0]
    path = f"/areas/{area.pk}/homes/{member.pk}/"
    client.post(path, {"answer": "no_answer"})
    client.post(path, {"answer": "well"})
    client.post(path, {"answer": "dance"})
    assert (AreaCall.objects.get().answer, AreaCall.objects.get().person) == ("well", kim)
    assert "무사하심 · kim 복지사" in client.get(f"/areas/{area.pk}/").content.decode()


def test_caseworker_sees_of_an_outage_only_their_own_homes(
    area: AreaIncident, client: Client, now: datetime
) -> None:
    elsewhere = enrolled_home(now=now, where="갈마1동", resident="남의동어르신")
    AreaHome.objects.create(area=area, home=elsewhere, rank_score=99, silent_since=now)
    assert "남의동어르신" not in client.get(f"/areas/{area.pk}/").content.decode()
    assert "<strong>3</strong> / 3" in client.get("/").content.decode()
