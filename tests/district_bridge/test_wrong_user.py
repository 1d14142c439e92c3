"""Whoever has no business at an address gets nothing from it and changes nothing there. All addresses."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from district_bridge.accounts.models import Role
from district_bridge.alerts import desk
from district_bridge.area.models import AreaHome, AreaIncident
from tests.district_bridge.addresses import (
    ADDRESSES,
    Address,
    World,
    make_stranger,
    make_world,
    names_in_the_urlconf,
)
from tests.district_bridge.people import enrolled_home, raised_alert

pytestmark = pytest.mark.django_db
# What a stranger's own visit may leave behind.
CHANGING = [name for name, found in ADDRESSES.items() if found.method == "post" and name != "language"]
# Enough for every form behind a hidden address.
BODY = {
    "name": "남의집",
    "contact-TOTAL_FORMS": "0",
    "contact-INITIAL_FORMS": "0",
    "text": "안녕하세요",
    "answer": "give",
    "outcome": "helped",
}
OWN_TRACES = {"session", "accessattempt", "accesslog", "accessfailurelog", "entry", "secondfactor"}


def test_every_view_says_whom_it_is_for() -> None:
    assert sorted(names_in_the_urlconf()) == sorted(ADDRESSES)


@pytest.fixture
def world() -> World:
    return make_world()


def everything() -> dict[str, list[dict[str, Any]]]:
    """All that is stored in the bridge's own tables, but for what a visit leaves at the visitor's account."""
    found = {}
    for model in apps.get_models():
        if model.__module__.startswith("district_bridge.") and model._meta.model_name not in OWN_TRACES:
            rows = list(model._default_manager.order_by("pk").values())
            for row in rows:
                row.pop("last_login", None)
                # Signing oneself out everywhere is one's own business, too.
                row.pop("sessions", None)
            found[model._meta.label] = rows
    return found


def ask(client: Client, address: Address, world: World) -> Any:
    return getattr(client, address.method)(address.path(world), address.data)


@pytest.mark.parametrize("name", ADDRESSES)
def test_stranger_gets_nothing_and_changes_nothing(name: str, world: World) -> None:
    address = ADDRESSES[name]
    client = Client()
    client.force_login(make_stranger())
    before = everything()
    response = ask(client, address, world)
    if address.whom == "hidden":
        assert response.status_code == 404
    if address.whom in {"officers", "administrators"}:
        assert response.status_code == 403
    if address.whom == "list":
        assert response.status_code == 200
    if not response.streaming:
        content = response.content.decode()
        # The address itself comes back on the page, in the form that switches the language.
        traces = [trace for trace in world.traces if trace not in address.path(world)]
        assert [trace for trace in traces if trace in content] == []
    assert everything() == before


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.DUTY_OFFICER])
def test_stranger_finds_nothing_whichever_way_they_ask(role: Role, world: World) -> None:
    client = Client()
    client.force_login(make_stranger(role))
    before = everything()
    for name, address in ADDRESSES.items():
        if address.whom != "hidden":
            continue
        for method in ("get", "post", "put", "delete", "head"):
            response = getattr(client, method)(address.path(world), BODY | address.data)
            assert response.status_code in {404, 405}, (name, method)
    assert everything() == before


def test_what_a_form_names_must_be_ones_own_as_well(world: World) -> None:
    """The address is the person's own; the body names something of another neighbourhood."""
    lee = make_stranger(Role.DUTY_OFFICER)
    own = enrolled_home(where="갈마1동", resident="이순이")
    mine = raised_alert(own)
    desk.acknowledge(mine.pk, lee, timezone.now())
    area = AreaIncident.objects.create(opened_at=timezone.now(), provider="갑통신")
    AreaHome.objects.create(area=area, home=own, rank_score=1, silent_since=timezone.now())
    foreign = AreaHome.objects.create(area=area, home=world.home, rank_score=1, silent_since=timezone.now())
    client = Client()
    client.force_login(lee)
    there = world.home.neighbourhood_id
    moment = "2026-11-26T09:00"
    shift = {"duty": "caseworker", "account": lee.pk, "starts_at": moment, "ends_at": "2026-11-26T10:00"}
    rungs = {"again_s": 60, "after_caseworker": 0}
    before = everything()
    for path, body, status in (
        (f"/alerts/{mine.pk}/merge/", {"into": world.alert.pk}, 302),
        (f"/alerts/{mine.pk}/offer/", {"to": world.kim.pk}, 302),
        ("/homes/enrol/", {"neighbourhood": there, "resident": "남"}, 422),
        ("/calendar/add/", {**shift, "neighbourhood": there, "every": "0", "times": 1}, 422),
        ("/calendar/add/", {**shift, "every": "0", "times": 1}, 422),
        ("/ladders/", {**rungs, "neighbourhood": there}, 422),
        ("/ladders/", rungs, 422),
        (f"/areas/{area.pk}/homes/{foreign.pk}/", {"answer": "well"}, 404),
    ):
        assert client.post(path, body).status_code == status, path
    assert everything() == before
    # The same with what is their own goes through: the bodies are right but for whom they name.
    here = own.neighbourhood_id
    assert client.post("/ladders/", {**rungs, "neighbourhood": here}).status_code == 302
    added = {**shift, "neighbourhood": here, "every": "0", "times": 1}
    assert client.post("/calendar/add/", added).status_code == 302


@pytest.mark.parametrize("name", [name for name, found in ADDRESSES.items() if found.whom == "officers"])
def test_officer_of_another_neighbourhood_changes_nothing(name: str, world: World) -> None:
    client = Client()
    client.force_login(make_stranger(Role.DUTY_OFFICER))
    before = everything()
    assert ask(client, ADDRESSES[name], world).status_code in {404, 422}
    assert everything() == before


@pytest.mark.parametrize("name", [name for name, found in ADDRESSES.items() if found.whom != "public"])
def test_nobody_gets_in_without_signing_in(name: str, world: World) -> None:
    before = everything()
    response = ask(Client(), ADDRESSES[name], world)
    assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/login/")
    assert everything() == before


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_something_is_not_done_by_a_link(name: str, world: World) -> None:
    client = Client()
    client.force_login(world.kim)
    assert client.get(ADDRESSES[name].path(world)).status_code == 405


@pytest.mark.parametrize(
    "name", [name for name, found in ADDRESSES.items() if found.whom == "hidden" and found.method == "get"]
)
def test_its_own_caseworker_is_let_in(name: str, world: World) -> None:
    client = Client()
    client.force_login(world.kim)
    content = ask(client, ADDRESSES[name], world).content.decode()
    assert world.home.resident.name in content or world.alert.get_state_display() in content
