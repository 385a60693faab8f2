"""What the tests of one subject share, in more than one file."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model import sessions
from homeassistant.core import HomeAssistant
from tests.conftest import Screen
from tests.helpers.archive import FEW
from tests.helpers.offline_test import Trial
from tests.helpers.past_sessions import Files


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions retire soon."""
    monkeypatch.setattr(sessions, "KEPT", FEW)


@pytest.fixture
def files(hass: HomeAssistant, entry: MockConfigEntry) -> Files:
    """Return the files of the first charger."""
    return Files(hass, next(iter(entry.subentries)))


@pytest.fixture
def trial(hass: HomeAssistant, device_id: str, screen: Screen) -> Trial:
    """Return somebody who tests a charger."""
    return Trial(hass, device_id, screen)
