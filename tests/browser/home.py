"""A home with a charger, and windows of a browser on it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import time
from typing import Any, Final

from aiohttp import ClientSession
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
)

from simulator.home_assistant import Charger, HomeAssistantApi
from simulator.virtual_wallbox import Car, VirtualWallbox

PATIENCE: Final = 45_000
"""Milliseconds that a page may take, also on a busy machine."""
DASHBOARD: Final = "test-card"
PAGES: Final = "test-pages"
"""A dashboard made by our strategy."""
A_CAR: Final = Car(max_amps=16)
A_DAY: Final = 24 * 60 * 60
HARMLESS: Final = ("demo.home-assistant.io", "brands.home-assistant.io")
"""Where Home Assistant's own pages get pictures, which a machine without internet cannot."""

expect.set_options(timeout=PATIENCE)


class Window:
    """A page of Home Assistant in the browser, with what goes wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        """Listen to the page."""
        self.page = page
        self.complaints: list[str] = []
        self._url = url
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        where = f"{message.text} {message.location.get('url')}"
        if message.type == "error" and not any(host in where for host in HARMLESS):
            self.complaints.append(where)

    async def goto(self, path: str = f"/{DASHBOARD}/0") -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(self._url + path)

    def card(self, selector: str = "") -> Locator:
        """Return a part of the first card, or the whole."""
        return self.page.locator(f"wallbox-ocpp-card {selector}".strip()).first

    async def says(self, selector: str, text: str) -> None:
        """Wait until a part of the card says something."""
        await expect(self.card(selector)).to_have_text(text)

    async def rings(self, colour: str, pattern: str = "steady") -> None:
        """Wait until the ring has a colour and a pattern."""
        await expect(self.card("ha-card")).to_have_class(f"large {colour} {pattern}")

    async def shows(self, selector: str, *, visible: bool = True) -> None:
        """Wait until a part of the card is there, or is not."""
        await expect(self.card(selector)).to_be_visible(visible=visible)

    async def fits(self, parts: Locator, *widths: int, height: int = 800) -> None:
        """Wait until nothing in parts of the page is cut off, at each width of the window."""
        for width in widths:
            await self.page.set_viewport_size({"width": width, "height": height})
            for part in await parts.element_handles():
                # The window takes a moment for its new width.
                await self.page.wait_for_function(
                    f"""it => innerWidth === {width}
                      && it.scrollWidth <= it.clientWidth
                      && it.scrollHeight <= it.clientHeight""",
                    arg=part,
                )


class Home:
    """A Home Assistant with one charger, and a Wallbox that plays it."""

    def __init__(
        self,
        api: HomeAssistantApi,
        browser: Browser,
        entry_id: str,
        charger: Charger,
        box: VirtualWallbox,
        ocpp_url: str,
    ) -> None:
        """Look at it as its owner."""
        self.api = api
        self.entry_id = entry_id
        self.charger = charger
        self.entities = charger.entities
        self.box = box
        self.ocpp_url = ocpp_url
        self._browser = browser
        self._owners: BrowserContext | None = None

    @asynccontextmanager
    async def open(
        self, path: str = f"/{DASHBOARD}/0", *, token: str = "", **context: Any
    ) -> AsyncGenerator[Window]:
        """Open a window at a page, or at none yet, logged in; see that nothing goes wrong in it.

        Windows of the owner share what has been loaded, as in a browser at home.
        """
        url = self.api.url
        if path and not token and not context:
            self._owners = self._owners or await log_in_browser(
                self._browser, url, self.api.token
            )
            window = Window(await self._owners.new_page(), url)
            await window.goto(path)
            yield window
            await window.page.close()
        else:
            async with open_window(
                self._browser, url, token or self.api.token, **context
            ) as window:
                if path:
                    await window.goto(path)
                yield window
        assert window.complaints == []

    async def add_dashboard(
        self, *cards: dict[str, Any], path: str = DASHBOARD, **config: Any
    ) -> None:
        """Make a dashboard with cards, or one that is configured otherwise."""
        await add_dashboard(self.api, *cards, path=path, **config)

    async def add_user(self, name: str, *groups: str) -> str:
        """Make a user, and return an access token."""
        made = await self.api.command(
            "config/auth/create", name=name, group_ids=[*groups]
        )
        await self.api.command(
            "config/auth_provider/homeassistant/create",
            user_id=made["user"]["id"],
            username=name.lower(),
            password="secret",
        )
        return await log_in(self.api.url, name.lower(), "secret")

    async def forget(self, identity: str) -> None:
        """Remove a charger."""
        command = "config_entries/subentries"
        for one in await self.api.command(f"{command}/list", entry_id=self.entry_id):
            if one["unique_id"] == identity:
                await self.api.command(
                    f"{command}/delete",
                    entry_id=self.entry_id,
                    subentry_id=one["subentry_id"],
                )

    async def reset(self) -> None:
        """Have it free, connected, unlocked, allowed to charge, and without a car."""
        box, api, entities = self.box, self.api, self.entities
        box.restore_network()
        box.fault(present=False)
        box.unplug()
        if api.states[entities["charging"]]["state"] == "off":
            await api.call_service("switch.turn_on", entity_id=entities["charging"])
        if "access" in entities and api.states[entities["access"]]["state"] == "locked":
            await api.call_service("lock.unlock", entity_id=entities["access"])
        await api.wait_for(entities["halo"], "ready")
        await api.wait_for(entities["offline_protection"], "protected")


async def add_dashboard(
    api: HomeAssistantApi, *cards: dict[str, Any], path: str = DASHBOARD, **config: Any
) -> None:
    """Make a dashboard with cards, or one that is configured otherwise."""
    await api.command(
        "lovelace/dashboards/create", url_path=path, title=path, mode="storage"
    )
    sections = [{"type": "grid", "cards": [card]} for card in cards]
    view = {"title": "Test", "type": "sections", "sections": sections}
    await api.command(
        "lovelace/config/save", url_path=path, config=config or {"views": [view]}
    )


async def log_in_browser(
    browser: Browser, url: str, token: str, **context: Any
) -> BrowserContext:
    """Return a context of the browser that is logged in."""
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": A_DAY,
        "refresh_token": "none",
        "hassUrl": url,
        "clientId": f"{url}/",
        "expires": (time.time() + A_DAY) * 1000,
    }
    script = f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})"
    # A light that pulses is drawn sixty times a second, by the processor.
    opened = await browser.new_context(reduced_motion="reduce", **context)
    await opened.add_init_script(script)
    return opened


@asynccontextmanager
async def open_window(
    browser: Browser, url: str, token: str, **context: Any
) -> AsyncGenerator[Window]:
    """Open a window that is logged in, with nothing loaded yet."""
    async with await log_in_browser(browser, url, token, **context) as opened:
        yield Window(await opened.new_page(), url)


async def log_in(url: str, username: str, password: str) -> str:
    """Return an access token of a user."""
    client_id = f"{url}/"
    async with ClientSession() as client:
        async with client.post(
            f"{url}/auth/login_flow",
            json={
                "client_id": client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": client_id,
            },
        ) as response:
            flow = await response.json()
        async with client.post(
            f"{url}/auth/login_flow/{flow['flow_id']}",
            json={"client_id": client_id, "username": username, "password": password},
        ) as response:
            code = (await response.json())["result"]
        async with client.post(
            f"{url}/auth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": client_id,
            },
        ) as response:
            return str((await response.json())["access_token"])
