"""What an earlier version of this integration wrote is taken over."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.conftest import Connect
from tests.helpers.past_sessions import Files, sessions_of
from tests.helpers.screen import Screen


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


VERSION_0_1_0 = {
    "ledger": {
        "next_transaction_id": 4713,
        "sessions": [
            {
                "transaction_id": 1,
                "connector_id": 1,
                "id_tag": "NoAuthorization",
                "started": "2026-09-01T06:00:00+00:00",
                "meter_start": 1000,
                "ended": "2026-09-01T07:00:00+00:00",
                "meter_last": 3000.0,
                "reason": "EVDisconnected",
                "start_delayed": False,
                "end_delayed": False,
                "stamp": "2026-09-01T06:00:00+00:00",
                "began_offline": False,
                "unattended": 0.0,
                "start_announced": True,
                "end_announced": True,
            },
            {
                "transaction_id": 4712,
                "connector_id": 1,
                "id_tag": "04A1B2C3",
                "started": "2026-09-01T08:00:00+00:00",
                "meter_start": 3000,
                "ended": None,
                "meter_last": 4000.5,
                "reason": None,
                "start_delayed": False,
                "end_delayed": False,
                "stamp": "2026-09-01T08:00:00+00:00",
                "began_offline": False,
                "unattended": 0.0,
                "start_announced": True,
                "end_announced": False,
            },
        ],
    },
    "wish": {"charging": False, "current_limit": 16},
    "identification": {
        "vendor": "Wall Box Chargers",
        "model": "PLP1-0-2-4",
        "serial_number": "100001",
        "firmware": "6.7.38",
    },
    "register": {"value": 4000.5, "suspect": None},
    "clock": {"behind": 0.0},
    "gap": {"since": "2026-09-01T09:30:00+00:00", "register": 4000.5, "wanted": False},
    "unattended": None,
    "unattended_energy": 250.0,
    "fix_enabled": True,
    "originals": {"AuthEnabled": "true"},
}
"""What version 0.1.0 wrote, as its own code did."""


async def test_what_version_0_1_0_wrote_is_taken_over(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
    screen: Screen,
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    stored = {"version": 1, "key": files.ledger.name, "data": VERSION_0_1_0}
    files.ledger.write_text(json.dumps(stored))
    await hass.config_entries.async_setup(integration.entry_id)
    assert screen.entity("switch", "charging").state == "off"
    assert screen.sensor("unattended_energy") == "0.25"
    assert screen.sensor("session_energy") == "1.0005"
    (known,) = await sessions_of(hass, device_id)
    assert (known["transaction_id"], known["energy"]) == (1, 2)
    assert (known["duration"], known["plugged_time"], known["cost"]) == (
        3600,
        3600,
        None,
    )

    charger = await connect(boots=False)
    stamp = "2026-09-01T08:00:00+00:00"
    assert (
        await charger.start(timestamp=stamp, meterStart=3000, idTag="04A1B2C3") == 4712
    )
    await charger.stop(4712, meterStop=6000)
    assert [item["energy"] for item in await sessions_of(hass, device_id)] == [2, 3]
    assert await charger.start(meterStart=6000) == 4713
