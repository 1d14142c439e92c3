"""Many homes silent together are one outage, told by a clock that the tests wind."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid7

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.area import core, outages
from district_bridge.area.core import Fallen, Group
from district_bridge.area.models import AreaHome, AreaIncident, HomeLine
from district_bridge.area.scope import areas_visible_to, call_list
from district_bridge.homes.models import Home, KeyOwner, Resident
from district_bridge.intake.audit import audit
from district_bridge.intake.models import MissingMessages
from district_bridge.outgoing.models import Outgoing
from district_bridge.supervision import plan, watch
from district_bridge.supervision.loop import Supervisor
from district_bridge.supervision.models import CarePlan
from tests.district_bridge.people import caseworker, neighbourhood, raised_alert

if TYPE_CHECKING:
    from django.test import Client

database = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LIMIT = timedelta(seconds=150)


def fallen(count: int, where: int = 1, provider: str = "", start: int = 0) -> list[Fallen]:
    return [Fallen(f"h-{where}-{provider}-{start + number}", where, provider) for number in range(count)]


def all_of(watched: int) -> object:
    return lambda _group: watched


def test_five_homes_of_a_small_neighbourhood_are_one_outage() -> None:
    assert core.arising(fallen(4), [], lambda _: 200) == []
    assert core.arising(fallen(5), [], lambda _: 200) == [Group(1)]


def test_more_homes_must_fall_silent_where_more_are_watched() -> None:
    needed = [core.fewest(watched) for watched in (5, 200, 1_667, 15_000, 40_000)]
    assert needed == sorted(needed)
    assert needed[0] == 5
    assert needed[2] <= 8
    assert 8 < needed[3] < 20
    assert needed[4] < 40


def test_outage_of_one_provider_over_several_neighbourhoods_is_the_providers() -> None:
    silent = [home for where in range(6) for home in fallen(4, where, "갑통신")]
    assert core.arising(silent, [], lambda _: 5_000) == [Group(None, "갑통신")]
    mixed = [home for where in range(6) for name in ("갑통신", "을통신") for home in fallen(6, where, name)]
    assert core.arising(mixed, [], lambda _: 1_000) == [Group(where) for where in range(6)]


def test_provider_with_homes_in_one_neighbourhood_is_no_wider_outage() -> None:
    assert core.arising(fallen(9, 3, "갑통신"), [], lambda _: 500) == [Group(3)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "갑", "을"])), max_size=60),
    st.integers(0, 40_000),
)
def test_every_outage_that_arises_explains_enough_homes(homes: list[tuple[int, str]], watched: int) -> None:
    silent = [Fallen(str(number), where, provider) for number, (where, provider) in enumerate(homes)]
    found = core.arising(silent, [], lambda _: watched)
    assert len(found) == len(set(found))
    for group in found:
        assert sum(core.group_of(home, [group]) is not None for home in silent) >= core.FEWEST


def test_outage_is_over_when_all_are_back_or_nobody_follows(now: datetime) -> None:
    assert core.is_over(10, 10, now, now)
    assert not core.is_over(10, 9, now, now + 119 * SECOND)
    assert core.is_over(10, 9, now, now + 120 * SECOND)
    assert not core.is_over(10, 7, now, now + timedelta(days=1))
    assert not core.is_over(10, 0, None, now)


def test_call_list_puts_who_may_be_dying_first() -> None:
    def score(**more: object) -> int:
        usual: dict[str, object] = {
            "lives_alone": False,
            "is_frail": False,
            "needs_power": False,
            "has_open_emergency": False,
            "alerts_lately": 0,
        }
        return core.rank(core.Resident(**(usual | more)))[0]  # type: ignore[arg-type]

    everything = {"lives_alone": True, "is_frail": True, "alerts_lately": 99}
    assert score(has_open_emergency=True) > score(needs_power=True, **everything)
    assert score(needs_power=True) > score(**everything)
    assert score(is_frail=True) > score(lives_alone=True, alerts_lately=99)
    assert score(lives_alone=True) > score(alerts_lately=99) > score()


def homes(count: int, now: datetime, where: str = "둔산1동", last: timedelta = timedelta()) -> list[Home]:
    """Homes that were heard of last at ``now``."""
    named = neighbourhood(where)
    made = [
        Home(
            id=f"h-{uuid7().hex[-12:]}",
            neighbourhood=named,
            created_at=now,
            link="online",
            last_seen_at=now + last,
            deadline_at=now + last + LIMIT,
        )
        for _ in range(count)
    ]
    Home.objects.bulk_create(made)
    Resident.objects.bulk_create([Resident(home=home, name="김순자") for home in made])
    return made


def speak(home: Home, now: datetime) -> None:
    home.refresh_from_db()
    watch.spoke(home, KeyOwner.HOME, now)
    home.save()


@database
def test_many_silent_homes_are_one_outage_and_no_alerts(now: datetime) -> None:
    silent = homes(40, now)
    homes(3, now, "갈마1동")
    assert watch.raise_silent_homes(now + LIMIT) == 43
    area = AreaIncident.objects.get()
    assert (area.neighbourhood.name, area.opened_at, area.homes.count()) == ("둔산1동", now + LIMIT, 40)
    assert Alert.objects.count() == 3
    assert Outgoing.objects.filter(kind="escalate").count() == 3
    assert {home.home_id for home in area.homes.all()} == {home.id for home in silent}
    assert Home.objects.filter(link="offline", deadline_at=None).count() == 43
    assert audit().holds


@database
def test_first_alerts_of_an_outage_go_up_in_it(now: datetime) -> None:
    early = homes(4, now)
    homes(20, now, last=10 * SECOND)
    supervisor = Supervisor()
    for second in range(1, 170):
        supervisor.round(now + second * SECOND)
    area = AreaIncident.objects.get()
    assert area.opened_at - (now + LIMIT) <= timedelta(seconds=11)
    assert area.homes.count() == 24
    assert {(alert.state, alert.outcome) for alert in Alert.objects.all()} == {("closed", "merged")}
    assert area.homes.exclude(alert=None).count() == len(early)
    assert audit().holds


@database
def test_alert_that_somebody_took_is_left_to_them(now: datetime) -> None:
    homes(4, now)
    homes(20, now, last=10 * SECOND)
    watch.raise_silent_homes(now + LIMIT)
    taken = Alert.objects.first()
    assert taken is not None
    desk.acknowledge(taken.pk, caseworker(), now + LIMIT)
    watch.raise_silent_homes(now + LIMIT + 10 * SECOND)
    taken.refresh_from_db()
    assert taken.state == "acknowledged"
    assert AreaHome.objects.filter(home=taken.home, alert=taken).exists()


@database
def test_outage_closes_as_homes_return_and_leaves_those_that_do_not(now: datetime) -> None:
    silent = homes(30, now)
    supervisor = Supervisor()
    supervisor.round(now)
    for second in (*range(10, 150, 10), 150):
        supervisor.round(now + second * SECOND)
    for home in silent[:28]:
        speak(home, now + LIMIT + SECOND)
    area = AreaIncident.objects.get()
    assert outages.away_count() == 2
    for second in range(160, 290, 10):
        supervisor.round(now + second * SECOND)
        speak(silent[0], now + second * SECOND)
    area.refresh_from_db()
    assert area.closed_at is not None
    assert outages.open_count() == 0
    left = Alert.objects.exclude(state="closed")
    assert {alert.home_id for alert in left} == {home.id for home in silent[28:]}
    speak(silent[28], now + 400 * SECOND)
    assert Alert.objects.get(home=silent[28]).outcome == "resolved_at_home"
    assert audit().holds


@database
def test_home_that_is_back_for_a_moment_is_away_again(now: datetime) -> None:
    silent = homes(10, now)
    watch.raise_silent_homes(now + LIMIT)
    speak(silent[0], now + LIMIT)
    assert AreaHome.objects.get(home=silent[0]).returned_at == now + LIMIT
    watch.raise_silent_homes(now + 2 * LIMIT)
    assert AreaHome.objects.get(home=silent[0]).returned_at is None
    assert not Alert.objects.exists()


@database
def test_outage_of_a_provider_is_seen_by_all_whose_homes_it_touches(now: datetime) -> None:
    silent = [home for where in ("둔산1동", "갈마1동", "월평2동") for home in homes(4, now, where)]
    HomeLine.objects.bulk_create([HomeLine(home=home, provider="갑통신") for home in silent])
    watch.raise_silent_homes(now + LIMIT)
    area = AreaIncident.objects.get()
    assert (area.neighbourhood, area.provider, area.homes.count()) == (None, "갑통신", 12)
    kim, other = caseworker("kim", "둔산1동"), caseworker("lee", "탄방동")
    assert list(areas_visible_to(kim)) == [area]
    assert {each.home.neighbourhood.name for each in call_list(area, kim)} == {"둔산1동"}
    assert not areas_visible_to(other).exists()
    assert not call_list(area, other).exists()


@database
def test_call_list_begins_with_who_is_most_at_risk(now: datetime) -> None:
    plain, together, frail, power, hurt = silent = homes(5, now)
    CarePlan.objects.create(home=together, lives_alone=False)
    CarePlan.objects.create(home=frail, frailty="frail")
    CarePlan.objects.create(home=power, needs_power=True)
    raised_alert(hurt, now)
    Home.objects.update(deadline_at=now + LIMIT)
    watch.raise_silent_homes(now + LIMIT)
    listed = call_list(AreaIncident.objects.get(), caseworker())
    assert [each.home_id for each in listed] == [home.id for home in (hurt, power, frail, plain, together)]
    assert listed[0].reasons == ["open_emergency", "lives_alone", "alerts_lately"]
    assert len(silent) == len(listed)


@database
def test_frail_residents_home_is_missed_sooner(now: datetime) -> None:
    [home] = homes(1, now)
    CarePlan.objects.create(home=home, frailty="frail")
    speak(home, now)
    assert watch.raise_silent_homes(now + 89 * SECOND) == 0
    assert watch.raise_silent_homes(now + 90 * SECOND) == 1


@database
def test_plan_is_changed_on_the_homes_page_and_counts_at_once(client: Client, now: datetime) -> None:
    [home] = homes(1, now)
    client.force_login(caseworker())
    form = {"frailty": "frail", "lives_alone": "on", "provider": "갑통신"}
    assert client.post(f"/homes/{home.pk}/plan/", form).status_code == 302
    home.refresh_from_db()
    assert home.deadline_at == now + 90 * SECOND
    assert (home.plan.frailty, home.plan.lives_alone, home.plan.needs_power) == ("frail", True, False)
    assert home.line.provider == "갑통신"
    page = client.get(f"/homes/{home.pk}/").content.decode()
    assert "갑통신" in page
    assert "<strong>1분 30초</strong>" in page
    assert "도착하지 않은 소식" not in page
    client.post(f"/homes/{home.pk}/plan/", {"frailty": "standard"})
    home.refresh_from_db()
    assert home.deadline_at == now + LIMIT
    assert not HomeLine.objects.exists()
    client.post(f"/homes/{home.pk}/plan/", {"frailty": "immortal"})
    assert CarePlan.objects.get().frailty == "standard"


@database
def test_wrong_user_changes_no_plan(client: Client, now: datetime) -> None:
    [home] = homes(1, now)
    assert client.post(f"/homes/{home.pk}/plan/", {"frailty": "frail"}).status_code == 302
    client.force_login(caseworker("lee", "탄방동"))
    assert client.post(f"/homes/{home.pk}/plan/", {"frailty": "frail"}).status_code == 404
    assert client.get(f"/homes/{home.pk}/plan/").status_code == 405
    assert not CarePlan.objects.exists()


@database
def test_numbers_that_never_came_are_shown_on_the_homes_page(client: Client, now: datetime) -> None:
    [home] = homes(1, now)
    for first, last in ((204, 204), (300, 311)):
        MissingMessages.objects.create(home=home, kid="k", first=first, last=last, noticed_at=now)
    client.force_login(caseworker())
    page = client.get(f"/homes/{home.pk}/").content.decode()
    assert "도착하지 않은 소식" in page
    assert "번호 204" in page
    assert "번호 300–311" in page


@database
def test_welcome_tells_a_frail_residents_home_to_beat_more_often(now: datetime) -> None:
    assert (plan.heartbeat_s("standard"), plan.heartbeat_s("frail")) == (30, 18)
    [home] = homes(1, now)
    CarePlan.objects.create(home=home, frailty="frail")
    assert watch.frailty(home.pk) == "frail"
