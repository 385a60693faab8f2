"""The dialogs of a charger, as people walk through them: pairing, and the test of the protection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Locator, Page, expect
import pytest

from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox

from .conftest import IDENTITY, SPEED
from .home import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

INTEGRATION: Final = "/config/integrations/integration/wallbox_ocpp"
NEW: Final = "200002"
"""Identity of a charger that is added."""


@asynccontextmanager
async def integration(home: Home) -> AsyncGenerator[Page]:
    """Open the page of the integration; nothing may go wrong in it."""
    async with home.open(INTEGRATION) as window:
        yield window.page


def submit(page: Page) -> Locator:
    """Return the button that sends a form."""
    return page.get_by_role("button", name="Submit")


async def sees(page: Page, text: str) -> None:
    """Wait until a text can be read."""
    await expect(page.get_by_text(text).first).to_be_visible()


async def open_test(page: Page) -> None:
    """Begin to test the only charger."""
    await page.get_by_role("button", name="Change charger").first.click()
    await page.get_by_text("Test the offline protection", exact=True).last.click()


async def test_the_protection_is_tested_and_the_test_stopped(home: Home) -> None:
    async with integration(home) as page:
        await open_test(page)
        await sees(page, "Before the test can start:")
        await sees(page, "a car must be plugged in")
        await page.get_by_role("button", name="Close").last.click()

        # With 8 A or more, it would be tried for two minutes whether the charger follows a plan.
        home.box.plug(Car(max_amps=7))
        await home.api.wait_for(home.entities["status"], "charging")
        await open_test(page)
        await sees(page, "it first gets 2 A less for half a minute")
        await sees(page, "Everything is ready.")
        await submit(page).click()
        await sees(page, f"Wallbox {IDENTITY} has no connection now.")
        assert home.box.charger.current_drawn == 0
        await page.get_by_role("button", name="Close").last.click()

        await open_test(page)
        await page.get_by_text("Stop the test", exact=True).click()
        await sees(page, "Stopped before its end.")
        await sees(page, "You stopped it.")
    await home.api.wait_for(home.entities["charging"], "on")
    await home.box.wait_until(lambda: home.box.charger.current_drawn > 0)


async def test_a_charger_is_paired(home: Home) -> None:
    async with integration(home) as page:
        await page.get_by_role("button", name="Add charger").first.click()
        await page.get_by_role("textbox", name="Charge point identity").fill("a:b")
        await submit(page).click()
        await sees(page, "Use 1 to 48 letters")
        await page.get_by_role("textbox", name="Charge point identity").fill(NEW)
        password = await page.get_by_role("textbox", name="Password").input_value()
        await submit(page).click()
        await sees(page, "choose Other as the provider")
        await page.get_by_text("Wait for the charger", exact=True).click()
        await sees(page, "You can close this window")
        box = VirtualWallbox(
            home.ocpp_url, NEW, FIRMWARES["6.7.38"], password=password, speed=SPEED
        )
        async with box:
            await sees(page, "Serial number")
            await sees(page, "Offline protection: Protected")
            await page.get_by_role("textbox", name="Name").fill("Carport")
            await submit(page).click()
            await sees(page, "is ready")
        assert "Carport" in {
            device["name"]
            for device in await home.api.command("config/device_registry/list")
        }
    await home.forget(NEW)
