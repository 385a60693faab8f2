"""What every case looks at."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.conftest import Screen
from tests.integration.test_sessions import Told


@pytest.fixture
async def told(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> Told:
    """Return what is told of sessions."""
    return Told(hass, screen)
