"""The dashboard in a real browser: by mouse, by keyboard, on a telephone, and read by axe."""

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.district_bridge.bridge_process import PASSWORD, BridgeProcess
from tests.district_bridge.home_side import HomeSide, heartbeat, incident, message

if TYPE_CHECKING:
    from collections.abc import Iterator

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# The machine may be busy; what must be quick is measured where it is asked for.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("no chromium is installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def state(browser: Browser, bridge: BridgeProcess) -> Iterator[object]:
    """Signed in once; each page starts from there."""
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(bridge.url)
    assert not Axe().run(page).violations_count, Axe().run(page).generate_report()
    page.get_by_label("아이디").fill("admin")
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#queue")
    yield context.storage_state()
    put_away(context)


@pytest.fixture
def page(browser: Browser, bridge: BridgeProcess, state: object) -> Iterator[Page]:
    context = browser.new_context(storage_state=state, viewport=DESKTOP)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    yield page
    put_away(context)
    assert wrong == []


@pytest.fixture
def home(bridge: BridgeProcess) -> HomeSide:
    made = bridge.new_home()
    made.send(heartbeat(wearable="offline"))
    return made


def put_away(*contexts: BrowserContext) -> None:
    """Closes them when nothing is under way: a page on its way elsewhere can hold up a close for ever."""
    for context in contexts:
        for page in context.pages:
            page.goto("about:blank")
        context.close()


def raise_alert(home: HomeSide, **more: object) -> str:
    told = incident(**more)
    home.send(message("incident", incident=told))
    return str(told["id"])


def open_live(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#link-state[data-state=online]")


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
    page: Page, make_bridge: object, browser: Browser
) -> None:
    own: BridgeProcess = make_bridge()  # type: ignore[operator]
    own.start()
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE_MS)
    alone = context.new_page()
    alone.goto(own.url)
    alone.fill("#id_username", "admin")
    alone.fill("#id_password", PASSWORD)
    alone.click("#sign-in")
    alone.wait_for_selector("#link-state[data-state=online]")
    own.kill()
    expect(alone.locator("#link-state")).to_have_text("연결 끊김")
    expect(alone.locator("#cut-off")).to_be_visible()
    own.start()
    expect(alone.locator("#link-state")).to_have_text("실시간")
    expect(alone.locator("#cut-off")).to_be_hidden()
    raised = raise_alert(own.new_home())
    expect(alone.locator(f'li[data-incident="{raised}"]')).to_be_visible()
    put_away(context)
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


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_have_no_axe_violation_and_fit_the_screen(
    page: Page, bridge: BridgeProcess, home: HomeSide, size: dict[str, int], language: str
) -> None:
    raised = raise_alert(home)
    raise_alert(home, id=raised, step=9, state="closed", outcome="answered_well")
    home.send({"id": "x", "type": "dance"})
    page.set_viewport_size(size)  # type: ignore[arg-type]
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
        found = Axe().run(page)
        assert not found.violations_count, f"{address}\n{found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
