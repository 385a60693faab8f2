"""Whether the owner controls who may charge: the lock and what belongs to it come and go."""

from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_ACCESS_CONTROL,
    CONF_CARDS,
    CONF_IDENTITY,
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator.scripted_charger import REJECTED
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import Connect
from tests.helpers.cards import ANNA, access
from tests.helpers.flows import Flows
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, protected

ENTITIES: Final = (("lock", "access"), ("button", "allow_once"), ("event", "card"))
ADVANCED: Final = "advanced"


def there(screen: Screen) -> list[str]:
    """Return the keys of the entities of access control that there are."""
    return [key for platform, key in ENTITIES if screen.has(platform, key)]


def control(hass: HomeAssistant, entry: MockConfigEntry, *, on: bool) -> None:
    """Turn access control on or off in the settings."""
    change_settings(hass, entry, **{CONF_ACCESS_CONTROL: on})


ALL: Final = ["access", "allow_once", "card"]


async def test_the_lock_comes_and_goes_with_the_setting(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    screen: Screen,
) -> None:
    assert there(screen) == ALL
    before = entity_registry.async_update_entity(
        screen.entity_id("lock", "access"), new_entity_id="lock.carport"
    )
    control(hass, integration, on=False)
    await hass.async_block_till_done()
    assert there(screen) == []
    assert hass.states.get("lock.carport") is None
    control(hass, integration, on=True)
    await hass.async_block_till_done()
    assert there(screen) == ALL
    # Automations by its id, or by the id of the registry, find it again.
    again = entity_registry.async_get("lock.carport")
    assert again
    assert again.id == before.id
    assert access(screen) == "unlocking"


async def test_a_charger_without_control_has_no_lock_after_a_restart(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> None:
    assert await hass.config_entries.async_unload(integration.entry_id)
    control(hass, integration, on=False)
    assert await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert there(screen) == []


async def test_a_locked_charger_is_unlocked_when_control_is_turned_off(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    box = protected_charger
    await screen.lock(locked=True)
    await box.wait_until(lambda: access(screen) == "locked")
    await box.wait_until(lambda: screen.sensor("halo") == "locked")
    control(hass, integration, on=False)
    await box.wait_until(lambda: screen.sensor("halo") == "ready")
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")


async def test_a_locked_charger_that_is_away_is_unlocked_when_it_is_back(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    box = protected_charger
    await screen.lock(locked=True)
    await box.wait_until(lambda: access(screen) == "locked")
    box.cut_network()
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "no_connection")
    control(hass, integration, on=False)
    await hass.async_block_till_done()
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("halo") == "ready")


async def test_a_refusal_of_another_profile_does_not_jam_the_lock(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(ChangeConfiguration=lambda _: REJECTED)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert access(screen) == "jammed"
    await charger.leave()
    await until(lambda: screen.sensor("why_not_charging") == "no_connection")
    await screen.lock(locked=True)
    await until(lambda: access(screen) == "locking")


# In the settings.


async def test_the_owner_confirms_that_a_locked_charger_is_unlocked(
    integration: MockConfigEntry,
    flows: Flows,
    connect: Connect,
    screen: Screen,
) -> None:
    await connect()
    await until(lambda: access(screen) == "unlocked")
    await screen.lock(locked=True)
    subentry_id = next(iter(integration.subentries))

    async def submit(**changes: Any) -> Any:
        menu = await flows.change_charger(integration.entry_id, subentry_id)
        form = await flows.choose(menu, "settings")
        answers = {
            "guard": "off",
            "lease": 15,
            CONF_ACCESS_CONTROL: True,
            CONF_SHOW_ID_TAG: False,
            ADVANCED: {CONF_OFFLINE_PROFILE: "charge_hq"},
        }
        return await flows.submit(form, **(answers | changes))

    wrong = await submit(
        **{CONF_ACCESS_CONTROL: False, ADVANCED: {CONF_OFFLINE_PROFILE: "locked"}}
    )
    assert wrong["errors"] == {CONF_ACCESS_CONTROL: "locked_profile"}

    asked = await submit(**{CONF_ACCESS_CONTROL: False})
    assert asked["step_id"] == "unlock"
    assert there(screen) == ALL
    done = await flows.submit(asked)
    assert done["type"] == "abort"
    await until(lambda: there(screen) == [])

    # Once it is unlocked, there is nothing to confirm.
    assert (await submit(**{CONF_ACCESS_CONTROL: True}))["type"] == "abort"
    await until(lambda: there(screen) == ALL)
    assert (await submit(**{CONF_ACCESS_CONTROL: False}))["type"] == "abort"


async def test_cards_turn_control_on_first(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows, screen: Screen
) -> None:
    control(hass, integration, on=False)
    await until(lambda: there(screen) == [])
    menu = await flows.change_charger(
        integration.entry_id, next(iter(integration.subentries))
    )
    form = await flows.choose(menu, "cards")
    assert form["step_id"] == "control_first"
    cards = await flows.submit(form)
    assert cards["step_id"] == "cards"
    await until(lambda: there(screen) == ALL)


# Chargers of an earlier version, whose settings do not say.


@pytest.fixture
def undecided(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry as earlier versions stored it."""
    change_settings(hass, entry, **{CONF_ACCESS_CONTROL: None})
    [subentry] = entry.subentries.values()
    kept = {CONF_IDENTITY, CONF_OFFLINE_PROFILE, CONF_SHOW_ID_TAG}
    assert subentry.data.keys() == kept
    return entry


def decided(entry: MockConfigEntry) -> bool | None:
    """Return what the settings say of access control."""
    [subentry] = entry.subentries.values()
    return subentry.data.get(CONF_ACCESS_CONTROL)


async def test_an_open_charger_is_no_open_door_any_more(
    undecided: MockConfigEntry,
    integration: MockConfigEntry,
    screen: Screen,
) -> None:
    assert integration is undecided
    await until(lambda: there(screen) == [])
    assert decided(undecided) is False


async def test_a_card_keeps_the_lock(
    hass: HomeAssistant, undecided: MockConfigEntry, screen: Screen
) -> None:
    change_settings(hass, undecided, **{CONF_CARDS: [ANNA]})
    assert await hass.config_entries.async_setup(undecided.entry_id)
    await hass.async_block_till_done()
    assert decided(undecided) is True
    assert there(screen) == ALL
    assert await hass.config_entries.async_unload(undecided.entry_id)


@pytest.mark.parametrize("offline_profile", ["locked"])
@pytest.mark.usefixtures("undecided")
async def test_the_profile_locked_keeps_the_lock(
    integration: MockConfigEntry, screen: Screen
) -> None:
    assert decided(integration) is True
    assert there(screen) == ALL


async def test_a_closed_lock_stays_and_stays_closed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    box = protected_charger
    await screen.lock(locked=True)
    await box.wait_until(lambda: access(screen) == "locked")
    assert await hass.config_entries.async_unload(integration.entry_id)
    change_settings(hass, integration, **{CONF_ACCESS_CONTROL: None})
    assert await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert decided(integration) is True
    await box.wait_until(lambda: access(screen) == "locked")


@pytest.mark.parametrize("domain", ["automation", "script"])
@pytest.mark.parametrize("aim", ["entity_id", "device_id"])
async def test_what_locks_at_night_keeps_its_lock(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    screen: Screen,
    domain: str,
    aim: str,
) -> None:
    target = {
        "entity_id": screen.entity_id("lock", "access"),
        "device_id": device_id,
    }[aim]
    step = {"action": "lock.lock", "target": {aim: target}}
    config: dict[str, Any] = {
        "automation": {
            "triggers": {"trigger": "event", "event_type": "night"},
            "actions": step,
        },
        "script": {"night": {"sequence": step}},
    }
    assert await hass.config_entries.async_unload(integration.entry_id)
    assert await async_setup_component(hass, domain, {domain: config[domain]})
    change_settings(hass, integration, **{CONF_ACCESS_CONTROL: None})
    assert await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert decided(integration) is True
    await hass.services.async_call("lock", "lock", {aim: target}, blocking=True)
    await until(lambda: access(screen) == "locking")
