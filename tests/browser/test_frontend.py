"""The card, as people see and use it."""

import asyncio
from pathlib import Path
import re
from typing import Final

from playwright.async_api import Browser, Route, expect
import pytest

from simulator.home_assistant import (
    HomeAssistantApi,
    HomeAssistantProcess,
    Owner,
    add_charger,
    add_wallbox_ocpp,
    make_folder,
)
from simulator.home_assistant.folder import CONFIGURATION
from simulator.home_assistant.ports import free_port

from .conftest import IDENTITY, SPEED
from .home import A_CAR, DASHBOARD, PAGES, Home, Window, add_dashboard, open_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

CARD: Final = "custom:wallbox-ocpp-card"
UNKNOWN: Final = ("unknown", "unavailable")
SLOW: Final = (10.0 * SPEED, 10.0 * SPEED)
"""Charger seconds until it answers: ten seconds for who looks. After thirty, nobody waits for it."""
APP: Final = re.compile(r"/frontend_latest/app\..*js")
GO: Final = """path => {
  history.pushState(null, "", path);
  window.dispatchEvent(new CustomEvent("location-changed"));
}"""
"""Goes to another page as a click in Home Assistant does, without loading it all again."""
WIDTHS: Final = (320, 390, 1200)
"""Of a small phone, a phone and a computer, in pixels."""
HELD_BACK: Final = 0.7
"""Seconds: enough for whatever races with Home Assistant's own program to win."""


def limits(home: Home) -> list[float]:
    """Return the limits that the charger has been given, in amps, oldest first."""
    return [
        frame.payload["csChargingProfiles"]["chargingSchedule"][
            "chargingSchedulePeriod"
        ][0]["limit"]
        for frame in home.box.received("SetChargingProfile")
    ]


# What it shows


async def test_a_free_charger(window: Window) -> None:
    await window.says(".name", f"Wallbox {IDENTITY}")
    await window.says(".big", "Ready")
    await window.says(".why", "No car plugged in")
    await window.rings("green")
    await window.says(".shield", "Protected")
    await window.says(".limit bdi", "32 A")
    await window.shows(".limit input")
    for absent in (".pause", ".once", ".note", ".error", ".problem"):
        await window.shows(absent, visible=False)


async def test_a_car_charges_is_paused_and_goes_on(home: Home, window: Window) -> None:
    home.box.plug(A_CAR)
    await expect(window.card(".big")).to_have_text(re.compile(r"^1[01]\.\d\skW$"))
    await expect(window.card(".small")).to_have_text(re.compile(r"^\d+\.\d\d\skWh$"))
    await window.rings("blue", "pulsing")
    await expect(window.card(".why")).to_have_text(re.compile("harging"))

    await window.card(".pause").click()
    await home.box.wait_until(lambda: home.box.charger.current_drawn == 0)
    assert limits(home)[-1] == 0
    await window.says(".why", "Paused by you")
    await window.says(".pause", "Resume")
    await window.says(".big", "0.0 kW")
    await window.rings("turquoise")

    await window.card(".pause").click()
    await home.box.wait_until(lambda: home.box.charger.current_drawn > 0)
    await window.says(".pause", "Pause")


async def test_a_pause_is_taken_back_before_the_charger_has_answered(
    home: Home, window: Window
) -> None:
    home.box.plug(A_CAR)
    await window.says(".why", "The car is charging")
    link = home.box.charger.link
    quick, link.reply_delay = link.reply_delay, SLOW
    await window.card(".pause").click()
    await window.says(".pause", "Resume")
    await window.card(".pause").click()
    await window.says(".pause", "Pause")
    link.reply_delay = quick
    await expect(window.card(".pause")).not_to_have_attribute("aria-busy", "true")
    await home.box.wait_until(lambda: home.box.charger.current_drawn > 0)


async def test_the_slider_sets_the_limit_that_the_charger_keeps(
    home: Home, window: Window
) -> None:
    home.box.plug(A_CAR)
    slider = window.card(".limit input")
    await expect(slider).to_have_attribute("min", "6")
    await slider.fill("10")
    await window.says(".limit bdi", "10 A")
    await home.box.wait_until(lambda: home.box.charger.current_drawn == 10)
    await home.api.wait_for(home.entities["current_limit"], "10")
    await window.says(".why", "The car is charging")
    await slider.focus()
    await slider.press("End")
    await window.says(".limit bdi", "32 A")
    await home.api.wait_for(home.entities["current_limit"], "32")


async def test_a_car_that_waits_at_the_locked_charger_may_charge_once(
    home: Home, window: Window
) -> None:
    await window.says(".lock", "Unlocked")
    await window.card(".lock").click()
    await window.rings("yellow")
    await window.says(".lock", "Locked")
    await expect(window.card(".lock")).to_have_attribute("aria-pressed", "true")
    await window.shows(".once", visible=False)
    home.box.plug(A_CAR)
    await window.says(".why", "Locked: waiting for a card or for you")
    await window.says(".once", "Allow once")
    await window.card(".once").click()
    await home.box.wait_until(lambda: home.box.charger.current_drawn > 0)
    await window.shows(".once", visible=False)
    await window.rings("blue", "pulsing")
    home.box.unplug()
    await window.card(".lock").click()
    await window.rings("green")


async def test_an_error_and_a_charger_that_is_gone_for_a_while(
    home: Home, window: Window
) -> None:
    home.box.fault()
    await window.rings("red")
    await window.says(".big", "Error")
    await expect(window.card(".why")).to_have_text(
        re.compile("^Charger reports an error")
    )
    home.box.fault(present=False)
    await window.rings("green")
    home.box.cut_network()
    await window.says(".why", "Charger not connected")
    await window.rings("off")
    # A wish can be made all the same.
    await window.card(".pause").click()
    await window.says(".pause", "Resume")
    await window.card(".pause").click()
    await window.says(".pause", "Pause")


# For everybody


async def test_the_keyboard_suffices_and_all_has_a_name(
    home: Home, window: Window
) -> None:
    home.box.plug(A_CAR)
    await window.rings("blue", "pulsing")
    await window.card(".ring").focus()
    names = []
    for _ in range(7):
        names.append(
            await window.page.evaluate(
                """() => {
                  let at = document.activeElement;
                  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                  return at.ariaLabel ?? (at.labels?.[0]?.querySelector("span") ?? at.labels?.[0])?.textContent ?? at.innerText.trim().replace(/\\n+/g, " ");
                }"""
            )
        )
        await window.page.keyboard.press("Tab")
    assert [re.sub(r"\d+\.\d+\s", "… ", name) for name in names] == [
        "Halo LED: Charging, … kW, … kWh",
        "Mode",
        "Energy target None",
        "Current limit",
        "Pause",
        "Offline protection: Protected",
        "Access: Unlocked",
    ]
    await window.card(".pause").press("Enter")
    await window.says(".pause", "Resume")
    await expect(window.card(".pause")).not_to_have_attribute("aria-busy", "true")
    await expect(window.card(".pause")).to_be_focused()
    await window.card(".pause").press("Space")
    await window.says(".pause", "Pause")
    assert await window.card("[role=alert]").count()
    assert await window.card(".why[role=status]").count()


async def test_a_ring_that_must_not_move_does_not(home: Home, window: Window) -> None:
    animation = "node => getComputedStyle(node).animationName"
    home.box.plug(A_CAR)
    await window.rings("blue", "pulsing")
    await window.page.emulate_media(reduced_motion="no-preference")
    assert await window.card(".light").evaluate(animation) == "pulse"
    await window.page.emulate_media(reduced_motion="reduce")
    assert await window.card(".light").evaluate(animation) == "none"


async def test_nothing_is_cut_off(home: Home) -> None:
    card = {"type": CARD, "device": home.charger.device_id}
    await home.add_dashboard(card, card | {"layout": "compact"}, path="test-sizes")
    home.box.plug(A_CAR)
    async with home.open("/test-sizes/0") as window:
        await window.says(".pause", "Pause")
        cards = window.page.locator("wallbox-ocpp-card ha-card")
        await expect(cards).to_have_count(2)
        await window.fits(cards, *WIDTHS)


# What can be wrong


async def test_a_charger_that_is_no_more(home: Home) -> None:
    await home.add_dashboard({"type": CARD, "device": "gone"}, path="test-gone")
    async with home.open("/test-gone/0") as window:
        await expect(window.card(".problem")).to_have_text(
            re.compile("no longer in Home Assistant")
        )


async def test_who_may_not_see_or_may_not_operate_it(home: Home) -> None:
    home.box.plug(A_CAR)
    stranger = await home.add_user("Stranger")
    async with home.open(token=stranger) as window:
        await expect(window.card(".problem")).to_have_text(
            re.compile("Your account may not see")
        )
        await window.goto(f"/{PAGES}/sessions")
        await expect(
            window.page.locator("wallbox-ocpp-sessions [role=alert]")
        ).to_contain_text("Your account may not see")
    guest = await home.add_user("Guest", "system-read-only")
    async with home.open(token=guest) as window:
        await window.card(".pause").click()
        await window.says(
            ".error", "Your account may see this charger, but not operate it."
        )
        await window.says(".pause", "Pause")


# Choosing and editing it


async def test_it_is_in_the_list_of_cards_and_has_an_editor(home: Home) -> None:
    async with home.open(f"/{DASHBOARD}/0?edit=1") as window:
        page = window.page
        await page.get_by_role("button", name="Add card").first.click()
        await page.get_by_text("By card", exact=True).click()
        picker = page.locator("hui-card-picker")
        await picker.get_by_placeholder("Search cards").fill("Wallbox")
        picked = picker.locator(".card", has_text="Wallbox").first
        await expect(picked.locator("wallbox-ocpp-card .name")).to_have_text(
            f"Wallbox {IDENTITY}"
        )
        await picked.click()
        await expect(page.locator("ha-selector-device")).to_be_visible()
        for label in ("Size", "Compact", "Large"):
            await expect(page.get_by_text(label, exact=True).first).to_be_visible()


async def test_it_is_suggested_for_our_entities(home: Home, window: Window) -> None:
    await window.says(".big", "Ready")
    suggest = """id => window.customCards.find(card => card.type === "wallbox-ocpp-card")
      .getEntitySuggestion(document.querySelector("home-assistant").hass, id)"""
    assert await window.page.evaluate(suggest, home.entities["halo"]) == {
        "config": {"type": CARD, "device": home.charger.device_id}
    }
    assert await window.page.evaluate(suggest, "sun.sun") is None


# The dashboard


async def test_the_dashboard_is_two_clicks_away(home: Home) -> None:
    async with home.open("/config/lovelace/dashboards") as window:
        page = window.page
        await page.get_by_role("button", name="Add dashboard").click()
        await page.get_by_text("Your chargers, their sessions").click()
        await page.get_by_role("button", name="Create", exact=True).click()
        await expect(page.get_by_text("Wallbox", exact=True).first).to_be_visible()
        [made] = [
            dashboard
            for dashboard in await home.api.command("lovelace/dashboards/list")
            if dashboard["title"] == "Wallbox"
        ]
    # Another window: the first one goes on to a page by itself, sooner or later.
    async with home.open(f"/{made['url_path']}/chargers") as window:
        await window.says(".name", f"Wallbox {IDENTITY}")
        await window.rings("green")
        await expect(window.page.locator("hui-logbook-card")).to_be_visible()
        assert await window.page.get_by_text("Timeout").count() == 0


async def test_sessions_are_shown_downloaded_and_stated(home: Home) -> None:
    async with home.open(f"/{PAGES}/sessions") as window:
        page = window.page
        rows = page.locator("wallbox-ocpp-sessions .sessions tbody tr")
        await expect(page.locator("wallbox-ocpp-sessions select")).to_be_visible()
        before = await rows.count()
        home.box.plug(A_CAR)
        await home.api.wait_for(
            home.entities["session_energy"],
            lambda state: state["state"] not in UNKNOWN and float(state["state"]) > 0.1,
        )
        home.box.unplug()
        # What has ended meanwhile appears by itself.
        await expect(rows.filter(has_text="Plugging in")).not_to_have_count(before)
        row = rows.first
        await expect(row).to_contain_text("kWh")
        await expect(row).to_contain_text("€")
        for chart in ("By month", "By card"):
            bars = page.locator("wallbox-ocpp-sessions .chart", has_text=chart)
            await expect(bars.locator(".bar.energy").first).to_be_visible()
            await expect(bars.locator(".bar.cost").first).to_be_visible()
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="Download CSV").click()
        file = await coming.value
        assert file.suggested_filename.startswith("wallbox_100001_")
        lines = (await file.path()).read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].startswith("transaction_id,plugged_in,started,ended")
        assert len(lines) == 1 + await rows.count()

        await page.evaluate(GO, f"/{PAGES}/statement")
        sheet = page.locator("wallbox-ocpp-statement .sheet")
        await expect(sheet).to_contain_text("Charging statement")
        await expect(sheet.locator("tfoot")).to_contain_text("Total")
        await page.get_by_label("Who").select_option("Without a card")
        await expect(sheet.locator(".whose")).to_have_text(
            f"Wallbox {IDENTITY} · Without a card"
        )
        await page.get_by_role("button", name="Print").click()
        printed = page.frame_locator("wallbox-ocpp-statement iframe").locator(".sheet")
        assert await printed.inner_text() == await sheet.inner_text()


async def test_nothing_of_the_pages_is_cut_off(home: Home) -> None:
    async with home.open(f"/{PAGES}/chargers") as window:
        for path, tag in (
            ("chargers", "card"),
            ("sessions", "sessions"),
            ("statement", "statement"),
        ):
            await window.page.evaluate(GO, f"/{PAGES}/{path}")
            card = window.page.locator(f"wallbox-ocpp-{tag} ha-card").first
            await card.wait_for()
            await window.fits(card, *WIDTHS)


# How it is loaded


async def hold_back(route: Route) -> None:
    """Let a file of Home Assistant's own come late: it replaces where elements are defined."""
    await asyncio.sleep(HELD_BACK)
    await route.continue_()


async def test_it_is_there_although_home_assistant_starts_late(home: Home) -> None:
    """The page of 2026.10 loads what is not a resource beside its own program; see who wins."""
    [module] = await home.api.command("lovelace/resources")
    async with home.open("") as window:
        await window.page.add_init_script(f"import({module['url']!r})")
        await window.page.route(APP, hold_back)
        await window.goto()
        await window.says(".big", "Ready")


async def test_it_is_there_where_resources_are_in_yaml(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    yaml = "lovelace:\n  resource_mode: yaml\n"
    make_folder(tmp_path / "home", port, CONFIGURATION + yaml)
    async with HomeAssistantProcess(tmp_path / "home", port) as process:
        token = await HomeAssistantApi.create_owner(process.url, Owner())
        async with HomeAssistantApi.connect(process.url, token) as api:
            entry_id = await add_wallbox_ocpp(api, free_port())
            charger = await add_charger(api, entry_id, IDENTITY)
            await add_dashboard(api, {"type": CARD, "device": charger.device_id})
        async with open_window(browser, process.url, token) as window:
            await window.page.route(APP, hold_back)
            await window.goto()
            await window.says(".why", "Charger not connected")
            assert window.complaints == []
