"""The routine's picture from a running Home Assistant: `PYTHONPATH=script python -m rig.routine`.

Four weeks of a simulated home are imported as a family would import them, and the panel is photographed on a
desk and on a phone, after axe-core has looked at it.
"""

import csv
import json
import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from benches.routine_simulated import START, simulate
from playwright.sync_api import sync_playwright

from rig import sensors
from rig.broker import Broker
from rig.caseworker import CHROMIUM, FLAGS
from rig.home import Home
from rig.system import HOUSEHOLD
from rig.waiting import StepMissingError, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZES = {"routine": (1280, 1000), "routine-phone": (390, 844)}
DAYS = 28
SEOUL = ZoneInfo("Asia/Seoul")
PANEL_MS = 120_000
TABS = 60  # by then everything on the page was reached
PAINT_MS = 4000  # Home Assistant's page has no sign that it has finished painting
PANEL = ("home-assistant", "home-assistant-main", "seogu-routine-panel")
MAPPED = {
    "motion_living": "binary_sensor.living_motion",
    "motion_kitchen": "binary_sensor.kitchen_motion",
    "motion_bathroom": "binary_sensor.bath_motion",
    "motion_bedroom": "binary_sensor.bed_motion",
    "front_door": "binary_sensor.front_door",
}
MORE = (
    sensors.Sensor("kitchen_motion", "주방 움직임", "motion", "주방"),
    sensors.Sensor("bed_motion", "안방 움직임", "motion", "안방"),
)


def main() -> int:
    """Writes the pictures to docs/images; 1 if axe-core finds fault with them."""
    folder = Path(tempfile.mkdtemp(prefix="seogu-care-routine-"))
    broker, home = Broker(folder / "broker"), Home(folder / "home")
    try:
        broker.start()
        sensors.announce(broker)
        sensors.announce(broker, MORE)
        home.start()
        _set_up(broker, home)
        _live(broker, home)
        return _photograph(home)
    finally:
        home.program.stop()
        broker.program.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _set_up(broker: Broker, home: Home) -> None:
    home.onboard()
    form = {
        "broker": "127.0.0.1",
        "port": broker.port,
        "username": "home",
        "password": broker.passwords["home"],
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
    }
    home.flow("mqtt", form)
    wait_for("the sensors are there", lambda: home.state("binary_sensor.bed_motion"), 60)
    home.flow("seogu_care", {"name": HOUSEHOLD}, {}, {})
    wait_for("Home Assistant has started", home.running, 120)


def _live(broker: Broker, home: Home) -> None:
    """Four weeks that ended a while ago, and a few incidents of today."""
    today = datetime.now(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    shift = today - timedelta(days=DAYS) - START
    rows = [
        (at + shift, MAPPED[name], "on" if active else "off")
        for at, name, active in simulate(101, DAYS).events
        if name in MAPPED
    ]
    path = home.folder / "seogu_care" / "history.csv"
    path.parent.mkdir()
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("ts_local", "sensor", "value"), *rows])

    def imported() -> bool:
        try:
            home.call("seogu_care.import_history", {"file": path.name})
        except StepMissingError:
            return False  # the routine is still beginning
        return True

    wait_for("the history is imported", imported, 120)
    home.call("seogu_care.raise_alert", {"kind": "fall"})
    home.call("seogu_care.resolve", {"outcome": "helped"})
    home.call("seogu_care.raise_alert", {"kind": "environment", "text": "현관문이 오래 열려 있습니다."})
    for sensor in ("kitchen_motion", "living_motion"):
        sensors.set_state(broker, sensor, on=True)
        sensors.set_state(broker, sensor, on=False)


def _photograph(home: Home) -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name, (width, height) in SIZES.items():
            faults += _one(browser, home, name, width, height)
        browser.close()
    return 1 if faults else 0


def _one(browser: Browser, home: Home, name: str, width: int, height: int) -> int:
    context = browser.new_context(
        locale="ko-KR", timezone_id="Asia/Seoul", viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.goto(f"{home.url}/auth/authorize")
    page.evaluate("tokens => localStorage.setItem('hassTokens', tokens)", json.dumps(home.tokens()))
    page.goto(f"{home.url}/seogu-care")
    try:
        page.wait_for_selector("seogu-routine-panel .now", timeout=PANEL_MS)
        page.wait_for_timeout(PAINT_MS)
    finally:
        page.screenshot(path=IMAGES / f"{name}.png")
    found = Axe().run(page, context={"include": [{"fromShadowDom": list(PANEL)}]})
    for violation in found.response["violations"]:
        print(name, violation["id"], violation["help"], [node["html"][:120] for node in violation["nodes"]])
    print(IMAGES / f"{name}.png")
    return int(found.violations_count) + _keyboard(page, name)


def _keyboard(page: Page, name: str) -> int:
    """With the keyboard alone: the number of days is reached, shown to be, and changed; 1 if not."""
    focused = f"document.querySelector('{PANEL[0]}')"
    for part in PANEL[1:]:
        focused += f".shadowRoot.querySelector('{part}')"
    focused += ".shadowRoot.activeElement"
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{focused}?.dataset?.days") == "90":
            break
    outlined = page.evaluate(f"{focused} ? getComputedStyle({focused}).outlineStyle : 'none'")
    page.keyboard.press("Enter")
    page.wait_for_timeout(PAINT_MS)
    pressed = page.evaluate(f"{focused}?.dataset?.days === '90' && {focused}.ariaPressed === 'true'")
    print(name, "keyboard:", f"outline {outlined},", "ninety days shown" if pressed else "NOT changed")
    return int(outlined == "none" or not pressed)


if __name__ == "__main__":
    sys.exit(main())
