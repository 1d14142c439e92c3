"""The dashboard in a real browser: by mouse, by keyboard, on a telephone, and read by axe."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.district_bridge.browsing import DESKTOP, PHONE, Windows, check, open_live, raise_alert
from tests.district_bridge.home_side import HomeSide, heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.district_bridge.bridge_process import BridgeProcess


@pytest.fixture
def page(windows: Windows, bridge: BridgeProcess) -> Page:
    return windows.enter(bridge, "admin")


@pytest.fixture
def home(bridge: BridgeProcess) -> HomeSide:
    made = bridge.new_home()
    made.send(heartbeat(wearable="offline"))
    return made


def test_alert_appears_on_the_open_page_and_is_taken_and_closed(
    page: Page, bridge: BridgeProcess, home: HomeSide
) -> None:
    open_live(page, bridge.url)
    raised = raise_alert(home)
    row = page.locator(f'li[data-incident="{raised}"]')
    expect(row).to_have_attribute("data-state", "raised")
    row.get_by_role("button", name="확인하기").click()
    expect(page.locator("#story .state")).to_have_attribute("data-state", "acknowledged")
    page.locator("#close").click()
    expect(page.locator("#id_outcome")).to_be_visible()
    page.select_option("#id_outcome", "helped")
    page.fill("#id_note", "전화로 확인함")
    page.locator("#close").click()
    page.wait_for_url(f"{bridge.url}/")
    expect(row).to_have_count(0)
    with home.listen() as events:
        told = [next(events)["message"]["incident"]["state"] for _ in range(2)]
    assert told == ["acknowledged", "closed"]


def test_second_screen_follows_within_a_second_of_the_first(
    page: Page, bridge: BridgeProcess, home: HomeSide
) -> None:
    raised = raise_alert(home)
    second = page.context.new_page()
    open_live(second, bridge.url)
    open_live(page, bridge.url)
    row = f'li[data-incident="{raised}"]'
    page.locator(row).get_by_role("button", name="확인하기").click()
    expect(second.locator(row)).to_have_attribute("data-state", "acknowledged")


def test_page_says_when_it_is_cut_off_and_heals_by_itself(
    windows: Windows, make_bridge: Callable[..., BridgeProcess]
) -> None:
    own = make_bridge()
    own.start()
    alone = windows.enter(own, "admin")
    own.kill()
    expect(alone.locator("#link-state")).to_have_text("연결 끊김")
    expect(alone.locator("#cut-off")).to_be_visible()
    own.start()
    expect(alone.locator("#link-state")).to_have_text("실시간")
    expect(alone.locator("#cut-off")).to_be_hidden()
    raised = raise_alert(own.new_home())
    expect(alone.locator(f'li[data-incident="{raised}"]')).to_be_visible()
    alone.goto("about:blank")
    own.stop()


def test_new_emergency_rings_in_the_title(page: Page, bridge: BridgeProcess, home: HomeSide) -> None:
    open_live(page, bridge.url)
    raise_alert(home)
    expect(page).to_have_title(re.compile("응급"))
    page.keyboard.press("Shift")
    expect(page).not_to_have_title(re.compile("응급"))


def test_what_a_person_types_survives_a_change_of_the_alert(
    page: Page, bridge: BridgeProcess, home: HomeSide
) -> None:
    raised = raise_alert(home)
    open_live(page, bridge.url)
    page.locator(f'li[data-incident="{raised}"] h3 a').click()
    page.wait_for_selector("#link-state[data-state=online]")
    page.fill("#id_note", "지금 전화하는 중")
    raise_alert(home, id=raised, step=9, state="closed", outcome="answered_well")
    expect(page.locator("#state-changed")).to_be_visible()
    expect(page.locator("#id_note")).to_have_value("지금 전화하는 중")


def test_page_of_an_alert_follows_it_without_loading_itself_again(
    page: Page, bridge: BridgeProcess, home: HomeSide
) -> None:
    raised = raise_alert(home)
    open_live(page, bridge.url)
    page.locator(f'li[data-incident="{raised}"] h3 a').click()
    page.wait_for_selector("#link-state[data-state=online]")
    page.evaluate("window.same = true")
    second = page.context.new_page()
    open_live(second, bridge.url)
    second.locator(f'li[data-incident="{raised}"]').get_by_role("button", name="확인하기").click()
    expect(page.locator("#give-back")).to_be_visible()
    expect(page.locator("#story .state")).to_have_attribute("data-state", "acknowledged")
    assert page.evaluate("window.same") is True
    page.locator("#give-back").click()
    expect(page.locator("#acknowledge")).to_be_visible()


def test_alert_can_be_taken_by_keyboard_alone(page: Page, bridge: BridgeProcess, home: HomeSide) -> None:
    raised = raise_alert(home)
    open_live(page, bridge.url)
    button = page.locator(f'li[data-incident="{raised}"] button')
    for _ in range(200):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#story .state")).to_have_attribute("data-state", "acknowledged")


def test_page_to_sign_in_has_no_axe_violation_and_fits_the_screen(
    windows: Windows, bridge: BridgeProcess
) -> None:
    page = windows.blank()
    page.goto(bridge.url)
    page.wait_for_selector("#sign-in")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        check(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_have_no_axe_violation_and_fit_the_screen(
    page: Page, bridge: BridgeProcess, home: HomeSide, size: Any, language: str
) -> None:
    raised = raise_alert(home)
    raise_alert(home, id=raised, step=9, state="closed", outcome="answered_well")
    home.send({"id": "x", "type": "dance"})
    page.set_viewport_size(size)
    open_live(page, bridge.url)
    if language == "en":
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en]")
    path = page.locator(f'li[data-incident="{raised}"] h3 a').get_attribute("href")
    for address in (
        "/",
        path,
        f"/homes/{home.home}/",
        "/homes/",
        "/homes/enrol/",
        "/alerts/closed/",
        "/alerts/0/",
    ):
        open_live(page, f"{bridge.url}{address}")
        check(page)
