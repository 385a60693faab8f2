"""The blueprint for a notification when a session has ended."""

from pathlib import Path
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
from simulator.virtual_wallbox import Car
from tests.conftest import Screen, StartCharger

NAME = "wallbox_ocpp/session_ended_notification.yaml"
PATH = Path(__file__).parents[2] / "blueprints" / "automation" / NAME


@pytest.fixture
def blueprint() -> Blueprint:
    """Return the blueprint, as Home Assistant reads it."""
    return Blueprint(
        yaml_util.load_yaml_dict(PATH),
        path=NAME,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


def test_home_assistant_accepts_it(blueprint: Blueprint) -> None:
    assert blueprint.validate() is None
    assert set(blueprint.inputs) == {"actions", "chargers", "minimum_energy"}
    # Of a list of entities, *Card* would be one, which tells of no session.
    assert blueprint.inputs["chargers"]["selector"].keys() == {"device"}


@pytest.mark.parametrize(("minimum_energy", "told"), [(0, 1), (50, 0)])
async def test_it_tells_of_a_session_that_has_ended(
    hass: HomeAssistant,
    start_charger: StartCharger,
    screen: Screen,
    device_id: str,
    blueprint: Blueprint,
    minimum_energy: float,
    told: int,
) -> None:
    notifications = async_mock_service(hass, "persistent_notification", "create")
    box = await start_charger()
    await box.wait_until(lambda: screen.sensor("offline_protection") == "protected")
    with patch.object(DomainBlueprints, "_load_blueprint", return_value=blueprint):
        assert await async_setup_component(
            hass,
            "automation",
            {
                "automation": {
                    "use_blueprint": {
                        "path": NAME,
                        "input": {
                            "chargers": [device_id],
                            "minimum_energy": minimum_energy,
                        },
                    }
                }
            },
        )
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(120)
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await hass.async_block_till_done()

    assert len(notifications) == told
    for notification in notifications:
        energy = screen.entity("event", "session").attributes["energy"]
        assert energy > 0
        assert notification.data["title"] == "Wallbox 100001: session ended"
        assert notification.data["message"].startswith(f"{energy:.1f} kWh in 0 h 0")
