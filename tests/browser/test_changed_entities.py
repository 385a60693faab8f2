"""The card of a charger whose entities its owner has renamed, disabled and enabled."""

from collections.abc import AsyncGenerator
import re

from playwright.async_api import Browser, expect
import pytest
import pytest_asyncio

from .conftest import start_home
from .home import A_CAR, Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(loop_scope="session")
async def home(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Home]:
    """Start one of its own: half a minute after an entity was enabled, all is loaded anew."""
    async with start_home(browser, tmp_path_factory.mktemp("changed")) as home:
        yield home


async def test_entities_that_were_renamed_or_disabled(home: Home) -> None:
    async with home.open() as window:
        change = home.api.command
        power = home.entities["power"]
        limit = home.entities["current_limit"]
        registry = "config/entity_registry/update"
        await change(registry, entity_id=power, new_entity_id="sensor.mine")
        await change(registry, entity_id=limit, disabled_by="user")
        await change(registry, entity_id=home.entities["limited_by"], disabled_by=None)
        home.box.plug(A_CAR)
        await expect(window.card(".big")).to_have_text(re.compile("^11"))
        await window.shows(".limit", visible=False)
        await expect(window.card(".note")).to_have_text(re.compile(": Current limit.$"))
        await change(registry, entity_id="sensor.mine", new_entity_id=power)
        await change(registry, entity_id=limit, disabled_by=None)
        await window.shows(".note", visible=False)
        # Home Assistant loads what was enabled after half a minute, or now.
        await home.api.post(
            f"/api/config/config_entries/entry/{home.entry_id}/reload",
        )
        await window.shows(".limit")
        # One that is off at first says more once it is on.
        await window.says(".why", "Charging, limited by: The car")
