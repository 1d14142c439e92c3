"""Two caseworkers and a duty officer in three browsers: claim, lapse, hand-over, close."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.district_bridge.browsing import DESKTOP, PHONE, Windows, check, open_live, raise_alert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.district_bridge.bridge_process import BridgeProcess

AXE_ON = ("/calendar/", "/ladders/", "/figures/?days=7", "/shift/", "/reach/", "/?mine=1")


@pytest.fixture(scope="module")
def staffed(make_bridge: Callable[..., BridgeProcess]) -> Iterator[BridgeProcess]:
    own = make_bridge(SEOGU_BRIDGE_UNDO_S="60")
    own.start()
    yield own
    own.stop()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screens(request: pytest.FixtureRequest, windows: Windows, staffed: BridgeProcess) -> dict[str, Page]:
    """Each person's queue, open and live."""
    return {name: windows.enter(staffed, name, request.param) for name in ("kim", "park", "choi")}


def let_the_lease_run_out(bridge: BridgeProcess) -> None:
    """Winds the lease, not the clock: a quarter of an hour is long for a test."""
    if bridge.database:
        with psycopg.connect(bridge.database) as connection:
            connection.execute(
                "UPDATE alerts_alert SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL"
            )
        return
    with closing(sqlite3.connect(bridge.folder / "bridge.sqlite3", timeout=20)) as database:
        database.execute(
            "UPDATE alerts_alert SET lease_until = datetime('now', '-1 second') WHERE lease_until IS NOT NULL"
        )
        database.commit()


def test_claim_lapse_hand_over_and_close(screens: dict[str, Page], staffed: BridgeProcess) -> None:
    kim, park, choi = screens["kim"], screens["park"], screens["choi"]
    raised = raise_alert(staffed.new_home())
    row = f'#queue li[data-incident="{raised}"]'
    for page in screens.values():
        expect(page.locator(row)).to_have_attribute("data-state", "raised")
        expect(page.locator(f"{row} .owner strong").first).to_have_text("최당직")

    kim.locator(row).get_by_role("button", name="확인하기").click()
    expect(kim.locator("#story .state")).to_have_attribute("data-state", "acknowledged")
    expect(kim.locator(".do .clock").first).to_be_visible()
    for page in (park, choi):
        expect(page.locator(row)).to_have_attribute("data-state", "acknowledged")
        expect(page.locator(f"{row} .clock-box")).to_contain_text("김복지")

    let_the_lease_run_out(staffed)
    for page in (park, choi):
        expect(page.locator(row)).to_have_attribute("data-state", "raised")
        expect(page.locator(".back-again").first).to_contain_text("대기 목록으로 돌아옴")
        expect(page.locator("#told")).to_contain_text("대기 목록으로 돌아옴")
    expect(kim.locator("#acknowledge")).to_be_visible()

    park.locator(row).get_by_role("button", name="확인하기").click()
    park.get_by_text("동료에게 인계하기").click()
    park.select_option("#id_to", label="최당직")
    park.fill("#id_offer_note", "딸과 통화 중")
    park.click("#offer")
    expect(park.locator("#offer-open")).to_contain_text("최당직")
    offered = choi.locator("#queue li[data-handover]")
    expect(offered).to_have_count(1)
    offered.get_by_role("button", name="넘겨받기").click()
    expect(choi.locator("#story")).to_contain_text("박사랑 → 최당직")
    expect(park.locator(".do")).to_contain_text("최당직")

    choi.select_option("#id_outcome", "helped")
    choi.fill("#id_note", "따님이 함께 계심")
    choi.locator("#close").click()
    choi.wait_for_url(f"{staffed.url}/")
    open_live(kim, staffed.url)
    expect(kim.locator(row)).to_have_count(0)
    choi.click("#undo")
    expect(kim.locator(row)).to_have_attribute("data-state", "acknowledged")
    choi.select_option("#id_outcome", "helped")
    choi.locator("#close").click()
    choi.wait_for_url(f"{staffed.url}/")
    expect(kim.locator(row)).to_have_count(0)


def test_new_pages_have_no_axe_violation_and_fit_the_screen(
    screens: dict[str, Page], staffed: BridgeProcess
) -> None:
    page = screens["choi"]
    raised = raise_alert(staffed.new_home())
    expect(page.locator(f'#queue li[data-incident="{raised}"]')).to_be_visible()
    path = page.locator(f'#queue li[data-incident="{raised}"] h3 a').get_attribute("href")
    for address in ("/", path, *AXE_ON):
        open_live(page, f"{staffed.url}{address}")
        check(page)


PUSH = '{"title": "응급 알림, 둔산1동", "body": "지금 확인해 주세요.", "path": "/alerts/1/"}'
WORKER_IS_READY = """async () => {
  await navigator.serviceWorker.register('/push-worker.js');
  const worker = (await navigator.serviceWorker.ready).active;
  while (worker.state !== 'activated') await new Promise((resolve) => setTimeout(resolve, 50));
}"""
WHAT_IS_SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  for (let turn = 0; turn < 100; turn += 1) {
    const found = await registration.getNotifications();
    if (found.length) return [found[0].title, found[0].body, found[0].data];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
}"""


@pytest.mark.parametrize("screens", [DESKTOP], indirect=True, ids=["desktop"])
def test_push_that_arrives_is_shown_and_opens_the_alert(screens: dict[str, Page]) -> None:
    page = screens["park"]
    origin = page.url.rstrip("/")
    page.context.grant_permissions(["notifications"], origin=origin)
    page.goto(f"{origin}/reach/")
    session = page.context.new_cdp_session(page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(found["registrationId"] for found in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate(WORKER_IS_READY)
    for _ in range(200):
        if registrations:
            break
        page.wait_for_timeout(100)
    shown: list[str] = []
    for _ in range(6):
        # The browser's inspector drops a push to a worker that is just being woken.
        session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": origin,
                "registrationId": registrations[0],
                "data": PUSH,
            },
        )
        shown = page.evaluate(WHAT_IS_SHOWN)
        if shown:
            break
    assert shown == ["응급 알림, 둔산1동", "지금 확인해 주세요.", "/alerts/1/"]
