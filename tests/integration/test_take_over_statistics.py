"""The Energy dashboard goes on without a gap or a leap when a charger's entity ids are taken over."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.wallbox_ocpp.hub.ocpp_integration import (
    async_chargers,
    async_stop,
    async_take_entity_ids,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect
from tests.helpers.ocpp_integration import OcppIntegration
from tests.helpers.screen import Screen

from .test_late_energy import read
from .test_statistics import Life, mock_recorder_before_hass

__all__ = ["mock_recorder_before_hass"]

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.freeze_time("2026-11-01 08:00:20+00:00"),
    pytest.mark.parametrize("enable_statistics", [True]),
]

METER = "sensor.garage_energy_active_import_register"


@pytest.mark.parametrize("is_seen_first", [True, False])
async def test_the_sum_goes_on(
    recorder_mock: object,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    freezer: FrozenDateTimeFactory,
    is_seen_first: bool,
    entity_registry: er.EntityRegistry,
) -> None:
    """Ours may have a history of some minutes already, which is given up."""
    assert await async_setup_component(hass, "sensor", {})
    life, ocpp = Life(hass, freezer), OcppIntegration(hass)
    ocpp.energy = 532.0
    await ocpp.add(integration.data[CONF_PORT] - 1, garage=IDENTITY)
    (meter,) = ocpp.meters
    await life.until("09:30")
    meter._attr_native_value = 533.0
    meter.async_write_ha_state()
    await life.until("10:20")

    theirs = async_chargers(hass)[IDENTITY]
    assert await async_stop(hass, theirs)

    async def reads(kwh: float, clock: str) -> None:
        await life.until(clock)
        charger = await connect()
        await read(charger, kwh, clock)
        await until(lambda: screen.sensor("energy") == str(kwh))
        await charger.leave()

    if is_seen_first:
        await reads(533.0, "10:21")
    await life.until("10:40")
    ours = screen.entity_id("sensor", "energy")
    (subentry,) = integration.subentries.values()
    async_take_entity_ids(hass, theirs, integration, subentry)
    await hass.async_block_till_done()
    assert screen.entity_id("sensor", "energy") == METER
    await reads(533.0, "10:41")
    await reads(535.5, "11:30")
    await life.until("13:01")
    await async_wait_recording_done(hass)

    rows = await life.rows(METER)
    changes = {hour: round(row["change"], 4) for hour, row in rows.items()}
    # What flowed from 10:41 to 11:30, without a connection, is spread over that time.
    assert changes.pop(10) + changes.pop(11) == pytest.approx(2.5)
    assert changes == {8: 0, 9: 1, 12: 0}
    assert rows[12]["sum"] == pytest.approx(3.5)
    assert rows[12]["state"] == pytest.approx(535.5)
    # Nothing is left of what ours had before.
    assert not await life.rows(ours)
    await ocpp.close()
