"""Adding a charger as a person does it: what to type, what there is to see, and how it ends."""

import re
import socket
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.csms.passwords import TYPED_LENGTH
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES
from tests.conftest import IDENTITY, Connect, StartCharger
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.screen import Screen, protected

NEW = "200002"
SECRET = "hunter2-and-more"


@pytest.fixture
def url(integration: MockConfigEntry) -> str:
    """Return where chargers connect."""
    return f"ws://127.0.0.1:{integration.data[CONF_PORT]}"


async def entered(flows: Flows, integration: MockConfigEntry, **fields: str) -> Step:
    """Enter the identity of a new charger, and its password if there is one."""
    form = await flows.add_charger(integration.entry_id)
    if form["type"] == "menu":
        form = await flows.choose(form, "new")
    return await flows.submit(form, **fields)


@pytest.fixture
async def waiting(flows: Flows, integration: MockConfigEntry) -> Step:
    """Return a flow that waits for a charger with a password."""
    menu = await entered(flows, integration, identity=NEW, password=SECRET)
    return await flows.sees(await flows.choose(menu, "wait"), "nothing")


def added(integration: MockConfigEntry) -> ConfigSubentry:
    """Return the charger that was added last."""
    return list(integration.subentries.values())[-1]


async def test_adding_the_integration_leads_on_to_the_first_charger(
    hass: HomeAssistant, flows: Flows, unused_tcp_port: int
) -> None:
    form = await flows.add_integration()
    with socket.create_server(("", 0)) as server:
        taken = server.getsockname()[1]
        form = await flows.submit(form, port=taken)
        assert form["errors"] == {"port": "port_in_use"}
    form = await flows.submit(form, port=80)
    assert form["errors"] == {"port": "invalid_port"}
    created = await flows.submit(form, port=unused_tcp_port)
    assert created["type"] == "create_entry"
    kind, flow_id = created["next_flow"]
    assert kind == "config_subentries_flow"

    form = await flows.resume(flow_id)
    assert (form["type"], form["step_id"]) == ("form", "new")
    menu = await flows.submit(form, **suggested(form))
    created = await flows.choose(menu, "later")
    assert created["type"] == "create_entry"
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert len(entry.subentries) == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_nothing_follows_if_the_integration_could_not_be_started(
    hass: HomeAssistant, flows: Flows, unused_tcp_port: int
) -> None:
    form = await flows.add_integration()
    with patch.object(CentralSystem, "start", side_effect=OSError):
        created = await flows.submit(form, port=unused_tcp_port)
    assert created["type"] == "create_entry"
    assert "next_flow" not in created
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)


def suggested(form: Step) -> dict[str, str]:
    """Return what a form suggests."""
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in form["data_schema"]
        if "description" in field
    }


async def test_an_identity_and_a_password_are_suggested(
    flows: Flows, integration: MockConfigEntry
) -> None:
    first = await flows.add_charger(integration.entry_id)
    again = await flows.add_charger(integration.entry_id)
    fields = suggested(first)
    assert fields["identity"] == "wallbox-1"
    assert re.fullmatch(r"[a-z2-9]+", fields["password"])
    assert len(fields["password"]) == TYPED_LENGTH
    assert suggested(again)["password"] != fields["password"]
    assert first["description_placeholders"]["address"].startswith("ws://")

    await flows.choose(await flows.submit(first, **fields), "later")
    third = await flows.add_charger(integration.entry_id)
    assert suggested(third)["identity"] == "wallbox-2"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"identity": "  "}, {"identity": "invalid_identity"}),
        ({"identity": "garage/left"}, {"identity": "invalid_identity"}),
        ({"identity": ".."}, {"identity": "invalid_identity"}),
        ({"identity": "the left one"}, {"identity": "invalid_identity"}),
        ({"identity": "ü"}, {"identity": "invalid_identity"}),
        ({"identity": "1" * 49}, {"identity": "invalid_identity"}),
        ({"identity": IDENTITY}, {"identity": "already_configured"}),
        ({"identity": f" {IDENTITY} "}, {"identity": "already_configured"}),
        ({"identity": NEW, "password": "short"}, {"password": "invalid_password"}),
        ({"identity": NEW, "password": "pass word"}, {"password": "invalid_password"}),
        ({"identity": NEW, "password": "päßwörter"}, {"password": "invalid_password"}),
        (
            {"identity": "", "password": "x" * 41},
            {"identity": "invalid_identity", "password": "invalid_password"},
        ),
    ],
)
async def test_what_cannot_be_typed_is_said_and_can_be_corrected(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    connect: Connect,
    fields: dict[str, str],
    errors: dict[str, str],
) -> None:
    form = await flows.add_charger(integration.entry_id)
    form = await flows.submit(form, **fields)
    assert form["errors"] == errors

    menu = await flows.submit(form, identity=f" {NEW} ", password=f"{SECRET} ")
    assert menu["step_id"] == "connect"
    shown = menu["description_placeholders"]
    assert shown["identity"] == NEW
    assert shown["password"] == f"`{SECRET}`"
    assert shown["address"].endswith(f":{integration.data[CONF_PORT]}/")
    created = await flows.choose(menu, "later")
    assert created["type"] == "create_entry"
    await hass.async_block_till_done()
    await connect(identity=NEW, password=SECRET)
    await until(lambda: protected(Screen(hass, NEW)))


async def test_what_there_is_to_see_is_reported_until_the_charger_is_found(
    flows: Flows,
    waiting: Step,
    url: str,
    start_charger: StartCharger,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
) -> None:
    assert waiting["step_id"] == "wait"
    assert waiting["description_placeholders"]["identity"] == NEW
    assert waiting["description_placeholders"]["password"] == f"`{SECRET}`"

    assert await handshake(url) == 404
    step = await flows.sees(waiting, "no_identity")
    assert await handshake(url, "200020") == 404
    step = await flows.sees(step, "other_identity")
    assert step["description_placeholders"]["other"] == "200020"
    assert await handshake(url, "2000200") == 404
    step = await flows.changed(step)
    assert step["description_placeholders"]["other"] == "2000200"
    assert await handshake(url, "%60[x](%2F%2Fevil)%60") == 404
    step = await flows.changed(step)
    assert step["description_placeholders"]["other"] == "evil)?"
    assert await handshake(url, NEW) == 401
    step = await flows.sees(step, "wrong_password")
    assert await handshake(url, NEW, SECRET, protocols=["ocpp2.0.1"]) == 400
    step = await flows.sees(step, "wrong_subprotocol")
    assert await handshake(url, NEW, "hunter2-and-less") == 401
    step = await flows.sees(step, "wrong_password")
    # What others do matters no more, once the charger itself has been seen.
    assert await handshake(url, "200021") == 404

    box = await start_charger(identity=NEW, password=SECRET)
    step = await flows.sees(step, "connected")
    step = await flows.ends(step)
    assert (step["type"], step["step_id"]) == ("form", "found")
    assert step["description_placeholders"] == {
        "charger": f"Wallbox {NEW}",
        "model": "Pulsar Plus",
        "serial": box.charger.personality.serial,
        "firmware": "6.7.38",
        "protection": "Protected",
        "security": "Password",
    }
    assert device_registry.async_get_device_by_identifier(
        (DOMAIN, NEW), integration.entry_id
    )


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize(
    ("identity", "seen", "other"),
    [
        ("200020", "other_identity", "200020"),
        ("B%C3%BCro", "other_identity", "Büro"),
        ("", "no_identity", "–"),
    ],
)
async def test_who_connected_with_a_wrong_identity_before_is_shown_at_once(
    flows: Flows,
    integration: MockConfigEntry,
    url: str,
    when: str,
    identity: str,
    seen: str,
    other: str,
) -> None:
    if when == "before":
        await handshake(url, identity)
    menu = await entered(flows, integration, identity=NEW, password=SECRET)
    if when == "meanwhile":
        await handshake(url, identity)
    step = await flows.choose(menu, "wait")
    assert step["progress_action"] == seen
    assert step["description_placeholders"]["other"] == other
    assert await handshake(url, "200021") == 404
    step = await flows.changed(step)
    assert step["description_placeholders"]["other"] == "200021"


async def test_a_charger_that_is_there_before_anybody_looks_is_found(
    flows: Flows, integration: MockConfigEntry, start_charger: StartCharger
) -> None:
    await start_charger(FIRMWARES["5.14.9"], identity=NEW)
    menu = await entered(flows, integration, identity=NEW)
    found = await flows.ends(await flows.choose(menu, "wait"))
    assert found["step_id"] == "found"
    told = found["description_placeholders"]
    assert told["protection"] == "Firmware update needed"
    assert told["security"] == "Neither password nor encryption"


async def test_a_charger_that_is_found_is_given_a_name_and_an_area(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    device_registry: dr.DeviceRegistry,
    area_registry: ar.AreaRegistry,
) -> None:
    garage = area_registry.async_create("Garage")
    menu = await entered(flows, integration, identity="wallbox-1")
    step = await flows.sees(await flows.choose(menu, "wait"), "nothing")
    await start_charger(identity="wallbox-1")
    form = await flows.ends(step)
    assert suggested(form) == {"name": "Wallbox 1"}
    form = await flows.submit(form, name="  ")
    assert form["errors"] == {"name": "charger_nameless"}
    done = await flows.submit(form, name=" Left box ", area_id=garage.id)
    assert (done["type"], done["reason"]) == ("abort", "ready")
    assert done["description_placeholders"]["charger"] == "Left box"
    await hass.async_block_till_done()
    assert added(integration).title == "Left box"
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, "wallbox-1"), integration.entry_id
    )
    assert device
    assert (device.name, device.area_id) == ("Left box", garage.id)


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ("wallbox-7", "Wallbox 7"),
        ("WALLBOX", "Wallbox"),
        ("wallbox", "Wallbox"),
        ("Wallbox_left", "Wallbox left"),
        ("garage", "Wallbox garage"),
        ("300003", "Wallbox 300003"),
    ],
)
async def test_a_charger_is_not_called_a_wallbox_twice(
    flows: Flows, integration: MockConfigEntry, identity: str, name: str
) -> None:
    menu = await entered(flows, integration, identity=identity)
    await flows.choose(menu, "later")
    assert added(integration).title == name


async def test_a_charger_of_another_make_is_found_as_it_is(
    flows: Flows, waiting: Step, connect: Connect
) -> None:
    charger = await connect(identity=NEW, password=SECRET, boots=False)
    await charger.boot(chargePointVendor="Alfen BV", chargePointModel="Eve")
    found = await flows.ends(waiting)
    told = found["description_placeholders"]
    assert told["model"] == "Eve"
    assert told["protection"] == told["serial"] == "not known yet"


async def test_a_charger_that_does_not_say_what_it_is_is_found_all_the_same(
    hass: HomeAssistant, flows: Flows, waiting: Step, connect: Connect
) -> None:
    charger = await connect(identity=NEW, password=SECRET, boots=False)
    await charger.status("Available")
    step = await flows.sees(waiting, "connected")
    await until(lambda: protected(Screen(hass, NEW)))
    found = await flows.ends(step)
    told = found["description_placeholders"]
    assert told["model"] == told["firmware"] == "not known yet"
    assert told["protection"] == "Protected"


async def test_a_charger_that_leaves_before_it_has_said_what_it_is_is_waited_for_again(
    flows: Flows, waiting: Step, connect: Connect
) -> None:
    charger = await connect(identity=NEW, password=SECRET, boots=False)
    step = await flows.sees(waiting, "connected")
    await charger.leave()
    step = await flows.sees(step, "nothing")
    await connect(identity=NEW, password=SECRET)
    assert (await flows.ends(step))["step_id"] == "found"


async def test_who_closes_the_window_meanwhile_has_nothing_to_do_again(
    hass: HomeAssistant, flows: Flows, waiting: Step, connect: Connect
) -> None:
    await flows.close(waiting)
    await connect(identity=NEW, password=SECRET)
    await until(lambda: protected(Screen(hass, NEW)))


async def test_a_charger_without_a_password_says_so(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry, connect: Connect
) -> None:
    menu = await entered(flows, integration, identity=NEW)
    assert menu["description_placeholders"]["password"] == "leave it empty"
    step = await flows.choose(menu, "wait")
    await connect(identity=NEW)
    found = await flows.ends(step)
    assert (
        found["description_placeholders"]["security"]
        == "Neither password nor encryption"
    )
    assert Screen(hass, NEW).sensor("security") == "open"


@pytest.fixture
async def given_up(flows: Flows, waiting: Step) -> Step:
    """Return a flow that has waited for ten minutes."""
    return await flows.ends(waiting)


async def test_a_charger_that_does_not_come_can_be_waited_for_again(
    flows: Flows, given_up: Step, connect: Connect
) -> None:
    assert given_up["step_id"] == "not_found"
    assert given_up["menu_options"] == ["wait", "without_password", "later"]
    assert given_up["description_placeholders"]["password"] == f"`{SECRET}`"
    step = await flows.sees(await flows.choose(given_up, "wait"), "nothing")
    await connect(identity=NEW, password=SECRET)
    assert (await flows.ends(step))["step_id"] == "found"


async def test_a_charger_that_cannot_use_a_password_is_admitted_without(
    flows: Flows, given_up: Step, connect: Connect, url: str
) -> None:
    assert await handshake(url, NEW) == 401
    step = await flows.choose(given_up, "without_password")
    assert step["description_placeholders"]["password"] == "leave it empty"
    await connect(identity=NEW)
    assert (await flows.ends(step))["step_id"] == "found"


@pytest.mark.parametrize("option", ["wait", "without_password", "later"])
async def test_a_charger_that_was_removed_meanwhile_is_waited_for_no_more(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    given_up: Step,
    option: str,
) -> None:
    subentry_id = added(integration).subentry_id
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()
    assert (await flows.choose(given_up, option))["reason"] == "removed"


async def test_nobody_waits_on_for_a_charger_that_is_removed(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry, waiting: Step
) -> None:
    subentry_id = added(integration).subentry_id
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    assert (await flows.ends(waiting))["reason"] == "removed"


async def test_two_windows_add_one_charger_once(
    flows: Flows, integration: MockConfigEntry
) -> None:
    menus = [
        await entered(flows, integration, identity=NEW, password=SECRET)
        for _ in range(3)
    ]
    first = await flows.choose(menus[0], "wait")
    assert first["type"] == "progress"
    for menu, option in zip(menus[1:], ("wait", "later"), strict=True):
        assert (await flows.choose(menu, option))["reason"] == "already_configured"
    assert len(integration.subentries) == 2


async def test_a_charger_without_a_password_cannot_do_without(
    flows: Flows, integration: MockConfigEntry
) -> None:
    menu = await entered(flows, integration, identity=NEW)
    step = await flows.sees(await flows.choose(menu, "wait"), "nothing")
    assert (await flows.ends(step))["menu_options"] == ["wait", "later"]


async def test_a_charger_that_does_not_come_can_be_left_for_later(
    hass: HomeAssistant,
    flows: Flows,
    given_up: Step,
    connect: Connect,
    integration: MockConfigEntry,
) -> None:
    done = await flows.choose(given_up, "later")
    assert (done["type"], done["reason"]) == ("abort", "added")
    assert len(integration.subentries) == 2
    await connect(identity=NEW, password=SECRET)
    await until(lambda: protected(Screen(hass, NEW)))


async def test_no_charger_is_added_while_the_integration_does_not_run(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    menu = await entered(flows, integration, identity=NEW)
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await flows.choose(menu, "wait"))["reason"] == "not_loaded"
    again = await flows.add_charger(integration.entry_id)
    assert again["reason"] == "not_loaded"


async def test_a_charger_that_has_been_added_stays_while_the_integration_does_not_run(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry, given_up: Step
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await flows.choose(given_up, "wait"))["reason"] == "stopped"


@pytest.mark.parametrize("how", ["stopped", "restarted"])
async def test_nobody_waits_on_once_the_integration_has_stopped(
    hass: HomeAssistant,
    flows: Flows,
    waiting: Step,
    integration: MockConfigEntry,
    how: str,
) -> None:
    if how == "stopped":
        await hass.config_entries.async_unload(integration.entry_id)
    else:
        await hass.config_entries.async_reload(integration.entry_id)
    ended = await flows.ends(waiting)
    assert (ended["type"], ended["reason"]) == ("abort", "stopped")


async def test_a_password_is_neither_kept_nor_shown(
    hass: HomeAssistant,
    flows: Flows,
    waiting: Step,
    integration: MockConfigEntry,
    connect: Connect,
    url: str,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    await handshake(url, NEW, "not-that-secret")
    await connect(identity=NEW, password=SECRET)
    await flows.ends(waiting)
    [kept] = [
        value
        for value in added(integration).data["credentials"].values()
        if value is not None
    ]
    assert kept.startswith("scrypt$")
    own = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (SECRET, "not-that-secret"):
        assert secret not in str(integration.as_dict())
        assert secret not in str(hass_storage)
        assert secret not in own
        assert not any(
            secret in str(state.as_dict()) for state in hass.states.async_all()
        )
