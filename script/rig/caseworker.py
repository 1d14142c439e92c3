"""A caseworker in a real browser: signs in, sees the queue change by itself, takes alerts on, closes them."""

from typing import TYPE_CHECKING, Self

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from rig.waiting import wait_for

if TYPE_CHECKING:
    from types import TracebackType

    from rig.bridge import Bridge

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 90_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class Caseworker:
    """One browser window on the bridge's queue, and a second page for everything else."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._playwright = sync_playwright().start()
        self._browser: Browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = self._browser.new_context(
            locale="ko-KR", timezone_id="Asia/Seoul", viewport={"width": 1280, "height": 860}
        )
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.queue: Page = context.new_page()
        self.page: Page = context.new_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def sign_in(self) -> None:
        """Signs in and leaves the queue open; nothing reloads it from here on but the page itself."""
        self.queue.goto(f"{self._bridge.url}/login/")
        self.queue.fill("#id_username", self._bridge.user)
        self.queue.fill("#id_password", self._bridge.password)
        self.queue.click("#sign-in")
        self.queue.fill("#id_code", self._bridge.factor.fresh_code())
        self.queue.click("#give-code")
        self.queue.wait_for_selector("#queue")

    def sees(self, incident: str, within_s: float) -> None:
        """Waits until the open queue shows the incident, by its own updating."""
        expect(self._row(incident)).to_have_count(1, timeout=within_s * 1000)

    def sees_another(self, incident: str, within_s: float) -> None:
        """Waits until the queue shows an alert beside this one."""
        rows = self.queue.locator(f'#queue [data-incident]:not([data-incident="{incident}"])')
        expect(rows).to_have_count(1, timeout=within_s * 1000)

    def rows(self, incident: str) -> int:
        """How often the incident stands in the queue."""
        return self._row(incident).count()

    def acknowledge(self, incident: str) -> None:
        """Takes the alert on from the queue."""
        self.open(incident)
        self.page.click("#acknowledge")
        expect(self._row(incident)).to_have_attribute("data-state", "acknowledged")

    def close(self, incident: str, outcome: str) -> None:
        """Closes the alert with its outcome; it leaves the queue."""
        self.open(incident)
        self.page.select_option("select[name=outcome]", outcome)
        self.page.click("#close")
        expect(self._row(incident)).to_have_count(0)

    def sees_home(self, link: str, within_s: float) -> None:
        """Waits until the list of homes shows the one home as ``online`` or ``offline``, without a reload."""
        self.page.goto(f"{self._bridge.url}/homes/")
        expect(self.page.locator(f'tr[data-home][data-link="{link}"]')).to_have_count(
            1, timeout=within_s * 1000
        )

    def _row(self, incident: str) -> Locator:
        return self.queue.locator(f'#queue [data-incident="{incident}"]')

    def open(self, incident: str) -> None:
        """Opens the alert's own page."""
        link = wait_for(
            "the row's link", lambda: self._row(incident).locator("h3 a").get_attribute("href"), 60
        )
        self.page.goto(f"{self._bridge.url}{link}")
