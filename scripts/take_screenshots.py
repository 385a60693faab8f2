"""Photograph the demo: what a person sees before, during and after the offline fix."""

import asyncio
from datetime import timedelta
from itertools import cycle
from pathlib import Path
import re
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from playwright.async_api import Page, ViewportSize, async_playwright

from homeassistant.util import dt as dt_util
from simulator.demo.dashboard import AUTOMATION, give_cards, settle
from simulator.demo.prices import PRICES, offer_prices
from simulator.demo.stage import Ports, Stage, check_ports, set_stage
from simulator.home_assistant import Owner, add_charger, enable, find_charger
from simulator.scripted_charger import ScriptedCharger, living
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE: Final = ViewportSize(width=1100, height=860)
TALL: Final = ViewportSize(width=1100, height=1300)
WIDE: Final = ViewportSize(width=1700, height=860)
PHONE: Final = ViewportSize(width=390, height=844)
CARDS: Final = "home-cards"
"""The dashboard with our card."""
A_MONTH: Final = "100006"
"""The charger that tells of months."""
PLANNED: Final = "100007"
"""The charger whose hours are planned."""
TARGET: Final = 22.0
"""kWh that its car is to get, on one phase until more has been seen."""
MOST_AMPS: Final = 32
VOLTAGE: Final = 230
LATE: Final = timedelta(minutes=40)
PAGES: Final[tuple[tuple[str, str, ViewportSize, Literal["light", "dark"]], ...]] = (
    ("sessions", "dashboard-sessions", SIZE, "light"),
    ("statement", "dashboard-statement", SIZE, "light"),
    ("sessions", "dashboard-phone", PHONE, "dark"),
)
"""Pages of the dashboard, and the pictures of them."""
CARD_NAMES: Final = {"04A1B2C3": "Anna", "04D4E5F6": "Guest room"}
NO_CARD: Final = "NoAuthorization"
SETTLE: Final = 2.0
"""Seconds for a page to draw its graphs and end its animations."""


class Photographer:
    """Opens pages of Home Assistant and takes pictures of them."""

    def __init__(self, stage: Stage, page: Page) -> None:
        """Look at a stage through a browser's page."""
        self._stage = stage
        self._page = page

    async def open(self, path: str, text: str) -> None:
        """Open a page of Home Assistant and wait until it shows a text."""
        await self._page.goto(self._stage.api.url + path)
        await self.see(text)

    async def see(self, text: str) -> None:
        """Wait until a text is on the page."""
        await self._page.get_by_text(text).first.wait_for(timeout=20_000)

    async def click(self, text: str) -> None:
        """Click on a text."""
        # At its beginning, because a row may have other things to click on further right.
        await self._page.get_by_text(text).first.click(position={"x": 5, "y": 5})

    async def take_of(self, selector: str, name: str) -> None:
        """Take a picture of the first such part of the page."""
        await asyncio.sleep(SETTLE)
        picture = self._page.locator(selector).first
        await picture.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
        print(f"  {name}.png", flush=True)

    async def take(self, name: str) -> None:
        """Take a picture."""
        await asyncio.sleep(SETTLE)
        await self._page.screenshot(path=IMAGES / f"{name}.png")
        print(f"  {name}.png", flush=True)


async def photograph(stage: Stage, page: Page) -> None:
    """Act the story out and take the pictures at its moments."""
    api, box, charger = stage.api, stage.box, stage.charger
    camera = Photographer(stage, page)

    await pair(stage, page, camera)

    dashboard = stage.dashboard_url.removeprefix(api.url)
    await camera.open(dashboard, "Current limit")
    await box.start()
    await api.wait_for(charger.entities["halo"], "locked")
    await camera.take("halo-before")
    await api.wait_for(charger.entities["halo"], "ready")
    await api.wait_for(charger.entities["offline_protection"], "protected")
    await camera.take("halo-after")
    box.plug(Car(max_amps=16))
    await api.wait_for(charger.entities["status"], "charging")
    await asyncio.sleep(10)
    await page.goto(stage.control_url)
    await camera.take("virtual-wallbox")
    await photograph_card(stage, camera)
    await photograph_solar(stage, page, camera)
    await camera.open(f"/config/devices/device/{charger.device_id}", "Charging")
    await page.set_viewport_size(TALL)
    await camera.take("device")
    await page.set_viewport_size(SIZE)
    box.unplug()
    await camera.open(f"/config/automation/edit/{AUTOMATION}", "Then do")
    await camera.click("Charging session ended")
    await camera.take("automation-trigger")

    await add_charger(api, stage.entry_id, A_MONTH)
    await settle(api, stage.entry_id, A_MONTH, access_control=True)
    past = await find_charger(api, A_MONTH)
    await enable(api, stage.entry_id, past, "sessions")
    await give_cards(api, stage.entry_id, A_MONTH, CARD_NAMES)
    async with living(f"{stage.ocpp_url}/{A_MONTH}", {}) as scripted:
        await scripted.boot()
        await act_a_month(scripted)
    await photograph_sessions(stage, page, camera)
    await photograph_plan(stage, page, camera)
    await page.set_viewport_size(WIDE)
    await camera.open("/calendar", "kWh")
    await camera.take("calendar")
    await page.set_viewport_size(SIZE)

    await photograph_cards(camera, page)
    await photograph_tests(stage, camera, page)

    await add_charger(api, stage.entry_id, "100005")
    async with VirtualWallbox(stage.ocpp_url, "100005", FIRMWARES["5.14.9"]) as old:
        await old.wait_connected()
        await camera.open("/config/repairs", "Wallbox 100005")
        await camera.click("Wallbox 100005")
        await camera.take("repair")


async def pair(stage: Stage, page: Page, camera: Photographer) -> None:
    """Add another charger, and wait for it."""
    identity, password = "200002", "f3kq8xw2pz7mnc4t"
    await camera.open("/config/integrations/integration/wallbox_ocpp", "Wallbox OCPP")
    await camera.take("integration")
    await camera.click("Add charger")
    await camera.see("Charge point identity")
    await page.get_by_role("textbox", name="Charge point identity").fill(identity)
    await page.get_by_role("textbox", name="Password").fill(password)
    await page.get_by_role("button", name="Submit").click()
    await camera.see("ws://")
    await camera.take("add-charger-address")
    await camera.click("Wait for the charger")
    await camera.see("You can close this window")
    await camera.take("pairing-waiting")
    box = VirtualWallbox(
        stage.ocpp_url, identity, FIRMWARES["6.7.38"], password=password
    )
    async with box:
        await camera.see("Serial number")
        await camera.take("pairing-found")


async def photograph_card(stage: Stage, camera: Photographer) -> None:
    """Take a picture of the card."""
    card = {"type": "custom:wallbox-ocpp-card", "device": stage.charger.device_id}
    view = {"title": "Home", "type": "sections", "sections": [{"cards": [card]}]}
    await stage.api.command(
        "lovelace/dashboards/create", url_path=CARDS, title="Home", mode="storage"
    )
    await stage.api.command(
        "lovelace/config/save", url_path=CARDS, config={"views": [view]}
    )
    await camera.open(f"/{CARDS}/0", "Protected")
    await camera.take_of("wallbox-ocpp-card", "card")


async def photograph_plan(stage: Stage, page: Page, camera: Photographer) -> None:
    """Have a night planned, and take pictures of both cards, of one that is late, and of the settings."""
    api, entry_id = stage.api, stage.entry_id
    await offer_prices(api)
    charger = await add_charger(api, entry_id, PLANNED)
    await settle(api, entry_id, PLANNED)
    await photograph_settings(camera, page)
    card = {"type": "custom:wallbox-ocpp-card", "device": charger.device_id}
    sections = [{"cards": [card]}, {"cards": [card | {"layout": "compact"}]}]
    view = {"title": "Plan", "type": "sections", "sections": sections}
    await api.command("lovelace/config/save", url_path=CARDS, config={"views": [view]})
    zone = ZoneInfo((await api.get("/api/config"))["time_zone"])
    takes = timedelta(hours=TARGET / (MOST_AMPS * VOLTAGE / 1000))
    # On its way to the picture, some time passes.
    late = f"{dt_util.now(zone) + takes - LATE + timedelta(seconds=20):%H:%M:%S}"
    modern = FIRMWARES["6.7.38"]
    async with VirtualWallbox(stage.ocpp_url, PLANNED, modern) as box:
        await api.wait_for(charger.entities["offline_protection"], "protected")
        for action, entity, data in (
            ("select.select_option", "mode", {"option": "planned"}),
            ("number.set_value", "energy_target", {"value": TARGET}),
        ):
            entity_id = charger.entities[entity]
            await api.call_service(action, entity_id=entity_id, **data)
        box.plug(Car(max_amps=16))
        for ready_by, name, texts in (
            (
                "07:00:00",
                "card-plan",
                ("Planned for later", "Waiting for its planned time", "Protected"),
            ),
            (late, "card-late", ("11.0 kW", "Late by 40 minutes")),
        ):
            await settle(api, entry_id, PLANNED, price_entity=PRICES, ready_by=ready_by)
            await camera.open(f"/{CARDS}/0", "Current limit")
            for text in texts:
                await camera.see(text)
            await page.set_viewport_size(TALL)
            await camera.take_of("wallbox-ocpp-card", name)
            if name == "card-plan":
                await camera.take_of("wallbox-ocpp-card:has(.compact)", "card-compact")
    await page.set_viewport_size(SIZE)


async def photograph_settings(camera: Photographer, page: Page) -> None:
    """Take a picture of the settings that hours are planned from."""
    await camera.open("/config/integrations/integration/wallbox_ocpp", "Wallbox OCPP")
    row = page.locator("ha-config-sub-entry-row").filter(has_text=PLANNED)
    await row.get_by_role("button", name="Change charger").click()
    await camera.see("Test the offline protection")
    await page.get_by_text("Settings", exact=True).last.click()
    await page.set_viewport_size(TALL)
    await camera.see("Price entity")
    await page.get_by_text("Control who may charge").last.scroll_into_view_if_needed()
    await camera.take("settings")
    await page.set_viewport_size(SIZE)


async def photograph_solar(stage: Stage, page: Page, camera: Photographer) -> None:
    """Take pictures of the sensors of solar charging, and of what they say now."""
    for name, watts in (("Grid power", "-2350"), ("Home battery power", "-800")):
        await stage.api.post(
            f"/api/states/sensor.{name.lower().replace(' ', '_')}",
            state=watts,
            attributes={"friendly_name": name, "unit_of_measurement": "W"},
        )
    await camera.open("/config/integrations/integration/wallbox_ocpp", "Wallbox OCPP")
    row = page.locator("ha-config-sub-entry-row").first
    await row.get_by_role("button", name="Change charger").click()
    await camera.click("Solar charging")
    for number, name in ((0, "Grid power"), (2, "Home battery power")):
        await page.locator("ha-selector-entity").nth(number).click()
        await page.keyboard.type(name)
        await asyncio.sleep(SETTLE)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
    await page.set_viewport_size(TALL)
    await camera.take("solar")
    await page.set_viewport_size(SIZE)
    await page.get_by_role("button", name="Submit").click()
    await camera.see("Is this right?")
    await camera.take("solar-live")


async def photograph_sessions(stage: Stage, page: Page, camera: Photographer) -> None:
    """Take pictures of the pages about sessions, on a computer and on a phone."""
    dashboard = stage.dashboard_url.removeprefix(stage.api.url).rpartition("/")[0]
    for path, name, size, scheme in PAGES:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await camera.open(f"{dashboard}/{path}", "Year")
        choice = page.get_by_role("combobox", name="Charger")
        await choice.select_option(label=f"Wallbox {A_MONTH}")
        await camera.see("kWh")
        await camera.take(name)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(SIZE)


async def act_a_month(charger: ScriptedCharger) -> None:
    """Tell of two evenings in each week of half a year, as from a queue."""
    midnight = dt_util.start_of_local_day()
    register = 532_218
    cards = cycle([*CARD_NAMES, NO_CARD])
    for day in sorted({*range(2, 200, 7), *range(4, 200, 7)}, reverse=True):
        begin = midnight - timedelta(days=day) + timedelta(hours=18.2)
        number = await charger.start(
            idTag=next(cards), meterStart=register, timestamp=begin.isoformat()
        )
        register += 300 * (day % 31 + 12)
        end = begin + timedelta(hours=3.5)
        await charger.stop(
            number,
            meterStop=register,
            timestamp=end.isoformat(),
            reason="EVDisconnected",
        )


async def photograph_cards(camera: Photographer, page: Page) -> None:
    """Add two cards, and take a picture of what can be done with them."""

    async def look() -> None:
        await camera.open(
            "/config/integrations/integration/wallbox_ocpp", "Wallbox OCPP"
        )
        await page.get_by_role("button", name="Change charger").first.click()
        await page.get_by_text("Cards", exact=True).first.click()
        step = re.compile("Control who may|Add a card by")
        await page.get_by_text(step).first.wait_for()
        if await page.get_by_text("Control who may").count():
            await page.get_by_role("button", name="Submit").click()
        await camera.see("Add a card by its number")

    for number, name in (("04A1B2C3", "Anna"), ("04D4E5F6", "Guest room")):
        await look()
        await camera.click("Add a card by its number")
        await page.get_by_role("textbox", name="Number").fill(number)
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_role("textbox", name="Name").fill(name)
        await page.get_by_role("button", name="Submit").click()
        await camera.see(name)
    await look()
    await camera.take("cards")


def measures(power: dict[str, Any]) -> bool:
    """Return whether a sensor of power shows that something flows."""
    return power["state"] not in {"unknown", "unavailable", "0.0"}


async def photograph_tests(stage: Stage, camera: Photographer, page: Page) -> None:
    """Test the offline protection of two chargers, one of which forgets its limits."""
    api, entry_id = stage.api, stage.entry_id
    good = await add_charger(api, entry_id, "300001")
    forgetful = await add_charger(api, entry_id, "300002")
    modern = FIRMWARES["6.7.38"]
    lost = with_quirks(modern, "profiles-lost-offline")
    async with (
        VirtualWallbox(stage.ocpp_url, "300001", modern) as box,
        VirtualWallbox(stage.ocpp_url, "300002", lost) as other,
    ):
        for charger, wallbox in ((good, box), (forgetful, other)):
            await api.wait_for(charger.entities["offline_protection"], "protected")
            wallbox.plug(Car(max_amps=16))
            await api.wait_for(charger.entities["status"], "charging")
            # The test is ready to begin once the meter has been read.
            await api.wait_for(charger.entities["power"], measures)

        async def open_test(name: str) -> None:
            await camera.open(
                "/config/integrations/integration/wallbox_ocpp", "Wallbox OCPP"
            )
            row = page.locator("ha-config-sub-entry-row").filter(has_text=name)
            await row.get_by_role("button", name="Change charger").click()
            await page.get_by_text("Test the offline protection").first.click()

        await open_test("Wallbox 300001")
        await camera.see("Everything is ready")
        await camera.take("offline-test")
        await page.get_by_role("spinbutton").first.fill("2")
        await page.get_by_role("button", name="Submit").click()
        # Before that, it is tried for up to two minutes whether the charger follows a plan.
        await page.get_by_text("has no connection now").wait_for(timeout=300_000)
        await camera.take("offline-test-running")
        await page.get_by_text("Select all of it").wait_for(timeout=300_000)
        await camera.take("offline-test-proven")
        await open_test("Wallbox 300002")
        await camera.see("Everything is ready")
        await page.get_by_role("spinbutton").first.fill("2")
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_text("Select all of it").wait_for(timeout=400_000)
        await camera.take("offline-test-failed")


async def main() -> None:
    """Set the stage, and open the browser."""
    ports = Ports()
    check_ports(ports)
    IMAGES.mkdir(parents=True, exist_ok=True)
    print("Starting Home Assistant and Chromium …", flush=True)
    with TemporaryDirectory() as folder:
        async with (
            set_stage(Path(folder) / "home", ports, Owner()) as stage,
            async_playwright() as playwright,
            await playwright.chromium.launch(
                executable_path=CHROMIUM, args=FLAGS
            ) as browser,
        ):
            page = await browser.new_page(viewport=SIZE, color_scheme="light")
            await photograph(stage, page)


if __name__ == "__main__":
    asyncio.run(main())
