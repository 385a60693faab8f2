"""One Home Assistant and one browser for all tests: each would take seconds to start."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
from typing import Final

from playwright.async_api import Browser, async_playwright
import pytest
import pytest_asyncio
import pytest_socket

from simulator.demo.dashboard import settle
from simulator.home_assistant import (
    HomeAssistantApi,
    HomeAssistantProcess,
    Owner,
    add_charger,
    add_wallbox_ocpp,
    find_charger,
    make_folder,
)
from simulator.home_assistant.ports import free_port
from simulator.virtual_wallbox import FIRMWARES, VirtualWallbox

from .home import PAGES, Home, Window

IDENTITY: Final = "100001"
SPEED: Final = 20
"""Charger seconds in a real one."""
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    """Run every test in real time: Home Assistant and the browser are other processes."""
    return {"real": asyncio.EventLoop}


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Replace the fixture that wants nothing to outlive a test: here, home and browser do."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser, without which nothing here can be tested."""
    if path := shutil.which("chromium"):
        return path
    pytest.fail("There is no Chromium, which these tests need. Run scripts/setup.")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncGenerator[Browser]:
    """Start the browser."""
    pytest_socket.enable_socket()
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(
            executable_path=chromium, args=FLAGS
        ) as browser,
    ):
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def home(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Home]:
    """Start a Home Assistant for all."""
    async with start_home(browser, tmp_path_factory.mktemp("browser")) as home:
        yield home


@asynccontextmanager
async def start_home(browser: Browser, folder: Path) -> AsyncGenerator[Home]:
    """Start a Home Assistant whose only charger is protected, and on a dashboard."""
    pytest_socket.enable_socket()
    port, ocpp_port = free_port(), free_port()
    folder /= "home"
    make_folder(folder, port)
    async with HomeAssistantProcess(folder, port) as process:
        token = await HomeAssistantApi.create_owner(process.url, Owner())
        async with HomeAssistantApi.connect(process.url, token) as api:
            entry_id = await add_wallbox_ocpp(api, ocpp_port)
            await add_charger(api, entry_id, IDENTITY)
            await settle(api, entry_id, IDENTITY, access_control=True)
            charger = await find_charger(api, IDENTITY, "access", "allow_once")
            url = f"ws://127.0.0.1:{ocpp_port}"
            box = VirtualWallbox(url, IDENTITY, FIRMWARES["6.7.38"], speed=SPEED)
            async with box:
                await api.wait_for(charger.entities["offline_protection"], "protected")
                home = Home(api, browser, entry_id, charger, box, url)
                await home.add_dashboard(
                    {"type": "custom:wallbox-ocpp-card", "device": charger.device_id}
                )
                await home.add_dashboard(
                    path=PAGES, strategy={"type": "custom:wallbox-ocpp"}
                )
                yield home
                # Another test may be about to begin, for which sockets are forbidden.
                pytest_socket.enable_socket()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owners_window(home: Home) -> AsyncGenerator[Window]:
    """Open a window for the owner, with the card of the charger; it stays open."""
    async with home.open() as window:
        yield window
        # Another test may be about to begin, for which sockets are forbidden.
        pytest_socket.enable_socket()


@pytest.fixture
def window(owners_window: Window) -> Iterator[Window]:
    """Return the window of the owner; nothing may go wrong in it."""
    yield owners_window
    assert owners_window.complaints == []


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _unplugged(home: Home) -> AsyncGenerator[None]:
    """Leave the charger as it was found: free, connected, and without a car."""
    yield
    await home.reset()


@pytest.fixture(scope="session", autouse=True)
def _allow_sockets_again() -> Iterator[None]:
    """Let home and browser part in peace: sockets are forbidden again after each test."""
    yield
    pytest_socket.enable_socket()
