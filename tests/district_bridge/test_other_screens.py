"""Header, account, outage and a home in a real browser: on a desk, on a telephone, by keyboard, by axe."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.district_bridge.browsing import DESKTOP, PHONE, Windows, check, open_live
from tests.district_bridge.home_side import HomeSide, heartbeat, incident, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.district_bridge.bridge_process import BridgeProcess

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
# Six homes fell silent together, and nobody has taken on the alerts about it; the second resident is frail.
OUTAGE = """
from django.db import transaction
from django.utils import timezone
from district_bridge.accounts.models import Neighbourhood
from district_bridge.alerts import desk
from district_bridge.area import outages
from district_bridge.area.models import AreaIncident
from district_bridge.homes import codes
from district_bridge.homes.models import Contact, Home
from district_bridge.supervision.models import CarePlan
now = timezone.now()
place = Neighbourhood.objects.get(name="둔산1동")
homes = [Home.objects.get(pk=codes.open_home(place, f"어르신{n}", now).home) for n in range(6)]
area = AreaIncident.objects.create(neighbourhood=place, opened_at=now)
CarePlan.objects.create(home=homes[1], frailty="frail")
Contact.objects.create(home=homes[1], name="박영희", relation="딸", phone="010-1234-5678")
resident = homes[1].resident
resident.phone = "042-123-4567"
resident.save()
with transaction.atomic():
    Home.objects.filter(pk__in=[home.pk for home in homes]).update(link="offline", offline_since=now)
    alerts = [desk.home_fell_silent(home, now).pk for home in homes]
    outages.join([outages.Joining(h.pk, area.pk, a) for h, a in zip(homes, alerts, strict=True)], now)
"""


@pytest.fixture(scope="module")
def district(make_bridge: Callable[..., BridgeProcess]) -> Iterator[BridgeProcess]:
    own = make_bridge()
    own.run("manage", "shell", "--no-imports", "--command", OUTAGE)
    own.start()
    yield own
    own.stop()


@pytest.fixture
def sign_in(windows: Windows, district: BridgeProcess) -> Callable[..., Page]:
    """A person's own browser window."""

    def enter(name: str, size: Any = DESKTOP) -> Page:
        return windows.enter(district, name, size)

    return enter


def lines(page: Page) -> int:
    """On how many lines the header's links and buttons stand."""
    middles = page.locator(".top a, .top button").evaluate_all(
        "all => all.map(it => it.getBoundingClientRect()).map(box => box.top + box.height / 2)"
    )
    return len({round(middle / 10) for middle in middles})


@SIZES
def test_header_is_one_line_on_a_desk_and_two_on_a_telephone(
    sign_in: Callable[..., Page], district: BridgeProcess, size: dict[str, int]
) -> None:
    page = sign_in("admin", size)
    for language in ("ko", "en"):
        if language == "en":
            page.get_by_role("button", name="English").click()
            page.wait_for_selector("html[lang=en]")
        assert lines(page) == (1 if size is DESKTOP else 2), language
        last = page.locator(".top nav a").last
        last.focus()
        expect(last).to_be_in_viewport(ratio=0.9)
    open_live(page, f"{district.url}/figures/")
    expect(page.locator(".top nav [aria-current]")).to_be_in_viewport(ratio=0.9)


def test_account_leads_to_the_access_log_and_to_how_one_is_reached(sign_in: Callable[..., Page]) -> None:
    page = sign_in("admin", PHONE)
    page.locator(".top .me").click()
    page.wait_for_url("**/account/")
    check(page)
    for path in ("/access/", "/reach/"):
        page.locator(f'main a[href="{path}"]').click()
        page.wait_for_url(f"**{path}")
        page.wait_for_selector("#link-state[data-state=online]")
        check(page)
        page.locator("main .back a").click()
        page.wait_for_url("**/account/")


def test_account_of_a_caseworker_has_no_access_log(sign_in: Callable[..., Page]) -> None:
    page = sign_in("kim")
    page.locator(".top .me").click()
    page.wait_for_url("**/account/")
    expect(page.locator('a[href="/reach/"]')).to_have_count(1)
    expect(page.locator('a[href="/access/"]')).to_have_count(0)


def tab_to(page: Page, wanted: Locator) -> None:
    """Goes there by the Tab key alone."""
    for _ in range(200):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def test_outage_is_called_through_by_keyboard_and_taken_on_as_one(
    sign_in: Callable[..., Page], district: BridgeProcess
) -> None:
    kim, admin = sign_in("kim"), sign_in("admin", PHONE)
    kim.get_by_role("link", name="전화 순서").click()
    kim.wait_for_selector("#area")
    first = kim.locator("[data-member]").first
    expect(first).to_contain_text("어르신1")
    expect(first.locator("a[href^='tel:']")).to_have_text(["042-123-4567", "010-1234-5678"])
    check(kim)
    open_live(admin, f"{district.url}{kim.evaluate('location.pathname')}")
    check(admin)

    member = first.get_attribute("data-member")
    row = f'[data-member="{member}"]'
    tab_to(kim, kim.locator(f"{row} select"))
    kim.locator(f"{row} select").press("ArrowDown")
    # What was chosen survives that the list renews itself meanwhile.
    with kim.expect_response("**/areas/*/"):
        kim.evaluate("document.body.dispatchEvent(new CustomEvent('seogu:changed'))")
    expect(kim.locator(f"{row} select")).to_have_value("well")
    tab_to(kim, kim.locator(f"{row} button"))
    kim.locator(f"{row} button").press("Enter")
    expect(kim.locator(f"{row} .owner")).to_contain_text("무사하심 · 김복지")
    expect(kim.locator("[data-member]").last).to_have_attribute("data-member", str(member))
    # A colleague's page shows it without being loaded anew.
    expect(admin.locator(f"{row} .owner")).to_contain_text("무사하심 · 김복지")

    tab_to(kim, kim.locator("#take-on-area"))
    kim.locator("#take-on-area").press("Enter")
    expect(kim.locator(".message.success")).to_contain_text("함께 맡은 알림: 6")
    expect(admin.locator("#area .where").first).to_contain_text("김복지")
    open_live(kim, f"{district.url}/?mine=1")
    expect(kim.locator('li[data-state="acknowledged"]')).to_have_count(6)
    check(kim)


@pytest.fixture
def home(district: BridgeProcess) -> HomeSide:
    """A home that has told of a plea which was answered."""
    made = district.new_home()
    made.send(heartbeat(wearable="battery_low"))
    evidence = [
        {"name": "answer", "value": "pain", "unit": ""},
        {"name": "impact", "value": 3.6, "unit": "g"},
    ]
    made.send(message("incident", incident=incident(evidence=evidence)))
    return made


def test_homes_page_tells_all_that_is_known_of_it(
    sign_in: Callable[..., Page], district: BridgeProcess, home: HomeSide
) -> None:
    page = sign_in("kim")
    address = f"{district.url}/homes/{home.home}/"
    open_live(page, f"{address}resident/")
    page.fill("#id_phone", "042-123-4567")
    page.fill("#id_address", "둔산로 100, 3동 502호")
    page.fill("#id_contact-0-name", "박영희")
    page.fill("#id_contact-0-relation", "딸")
    page.fill("#id_contact-0-phone", "010-1234-5678")
    page.click("#save")
    page.wait_for_url(address)

    expect(page.locator("#resident")).to_contain_text("둔산로 100, 3동 502호")
    expect(page.locator("#resident")).to_contain_text("딸")
    expect(page.locator("#resident a[href='tel:010-1234-5678']")).to_be_visible()
    state = page.locator("#home-state")
    expect(state.locator("[data-link=online]")).to_be_visible()
    for shown in ("마지막 신호", "손목 기기", "배터리 부족"):
        expect(state).to_contain_text(shown)
    expect(page.locator("#home-alerts svg circle")).to_have_count(1)
    page.locator("#home-alerts summary").click()
    expect(page.locator("#home-alerts .evidence")).to_contain_text("강한 충격: 3.6")

    family = page.locator('[data-purpose="family_notices"]')
    family.locator("summary").click()
    family.get_by_role("button").click()
    expect(family).to_have_attribute("data-given", "yes")

    page.fill("#id_text", "점심 드셨어요?")
    page.click("#say")
    said = page.locator("main .timeline li", has_text="점심 드셨어요?")
    expect(said).to_contain_text("김복지")
    heard = page.locator("main .card", has_text="말과 대답").locator("li", has_text="아프다고 하셨습니다")
    expect(heard).to_be_visible()
    check(page)
    page.set_viewport_size(PHONE)
    check(page)
