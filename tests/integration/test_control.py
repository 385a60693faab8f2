"""What an owner is told of the charging, and what else there is to set."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator.scripted_charger import ACCEPTED, ERROR, REJECTED, SILENCE, Answer
from simulator.virtual_time import until
from simulator.virtual_wallbox import COPPER_SB, FIRMWARES, Car
from tests.conftest import IDENTITY, Connect, StartCharger
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected

BRIGHTNESS = "LightIntensity"


def exists(hass: HomeAssistant, platform: str, key: str) -> bool:
    """Return whether a charger has an entity."""
    entity_id = er.async_get(hass).async_get_entity_id(
        platform, DOMAIN, f"{IDENTITY}_{key}"
    )
    return entity_id is not None and hass.states.get(entity_id) is not None


# Why the car charges as it does.


async def test_why_a_car_is_not_charging_is_shown_from_plug_in_to_unplug(
    start_charger: StartCharger, screen: Screen
) -> None:
    def says(reason: str) -> Any:
        return lambda: screen.sensor("why_not_charging") == reason

    assert says("no_connection")()
    box = await start_charger()
    await box.wait_until(says("not_plugged_in"))
    await box.wait_until(lambda: protected(screen))
    assert screen.sensor("limited_by") == "unknown"
    box.plug(Car(max_amps=10))
    await box.wait_until(says("charging"))
    await box.wait_until(lambda: screen.sensor("limited_by") == "car")
    await screen.set("current_limit", 8)
    await box.wait_until(lambda: screen.sensor("limited_by") == "owner")
    await screen.switch("charging", on=False)
    await box.wait_until(says("paused"))
    assert screen.sensor("limited_by") == "owner"
    await screen.switch("charging", on=True)
    await box.wait_until(says("charging"))
    box.car_pause()
    await box.wait_until(says("waiting_for_car"))
    assert screen.sensor("limited_by") == "car"
    box.fault()
    await box.wait_until(says("fault"))
    box.fault(present=False)
    await box.wait_until(says("waiting_for_car"))
    box.cut_network()
    await until(says("no_connection"))
    assert screen.sensor("limited_by") == "unavailable"


async def test_a_locked_charger_says_so(connect: Connect, screen: Screen) -> None:
    """As one does that has been given its own settings back, or does not take ours."""
    charger = await connect(ChangeConfiguration=lambda _: REJECTED)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    await charger.status("Preparing")
    assert screen.sensor("why_not_charging") == "locked"


async def test_the_charger_s_own_ceiling_is_distinguished_from_the_owner_s_limit(
    start_protected: StartCharger, screen: Screen
) -> None:
    """A Pulsar Pro with 6.13.3 was stuck at 9 A, as it was set to (docs/chargers.md §3.7)."""
    stuck = replace(
        FIRMWARES["6.7.38"], firmware="6.13.3", key_values={"chargingALimitConn1": "9"}
    )
    box = await start_protected(stuck)
    box.plug(Car(max_amps=32))
    await box.wait_until(lambda: screen.sensor("limited_by") == "ceiling")
    number = screen.entity("number", "current_limit")
    assert (float(number.state), number.attributes["max"]) == (9, 9)
    await screen.set("current_limit", 7)
    await box.wait_until(lambda: screen.sensor("limited_by") == "owner")


# The brightness of the halo.


async def test_the_halo_can_be_dimmed_once_the_charger_says_that_it_can(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen
) -> None:
    assert not exists(hass, "number", "halo_brightness")
    box = await start_charger()
    await box.wait_until(lambda: exists(hass, "number", "halo_brightness"))
    assert float(screen.entity("number", "halo_brightness").state) == 100
    await screen.set("halo_brightness", 30)
    assert box.charger.keys[BRIGHTNESS] == "30"
    assert float(screen.entity("number", "halo_brightness").state) == 30


async def test_a_charger_without_that_key_has_no_brightness(
    hass: HomeAssistant, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    assert not exists(hass, "number", "halo_brightness")


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (lambda _: REJECTED, "setting_refused"),
        (lambda _: ERROR, "setting_refused"),
        # Accepted, and not done.
        (lambda _: ACCEPTED, "setting_refused"),
        (lambda _: SILENCE, "no_answer"),
    ],
)
async def test_a_brightness_that_is_not_taken_is_an_error(
    connect: Connect, screen: Screen, refusal: Answer, error: str
) -> None:
    charger = await connect(boots=False)
    charger.keys[BRIGHTNESS] = "100"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    charger.change_its_mind(ChangeConfiguration=refusal)
    with pytest.raises(HomeAssistantError) as raised:
        await screen.set("halo_brightness", 30)
    assert raised.value.translation_key == error
    assert float(screen.entity("number", "halo_brightness").state) == 100


async def test_the_halo_of_a_charger_that_is_away_cannot_be_dimmed(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: exists(hass, "number", "halo_brightness"))
    box.cut_network()
    await until(
        lambda: screen.entity("number", "halo_brightness").state == "unavailable"
    )


# The cable.


async def test_a_cable_can_be_unlocked_where_there_is_a_socket(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen
) -> None:
    socket = replace(COPPER_SB, call_gap=0.0, drops_on_concurrent_calls=False)
    box = await start_charger(socket)
    await box.wait_until(lambda: exists(hass, "button", "unlock_connector"))
    await box.wait_until(lambda: protected(screen))
    box.plug()
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await screen.press("unlock_connector")
    assert box.received("UnlockConnector")[-1].payload == {"connectorId": 1}
    await box.wait_until(lambda: bool(box.sent("StopTransaction")))


@pytest.mark.usefixtures("protected_charger")
async def test_a_charger_with_a_cable_of_its_own_has_no_such_button(
    hass: HomeAssistant,
) -> None:
    assert not exists(hass, "button", "unlock_connector")


async def test_the_button_is_there_at_once_for_a_charger_that_is_known(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointModel="CPB1-S-2-4")
    await charger.leave()
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert exists(hass, "button", "unlock_connector")


async def test_a_charger_whose_device_is_gone_is_served_all_the_same(
    device_registry: dr.DeviceRegistry, device_id: str, connect: Connect
) -> None:
    charger = await connect()
    device_registry.async_remove_device(device_id)
    assert (await charger.boot())["status"] == "Accepted"


async def test_an_entity_that_comes_later_leaves_the_device_as_it_is(
    hass: HomeAssistant,
    start_charger: StartCharger,
    device_registry: dr.DeviceRegistry,
    device_id: str,
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: exists(hass, "number", "halo_brightness"))
    await hass.async_block_till_done()
    device = device_registry.async_get(device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.model_id, device.sw_version) == ("PLP1-0-2-4", "6.7.38")
