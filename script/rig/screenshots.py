"""`script/screenshots`: the pictures in the documents, taken from the running system."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rig import stories
from rig.caseworker import Caseworker
from rig.falls import a_fall
from rig.system import System

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PHONE: ViewportSize = {"width": 390, "height": 844}
# Somebody is on call, as it should be.
STAFF = """
from datetime import timedelta
from django.utils import timezone
from district_bridge.accounts.models import Account, Neighbourhood
from district_bridge.escalation import calendar
place, now = Neighbourhood.objects.get(), timezone.now()
admin = Account.objects.get(username="admin")
for name, shown, role in (("kim", "김복지", "caseworker"), ("choi", "최당직", "duty_officer")):
    account = Account.objects.create_user(name, display_name=shown, role=role)
    account.neighbourhoods.add(place)
    planned = calendar.Planned(place, role, account, now - timedelta(hours=2), now + timedelta(days=2))
    calendar.add_shifts(planned, every=timedelta(days=1), times=1, made_by=admin, now=now)
"""
PAINT_MS = 4000  # Home Assistant's page has no sign that it has finished painting


def main() -> int:
    """Writes the pictures to docs/images."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with System() as system, Caseworker(system.bridge) as worker:
        system.bridge.shell(STAFF)
        system.start()
        system.set_up_home()
        worker.sign_in()
        fall = _play(system, worker)
        worker.queue.screenshot(path=IMAGES / "dashboard.png")
        worker.open(fall)
        worker.page.screenshot(path=IMAGES / "alert.png", full_page=True)
        worker.queue.set_viewport_size(PHONE)
        worker.queue.screenshot(path=IMAGES / "dashboard-phone.png")
        _home_assistant(system, worker)
    for picture in sorted(IMAGES.glob("*.png")):
        print(picture.relative_to(IMAGES.parents[1]), picture.stat().st_size // 1024, "KiB")
    return 0


def _play(system: System, worker: Caseworker) -> str:
    """A fall and a smoke alarm that wait; the fall's incident."""
    mark = system.robot.mark()
    system.robot.wear(a_fall())
    fall = system.robot.wait_event(mark, "sign", type="fall", within_s=stories.FALL_S)["id"]
    worker.sees(fall, within_s=stories.FALL_S)
    system.smoke(on=True)
    worker.sees_another(fall, within_s=stories.STEP_S)
    return str(fall)


def _home_assistant(system: System, worker: Caseworker) -> None:
    home = system.home
    page = worker.page
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{home.url}/auth/authorize")
    page.evaluate("tokens => localStorage.setItem('hassTokens', tokens)", json.dumps(home.tokens()))
    page.goto(f"{home.url}/config/devices/device/{system.device_id()}")
    page.wait_for_timeout(PAINT_MS)
    page.screenshot(path=IMAGES / "home-assistant.png")


if __name__ == "__main__":
    sys.exit(main())
