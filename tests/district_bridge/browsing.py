"""People before real browser windows: signed in once each, and nothing that was wrong goes unsaid."""

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.district_bridge.bridge_process import PASSWORD, BridgeProcess
from tests.district_bridge.home_side import HomeSide, incident, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESKTOP: Any = {"width": 1280, "height": 800}
PHONE: Any = {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# The machine may be busy; what must be quick is measured where it is asked for.
PATIENCE_MS = 60_000
ONLINE = "#link-state[data-state=online]"
# Who has signed in where: their cookies. A password is hashed slowly, on purpose; once is enough.
_SIGNED_IN: dict[tuple[Path, str], Any] = {}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a screen."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("no chromium is installed (Debian: apt install chromium)")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Windows:
    """Each person's own windows. Closing them tells what went wrong in any of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._wrong: list[str] = []

    def blank(self, size: Any = DESKTOP, state: Any = None) -> Page:
        """A window of nobody, or of whom ``state`` remembers."""
        context = self._browser.new_context(locale="ko-KR", viewport=size, storage_state=state)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.on(
            "console",
            lambda said: self._wrong.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    def enter(self, bridge: BridgeProcess, name: str, size: Any = DESKTOP) -> Page:
        """This person's queue, live; the first time by way of the log-in page."""
        who = (bridge.folder, name)
        page = self.blank(size, _SIGNED_IN.get(who))
        if who in _SIGNED_IN:
            open_live(page, f"{bridge.url}/")
            return page
        page.goto(f"{bridge.url}/login/")
        page.get_by_label("아이디").fill(name)
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(ONLINE)
        _SIGNED_IN[who] = page.context.storage_state()
        return page

    def close(self) -> None:
        """Closes them when nothing is under way: a page on its way elsewhere can hold up a close for ever."""
        for context in self._contexts:
            for page in context.pages:
                page.goto("about:blank")
            context.close()
        assert self._wrong == []


def open_live(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(ONLINE)


def check(page: Page) -> None:
    """Nothing for axe to complain of, and nothing beyond the screen's edge."""
    found = Axe().run(page)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def raise_alert(home: HomeSide, **more: object) -> str:
    told = incident(**more)
    home.send(message("incident", incident=told))
    return str(told["id"])
