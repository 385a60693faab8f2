"""What tests of the files of sessions share."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model import sessions
from homeassistant.core import HomeAssistant
from tests.helpers.archive import FEW
from tests.helpers.past_sessions import Files


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions retire soon."""
    monkeypatch.setattr(sessions, "KEPT", FEW)


@pytest.fixture
def files(hass: HomeAssistant, entry: MockConfigEntry) -> Files:
    """Return the files of the first charger."""
    return Files(hass, next(iter(entry.subentries)))
