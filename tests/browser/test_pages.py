"""The pages of the dashboard in a home with two chargers, while an answer is on its way."""

from collections.abc import AsyncGenerator
import json
import re
from typing import Any, Final

from playwright.async_api import Locator, Page, WebSocketRoute, expect
import pytest
import pytest_asyncio

from simulator.home_assistant import add_charger

from .conftest import IDENTITY
from .home import A_CAR, PAGES, Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

ANOTHER: Final = "100002"
TOLD: Final = """value =>
  document.querySelector("home-assistant").hass.states["sensor.anything"]?.state === value"""
"""Whether the page has heard of another entity of the home."""


class Line:
    """The line from Home Assistant to a page, on which answers with sessions can be held back."""

    def __init__(self) -> None:
        """Let everything pass."""
        self.cut = False
        self._asked: set[int] = set()
        self._held: list[Any] = []
        self._page: WebSocketRoute

    async def lead_to(self, page: Page) -> None:
        """Lead to a page that has not been opened yet."""
        await page.route_web_socket(re.compile("/api/websocket"), self._connect)

    def release(self) -> None:
        """Hand over what was held back."""
        self.cut = False
        self._asked.clear()
        self._page.send(json.dumps(self._held))
        self._held.clear()

    def _connect(self, page: WebSocketRoute) -> None:
        self._page, home = page, page.connect_to_server()

        def asks(message: str | bytes) -> None:
            asked = json.loads(message)
            if self.cut and asked.get("type") == "wallbox_ocpp/sessions":
                self._asked.add(asked["id"])
            home.send(message)

        def answers(message: str | bytes) -> None:
            told = json.loads(message)
            told = told if isinstance(told, list) else [told]
            self._held += [one for one in told if one.get("id") in self._asked]
            passed = [one for one in told if one.get("id") not in self._asked]
            if passed:
                page.send(json.dumps(passed if len(passed) > 1 else passed[0]))

        page.on_message(asks)
        home.on_message(answers)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _two_chargers(home: Home) -> AsyncGenerator[None]:
    """Have a charger with a session, and one without."""
    await add_charger(home.api, home.entry_id, ANOTHER)
    home.box.plug(A_CAR)
    await home.api.wait_for(
        home.entities["session_energy"],
        lambda state: (
            state["state"] not in ("unknown", "unavailable")
            and float(state["state"]) > 0.1
        ),
    )
    home.box.unplug()
    await home.api.wait_for(home.entities["halo"], "ready")
    yield
    await home.forget(ANOTHER)


async def anything_changes(home: Home, page: Page, value: str) -> None:
    """Have another entity of the home change, and the page hear of it."""
    await home.api.post("/api/states/sensor.anything", state=value)
    await page.wait_for_function(TOLD, arg=value)


def has(sheet: Locator, identity: str) -> Locator:
    """Return what names the charger on a sheet."""
    return sheet.locator(".whose", has_text=f"Wallbox {identity}")


def charger_field(page: Page) -> Locator:
    """Return the field in which a charger is chosen."""
    return page.locator("wallbox-ocpp-statement label", has_text="Charger")


async def choose(page: Page, identity: str) -> None:
    """Choose a charger on the page."""
    field = charger_field(page).locator("select")
    await field.select_option(f"Wallbox {identity}")


async def test_no_sessions_are_shown_under_the_name_of_another_charger(
    home: Home,
) -> None:
    line = Line()
    async with home.open("") as window:
        page = window.page
        await line.lead_to(page)
        await window.goto(f"/{PAGES}/statement")
        statement = page.locator("wallbox-ocpp-statement")
        sheet = statement.locator(".sheet")
        await expect(has(sheet, IDENTITY)).to_be_visible()
        line.cut = True
        await choose(page, ANOTHER)
        await anything_changes(home, page, "changed")
        await expect(sheet).to_have_count(0)
        await expect(page.get_by_role("button", name="Print")).to_have_count(0)
        line.release()
        await expect(statement).to_contain_text("No session ended in")
        await choose(page, IDENTITY)
        await expect(has(sheet, IDENTITY)).to_be_visible()


async def test_a_page_goes_on_to_a_charger_that_is_left(home: Home) -> None:
    # Our own dashboard is made anew when a charger is deleted, and its pages with it.
    await home.add_dashboard(
        {"type": "custom:wallbox-ocpp-statement"}, path="test-statement"
    )
    async with home.open("/test-statement/0") as window:
        page = window.page
        statement = page.locator("wallbox-ocpp-statement")
        await choose(page, ANOTHER)
        await expect(statement).to_contain_text("No session ended in")
        await home.forget(ANOTHER)
        await expect(has(statement.locator(".sheet"), IDENTITY)).to_be_visible()
        await expect(charger_field(page)).to_have_count(0)
