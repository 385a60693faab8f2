"""A home of the machine's own."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .home import Home


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncGenerator[Home]:
    """Return a home whose time and disk are ours."""
    async with Home.ready(hass, entry) as home:
        yield home
