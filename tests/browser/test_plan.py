"""The plan on the card: modes, prices, the hours that are chosen, and what comes of them."""

from collections.abc import AsyncGenerator
from datetime import timedelta
import re
from typing import Final
from zoneinfo import ZoneInfo

from playwright.async_api import expect
import pytest
import pytest_asyncio

from homeassistant.components.schedule.const import CONF_ALL_DAYS
from homeassistant.util import dt as dt_util
from simulator.demo.dashboard import settle, use_sun
from simulator.demo.prices import PRICES, offer_prices

from .conftest import IDENTITY
from .home import A_CAR, Home, Window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

WIDTHS: Final = (320, 390, 1100)
HOUR: Final = timedelta(hours=1)
GRID: Final = "sensor.grid"
COLLIDING: Final = """axis => {
  const boxes = [...axis.children].map(one => [one.textContent, one.getBoundingClientRect()]);
  const sorted = boxes.sort(([, one], [, other]) => one.left - other.left);
  return sorted.slice(1).filter(([, box], at) => box.left < sorted[at][1].right).map(([text]) => text);
}"""
"""Times of the axis that begin before the one beside them has ended."""
EACH_NIGHT: Final = {
    day: [
        {"from": "00:00:00", "to": "05:00:00"},
        {"from": "13:00:00", "to": "14:00:00"},
    ]
    for day in CONF_ALL_DAYS
}


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _nothing_planned(home: Home) -> AsyncGenerator[None]:
    """Leave the charger without prices, and with the mode that it was found in."""
    yield
    await choose(home, "now")
    await aim_at(home, 0)
    await use_sun(home.api, home.entry_id, IDENTITY, "")
    await change(home)


async def change(home: Home, **settings: str) -> None:
    """Change the settings of the charger."""
    await settle(home.api, home.entry_id, IDENTITY, access_control=True, **settings)


async def choose(home: Home, mode: str) -> None:
    """Choose a mode, elsewhere than on the card."""
    await home.api.call_service(
        "select.select_option", entity_id=home.entities["mode"], option=mode
    )


async def aim_at(home: Home, energy: float) -> None:
    """Set the energy target in kWh."""
    await home.api.call_service(
        "number.set_value", entity_id=home.entities["energy_target"], value=energy
    )


def in_eight_hours() -> float:
    """Return the hour of the day then: whenever this runs, it is dear to charge now."""
    return dt_util.now().hour + 8.0


async def clock(home: Home, delay: timedelta) -> str:
    """Return the time of day by the clock at home, some time from now."""
    zone = ZoneInfo((await home.api.get("/api/config"))["time_zone"])
    return f"{dt_util.now(zone) + delay:%H:%M:00}"


async def texts(window: Window, selector: str) -> list[str]:
    """Return the texts of all such parts of the card."""
    return await window.page.locator(f"wallbox-ocpp-card {selector}").all_inner_texts()


async def test_hours_are_planned_and_shown(home: Home, window: Window) -> None:
    # The sensor *Plan* is off by default, and is not needed.
    assert home.entities["plan"] not in home.api.states
    # Some of the prices are below zero.
    await offer_prices(home.api, mean=0.05, cheapest=in_eight_hours())
    await change(home, price_entity=PRICES, ready_by=await clock(home, 20 * HOUR))
    await window.says(".target bdi", "None")
    await window.shows(".plan", visible=False)
    await aim_at(home, 10)
    await window.says(".target bdi", "10.0 kWh")
    await window.card(".mode select").select_option(label="Planned")
    await window.says(".plan .state", "Waiting for a car")
    await home.api.wait_for(home.entities["mode"], "planned")
    home.box.plug(A_CAR)
    await window.says(".plan .state", "Planned for later")
    await window.says(".why", "Waiting for its planned time")
    await window.shows(".plan .late", visible=False)
    await expect(window.card(".ready bdi")).to_have_text(re.compile("[AP]M$"))
    assert await texts(window, ".plan dt") == [*("Next start", "End", "Cost", "Saves")]
    prices = window.page.locator("wallbox-ocpp-card .plan rect.price")
    assert await prices.count() in range(4 * 35, 4 * 36 + 1)
    assert await window.page.locator("wallbox-ocpp-card rect.chosen").count()
    assert await texts(window, ".plan .axis .now") == ["Now"]
    await expect(window.card(".plan .legend .price")).to_have_text(
        re.compile(r"^Price: -€0\.1\d\d – €0\.1\d\d/kWh$")
    )
    # Without eyes or a mouse: in words, and as a table.
    await expect(window.card(".plan .chart")).to_have_attribute(
        "aria-label", re.compile(r"^Charges: \w.+ – .+")
    )
    await window.card(".plan summary").focus()
    await window.page.keyboard.press("Enter")
    rows = window.page.locator("wallbox-ocpp-card .plan tbody tr")
    await expect(rows.first).to_be_visible()
    assert await rows.count() in (35, 36)
    await expect(rows.and_(window.page.locator(".chosen")).first).to_contain_text(
        re.compile("min|Yes")
    )
    await window.page.keyboard.press("Enter")
    # What is chosen on the card is done.
    await window.card(".mode select").select_option(label="Charge now")
    await window.says(".plan .state", "Time to charge")
    await home.box.wait_until(lambda: home.box.charger.current_drawn > 0)
    await window.card(".target").click()
    dialog = window.page.locator("ha-more-info-dialog")
    await expect(dialog.get_by_text("Energy target").first).to_be_visible()
    await window.page.keyboard.press("Escape")
    await expect(dialog.get_by_text("Energy target")).to_have_count(0)


async def test_with_the_sun_it_is_said_what_it_waits_for(
    home: Home, window: Window
) -> None:
    await home.api.post(
        f"/api/states/{GRID}", state="40", attributes={"unit_of_measurement": "W"}
    )
    await use_sun(home.api, home.entry_id, IDENTITY, GRID)
    home.box.plug(A_CAR)
    await window.card(".mode select").select_option(label="Solar")
    await window.says(".plan .state", "Waiting for sun")
    await window.says(".why", "Waiting for sun")
    for absent in (".plan .chart", ".plan details", ".plan .late", ".ready"):
        await window.shows(absent, visible=False)


async def test_a_plan_that_is_late_says_by_how_much(home: Home, window: Window) -> None:
    await offer_prices(home.api)
    await change(home, price_entity=PRICES, ready_by=await clock(home, HOUR))
    await aim_at(home, 100)
    home.box.plug(A_CAR)
    await choose(home, "planned")
    await window.says(".plan .state", "Charging, but late")
    await expect(window.card(".plan .late")).to_have_text(
        re.compile(r"^Late by \d+ hours( \d+ minutes?)?$")
    )
    assert "Missing then" in await texts(window, ".plan dt")


async def test_the_compact_card_has_the_mode_and_a_line_of_the_plan(
    home: Home,
) -> None:
    await offer_prices(home.api, cheapest=in_eight_hours())
    await change(home, price_entity=PRICES, ready_by=await clock(home, 20 * HOUR))
    await aim_at(home, 10)
    home.box.plug(A_CAR)
    card = {"type": "custom:wallbox-ocpp-card", "device": home.charger.device_id}
    await home.add_dashboard(card | {"layout": "compact"}, path="test-compact")
    async with home.open("/test-compact/0") as window:
        mode = window.page.get_by_role("combobox", name="Mode")
        await expect(mode).to_have_value("now")
        await window.says(".plan .state", "Time to charge")
        await expect(window.card(".plan .line")).to_have_text(re.compile(r"^End .+M$"))
        await mode.select_option(label="Planned")
        await home.api.wait_for(home.entities["mode"], "planned")
        await expect(window.card(".plan .line")).to_have_text(
            re.compile(r"^Next start .+M$")
        )
        await change(home, price_entity=PRICES, ready_by=await clock(home, HOUR))
        await aim_at(home, 20)
        await expect(window.card(".plan .line")).to_have_text(re.compile("^Late by "))
        # And by how much it is late by now.
        await aim_at(home, 100)
        await expect(window.card(".plan .line")).to_have_text(
            re.compile(r"^Late by ([7-9]|1\d) hours( \d+ minutes?)?$")
        )
        for absent in (".target", ".ready", ".limit", ".plan .chart", ".plan dl"):
            await window.shows(absent, visible=False)
        await mode.select_option(label="Off")
        await window.says(".why", "Paused by you")
        await window.shows(".plan .line", visible=False)


async def test_a_schedule_without_prices_is_hours_without_height(home: Home) -> None:
    helper = await home.api.command("schedule/create", name="Nights", **EACH_NIGHT)
    await change(home, allowed_hours=f"schedule.{helper['id']}")
    await choose(home, "planned")
    home.box.plug(A_CAR)
    card = {"type": "custom:wallbox-ocpp-card", "device": home.charger.device_id}
    await home.add_dashboard(card, card | {"layout": "compact"}, path="test-plan")
    for scheme, language in (("light", "fr"), ("dark", "de")):
        async with home.open("", color_scheme=scheme) as window:
            await window.page.add_init_script(
                f"localStorage.setItem('selectedLanguage', '\"{language}\"')"
            )
            await window.goto("/test-plan/0")
            await window.shows(".plan .flat rect.price")
            await window.shows(".plan .legend .price", visible=False)
            assert await window.page.locator("wallbox-ocpp-plan").count() == 2
            await expect(window.page.locator(".compact .plan .line")).to_be_visible()
            cards = window.page.locator("wallbox-ocpp-card ha-card")
            await expect(cards).to_have_count(2)
            for width in WIDTHS:
                await window.fits(cards, width, height=1100)
                axis = window.card(".plan .axis")
                assert await axis.evaluate(COLLIDING) == [], (language, width)


async def test_a_plan_that_may_not_be_seen_or_cannot_be_loaded(home: Home) -> None:
    await aim_at(home, 10)
    guest = await home.add_user("Plan guest", "system-read-only")
    async with home.open("", token=guest) as window:
        await window.page.route(
            re.compile("plan-chart.js"), lambda route: route.abort()
        )
        await window.goto()
        await window.shows(".plan .note")
        await window.says(".name", f"Wallbox {IDENTITY}")
        # That it has not been loaded is what was to be seen.
        window.complaints.clear()
    async with home.open("", token=guest) as window:
        await window.goto()
        await window.says(".plan .state", "Waiting for a car")
        await window.card(".mode select").select_option(label="Planned")
        await window.says(
            ".error", "Your account may see this charger, but not operate it."
        )
        await expect(window.card(".mode select")).to_have_value("now")
