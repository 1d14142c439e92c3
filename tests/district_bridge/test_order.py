"""Who comes first: in the queue, in an outage's call list, and what is said when 119 is called for them."""

import random
import re
from datetime import datetime, timedelta
from uuid import uuid7

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from district_bridge.access import seen
from district_bridge.alerts import order
from district_bridge.alerts.models import BACK_IN_THE_QUEUE, Alert, State, Transition
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.dashboard import emergency_call
from district_bridge.dashboard.templatetags import words
from district_bridge.dashboard.views import queue
from district_bridge.escalation import outages
from district_bridge.homes.models import Home, Resident
from district_bridge.literals import Literal, literals
from district_bridge.sqlite import statistics
from district_bridge.supervision.models import CarePlan
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def plan(home: Home, **values: object) -> None:
    CarePlan.objects.update_or_create(home=home, defaults=values)


@pytest.fixture
def frail() -> Home:
    home = enrolled_home(resident="약한분")
    plan(home, frailty="frail")
    return home


@pytest.fixture
def home() -> Home:
    return enrolled_home(resident="다른분")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's planner has its own ways")
def test_look_for_those_at_risk_uses_the_index_of_their_plans(home: Home) -> None:
    raised_alert(home)
    look = Alert.objects.filter(home__in=CarePlan.objects.filter(order.AT_RISK).values("pk"))
    with connection.cursor() as cursor:
        # So few rows would be read whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "plan_at_risk" in look.explain()


def signed_in(username: str = "kim") -> Client:
    client = Client()
    client.force_login(caseworker(username))
    return client


def shown(client: Client) -> list[str]:
    return re.findall(r'<li class="alert[^>]*data-incident="([^"]+)"', client.get("/").content.decode())


def test_frail_resident_comes_before_one_who_waits_longer_but_not_before_an_emergency(
    frail: Home, home: Home
) -> None:
    now = timezone.now()
    old = raised_alert(home, now - 9 * MINUTE, severity="warning")
    theirs = raised_alert(frail, now - MINUTE, severity="warning")
    emergency = raised_alert(home, now, severity="emergency")
    assert shown(signed_in()) == [str(alert.incident) for alert in (emergency, theirs, old)]


def test_queue_says_why_somebody_stands_first(frail: Home, home: Home) -> None:
    raised_alert(frail)
    plan(home, needs_power=True)
    raised_alert(home)
    content = signed_in().get("/").content.decode()
    assert content.count('<span class="tag warn">거동이 불편하심</span>') == 1
    assert content.count('<span class="tag warn">전기가 필요한 기기 사용</span>') == 1


def test_changed_plan_counts_at_once(frail: Home, home: Home) -> None:
    now = timezone.now()
    old, theirs = raised_alert(home, now - MINUTE), raised_alert(frail, now)
    client = signed_in()
    assert shown(client) == [str(theirs.incident), str(old.incident)]
    plan(frail, frailty="standard")
    assert shown(client) == [str(old.incident), str(theirs.incident)]


def test_pages_of_the_queue_are_the_whole_queue_in_its_order() -> None:
    dice = random.Random(5)  # noqa: S311 - a shuffle
    now = timezone.now()
    homes = [enrolled_home() for _ in range(4)]
    plan(homes[0], frailty="frail")
    plan(homes[1], needs_power=True)
    plan(homes[2], frailty="standard")
    for _ in range(40):
        severity = dice.choice(["emergency", "warning", "notice"])
        raised_alert(dice.choice(homes), now - dice.randrange(9) * MINUTE, severity=severity)
    at_risk = {homes[0].pk, homes[1].pk}
    everything = sorted(
        Alert.objects.all(), key=lambda it: (it.severity, it.home_id not in at_risk, it.received_at, it.pk)
    )
    raised = Alert.objects.filter(state=State.RAISED)
    found, more, start = [], True, 0
    while more:
        rows, more = order.page(raised, start, 7)
        found += rows
        start += 7
    assert found == everything


def test_alerts_of_other_pages_are_not_loaded_and_so_do_not_count_as_shown(frail: Home, home: Home) -> None:
    now = timezone.now()
    for minutes in range(3):
        raised_alert(frail, now - minutes * MINUTE)
        raised_alert(home, now - minutes * MINUTE)
    with seen.watching() as homes:
        order.page(Alert.objects.all(), 0, 2)
    assert homes == {frail.pk}


def resident(home: Home, **values: str) -> None:
    found = Resident.objects.get(home=home)
    for name, value in values.items():
        setattr(found, name, value)
    found.save()


def said(home: Home) -> str:
    """What is read out to 119, as the alert's page has it."""
    alert = raised_alert(home)
    assert emergency_call.script(alert, timezone.now())
    return signed_in().get(f"/alerts/{alert.pk}/").content.decode()


def test_119_is_told_the_street_the_age_and_the_telephone(home: Home) -> None:
    resident(home, address="둔산로 100, 3동 502호", birth_year="1940", phone="042-000-0000")
    content = said(home)
    assert "위치: 둔산1동, 둔산로 100, 3동 502호. 성함: 다른분." in content
    assert f"연세: 약 {timezone.localdate().year - 1940}세." in content
    assert "어르신 전화번호: 042-000-0000." in content
    assert "혼자 사시는 어르신께" in content


def test_119_is_told_the_most_telling_signs_and_no_scores(home: Home) -> None:
    names = ("free_fall", "impact", "tilt_change", "stillness", "score", "answer")
    evidence: list[dict[str, object]] = [{"name": name, "value": 2, "unit": "s"} for name in names]
    evidence[-1]["value"] = "none"
    alert = raised_alert(home, evidence=evidence)
    signs = emergency_call.script(alert, timezone.now())[3:-1]
    assert signs == ["어르신: 대답이 없으셨습니다.", "그 뒤 움직임 없음: 2 초.", "강한 충격: 2 초."]


def test_nobody_is_told_of_a_stillness_of_a_moment(home: Home) -> None:
    evidence = [
        {"name": "stillness", "value": 0.08, "unit": "s"},
        {"name": "impact", "value": 4, "unit": "g"},
    ]
    alert = raised_alert(home, evidence=evidence)
    [sign] = emergency_call.script(alert, timezone.now())[3:-1]
    assert [f"{noticed}." for noticed in words.evidence_words(alert.evidence)] == [sign]
    assert "4" in sign


def test_whoever_calls_119_is_told_when_the_street_is_not_known(home: Home) -> None:
    assert "위치: 둔산1동 (상세 주소는 등록되어 있지 않습니다)." in said(home)


def test_119_is_not_told_that_somebody_is_alone_who_is_not(home: Home) -> None:
    plan(home, lives_alone=False, needs_power=True)
    content = said(home)
    assert "혼자 사시는" not in content
    assert "문을 열어 줄 사람이 없을 수" not in content
    assert "전기가 끊기면 위험한 의료 기기" in content


def test_call_list_has_who_is_silent_first_then_the_well_then_who_is_back(now: datetime) -> None:
    client = signed_in()
    names = ("돌아온분", "무사한분", "못받은분", "새로운분")
    homes = {name: enrolled_home(now=now, resident=name) for name in names}
    area = AreaIncident.objects.create(neighbourhood=homes["돌아온분"].neighbourhood, opened_at=now)
    members = {
        name: AreaHome.objects.create(area=area, home=home, rank_score=90 - 10 * place, silent_since=now)
        for place, (name, home) in enumerate(homes.items())
    }
    AreaHome.objects.filter(pk=members["돌아온분"].pk).update(returned_at=now)
    kim = caseworker("park")
    outages.called(members["무사한분"], kim, "well", now)
    outages.called(members["못받은분"], kim, "no_answer", now)
    content = client.get(f"/areas/{area.pk}/").content.decode()
    assert re.findall(r">(\S+분)</a>", content) == ["못받은분", "새로운분", "무사한분", "돌아온분"]


def test_queue_is_walked_along_its_indexes_on_both_databases() -> None:
    person, now = caseworker(), timezone.now()
    where = enrolled_home().neighbourhood
    homes = [Home(pk=f"h-{number:05}", neighbourhood=where, created_at=now) for number in range(300)]
    Home.objects.bulk_create(homes)
    more = {"kind": "fall", "severity": 1, "origin": "home", "opened_at": now, "changed_at": now}
    Alert.objects.bulk_create(
        Alert(home=home, incident=uuid7(), received_at=now, summary_ko="", summary_en="", **more)
        for home in homes
    )
    statistics.count(now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    mine = alerts_visible_to(person)
    keys = mine.order_by(*order.AGE).values_list("pk", "severity", "received_at")
    assert "alert_raised" in keys.filter(state=queue.RAISED)[:31].explain()
    assert "alert_in_hand" in keys.filter(state=queue.IN_HAND)[:31].explain()
    came_back = Transition.objects.filter(at__gte=now, step__in=literals(BACK_IN_THE_QUEUE))
    assert "back_in_the_queue" in came_back.order_by("-id")[:5].explain()


def test_only_a_plain_word_is_written_into_a_statement() -> None:
    with pytest.raises(ValueError, match="no word"):
        Literal("raised' OR 'a' = 'a")
