"""Which entities there are: fourteen by default, each phase the charger reports, the month so far."""

from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_ACCESS_CONTROL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen

ON: Final = {
    "button.wallbox_100001_reboot",
    "event.wallbox_100001_session",
    "number.wallbox_100001_current_limit",
    "number.wallbox_100001_energy_target",
    "select.wallbox_100001_mode",
    "sensor.wallbox_100001_firmware",
    "sensor.wallbox_100001_halo_led",
    "sensor.wallbox_100001_lifetime_energy",
    "sensor.wallbox_100001_offline_protection",
    "sensor.wallbox_100001_power",
    "sensor.wallbox_100001_reason",
    "sensor.wallbox_100001_session_energy",
    "sensor.wallbox_100001_status",
    "switch.wallbox_100001_charging_allowed",
}


# What is there by default.


@pytest.mark.usefixtures("few_entities")
async def test_fourteen_entities_are_on_by_default(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    # As a charger that is added begins.
    change_settings(hass, integration, **{CONF_ACCESS_CONTROL: False})
    protected_charger.plug(Car())
    await protected_charger.wait_until(lambda: screen.sensor("status") == "charging")
    await protected_charger.sleep(60)
    entries = er.async_entries_for_config_entry(entity_registry, integration.entry_id)
    assert {entry.entity_id for entry in entries if not entry.disabled_by} == ON
    assert (
        set(hass.states.async_entity_ids()) & {entry.entity_id for entry in entries}
        == ON
    )


@pytest.mark.usefixtures("few_entities")
async def test_an_entity_that_somebody_has_stays_on(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    kept = {
        entity_registry.async_get_or_create(
            platform,
            "wallbox_ocpp",
            f"100001_{key}",
            config_entry=entry,
            config_subentry_id=next(iter(entry.subentries)),
            suggested_object_id=f"mine_{key}",
        ).entity_id
        for platform, key in (
            ("switch", "charging"),
            ("sensor", "why_not_charging"),
            ("sensor", "session_cost"),
            ("sensor", "security"),
            ("binary_sensor", "vehicle_connected"),
        )
    }
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert kept <= set(hass.states.async_entity_ids())
    assert await hass.config_entries.async_unload(entry.entry_id)


def shows(hass: HomeAssistant, screen: Screen, key: str, value: str) -> bool:
    """Return whether a sensor that may yet have to come shows a value."""
    if not screen.has("sensor", key):
        return False
    state = hass.states.get(screen.entity_id("sensor", key))
    return state is not None and state.state == value


# Each phase.


def measured(number: int, **phases: float) -> dict[str, Any]:
    """Return a reading of amps and volts, by phase."""
    samples = [
        {
            "measurand": "Voltage" if name.startswith("voltage") else "Current.Import",
            "phase": name.partition("_")[2].upper(),
            "value": str(value),
        }
        for name, value in phases.items()
    ]
    value = {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": samples}
    return {"connectorId": 1, "transactionId": number, "meterValue": [value]}


async def test_each_phase_that_the_charger_reports_has_its_sensors(
    hass: HomeAssistant, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    number = await charger.start()
    await charger.status("Charging")
    assert not screen.has("sensor", "current_l1")
    said = measured(
        number, current_l1=15.9, current_l2=16.1, voltage_l1=231.0, voltage_l2=229.5
    )
    await charger.ask("MeterValues", said)
    await until(lambda: shows(hass, screen, "phases_in_use", "2"))
    await until(lambda: shows(hass, screen, "voltage_l2", "229.5"))
    assert screen.sensor("current_l1") == "15.9"
    assert not screen.has("sensor", "current_l3")
    assert not screen.has("sensor", "voltage_l3")
    # Once nothing flows nobody measures any more.
    await charger.status("SuspendedEV")
    await until(lambda: screen.sensor("phases_in_use") == "0")
    assert screen.sensor("current_l1") == "0.0"
    assert screen.sensor("voltage_l1") == "unknown"


# The Wi-Fi.


def asked_for_signal(box: VirtualWallbox) -> int:
    """Return how often the charger was asked for its Wi-Fi strength alone."""
    return sum(
        frame.payload == {"key": ["WiFiSignalStrength"]}
        for frame in box.received("GetConfiguration")
    )


async def test_the_wifi_strength_is_read_each_hour(
    hass: HomeAssistant, protected_charger: VirtualWallbox, screen: Screen
) -> None:
    box = protected_charger
    await box.wait_until(lambda: shows(hass, screen, "wifi_signal", "57"))
    await box.sleep(60)
    before = asked_for_signal(box)
    await box.sleep(3 * 3600)
    assert asked_for_signal(box) - before in (2, 3)
    # Also after a connection that was lost.
    box.cut_network()
    await box.sleep(2 * 3600)
    box.restore_network()
    await box.wait_connected()
    before = asked_for_signal(box)
    await box.sleep(3600)
    assert asked_for_signal(box) > before


@pytest.mark.usefixtures("few_entities")
async def test_nobody_asks_for_a_wifi_strength_that_nobody_sees(
    protected_charger: VirtualWallbox,
) -> None:
    await protected_charger.sleep(3 * 3600)
    assert asked_for_signal(protected_charger) == 0
