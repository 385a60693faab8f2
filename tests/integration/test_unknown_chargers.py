"""Unknown chargers, which have not been added: reported once, and picked from a list."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.csms.handshake import (
    FORGET_AFTER,
    MAX_UNKNOWN_CHARGERS_PER_ADDRESS,
)
from custom_components.wallbox_ocpp.hub.unknown_chargers import (
    UNFIT_IDENTITIES,
    UNKNOWN_CHARGERS,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.scripted_charger import proof
from simulator.virtual_wallbox import FIRMWARES
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.screen import Screen, issue_keys, protected

OLD = "300003"
"""Of a charger that has another OCPP integration still in mind."""
SECRET = "its-own-password"


@pytest.fixture
def url(integration: MockConfigEntry) -> str:
    """Return where chargers connect."""
    return f"ws://127.0.0.1:{integration.data[CONF_PORT]}"


def offered(form: Step) -> list[str]:
    """Return the chargers that a form lists."""
    fields = {field["name"]: field for field in form["data_schema"]}
    options = fields["identity"]["selector"]["select"]["options"]
    return [option["value"] for option in options]


async def test_a_charger_that_tries_to_connect_is_picked_from_a_list_and_stays_as_it_is(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    start_charger: StartCharger,
) -> None:
    box = await start_charger(FIRMWARES["5.17.87"], identity=OLD)
    await box.wait_until(lambda: box.handshake_status == 404)
    menu = await flows.add_charger(integration.entry_id)
    assert (menu["step_id"], menu["menu_options"]) == ("user", ["adopt", "new"])
    form = await flows.choose(menu, "adopt")
    assert offered(form) == [OLD]
    found = await flows.ends(await flows.submit(form, identity=OLD))
    assert found["step_id"] == "found"
    assert found["description_placeholders"]["firmware"] == "5.17.87"
    assert protected(Screen(hass, OLD))


async def test_a_charger_with_a_password_keeps_it(
    flows: Flows, integration: MockConfigEntry, start_charger: StartCharger, url: str
) -> None:
    box = await start_charger(identity=OLD, password=SECRET)
    await box.wait_until(lambda: box.handshake_status == 404)
    form = await flows.choose(await flows.add_charger(integration.entry_id), "adopt")
    step = await flows.submit(form, identity=OLD, new_password=False)
    if step["type"] == "progress":
        assert step["description_placeholders"]["password"] == "the current one"
    found = await flows.ends(step)
    assert found["description_placeholders"]["security"] == "Password"
    assert await handshake(url, OLD) == 401
    assert SECRET not in str(integration.as_dict())


async def test_a_charger_with_the_password_of_another_user_is_admitted_without(
    flows: Flows, integration: MockConfigEntry, url: str
) -> None:
    somebody = proof("somebody", SECRET)
    assert await handshake(url, OLD, headers=somebody) == 404
    form = await flows.choose(await flows.add_charger(integration.entry_id), "adopt")
    step = await flows.submit(form, identity=OLD, new_password=False)
    assert step["description_placeholders"]["password"] == "leave it empty"
    assert await handshake(url, OLD, headers=somebody) == 101


@pytest.mark.parametrize("password", [None, SECRET])
async def test_a_charger_that_tries_to_connect_can_be_given_a_new_password(
    flows: Flows,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    url: str,
    password: str | None,
) -> None:
    assert await handshake(url, OLD, password) == 404
    form = await flows.choose(await flows.add_charger(integration.entry_id), "adopt")
    menu = await flows.submit(form, identity=OLD, new_password=True)
    assert menu["step_id"] == "connect"
    new = menu["description_placeholders"]["password"].strip("`")
    step = await flows.sees(await flows.choose(menu, "wait"), "nothing")
    await start_charger(identity=OLD, password=new)
    assert (await flows.ends(step))["step_id"] == "found"
    assert await handshake(url, OLD, password) == 401


async def test_a_charger_that_has_gone_meanwhile_cannot_be_picked(
    flows: Flows, integration: MockConfigEntry, url: str
) -> None:
    for identity in (OLD, "300004"):
        assert await handshake(url, identity) == 404
    form = await flows.choose(await flows.add_charger(integration.entry_id), "adopt")
    integration.runtime_data.central_system.unknown_chargers.forget(OLD)
    form = await flows.submit(form, identity=OLD)
    assert form["errors"] == {"identity": "stranger_gone"}
    assert offered(form) == ["300004"]
    step = await flows.submit(form, identity="300004")
    assert step["type"] == "progress"


async def test_who_sets_up_another_charger_need_not_pick(
    flows: Flows, integration: MockConfigEntry, url: str
) -> None:
    await handshake(url, OLD)
    form = await flows.choose(await flows.add_charger(integration.entry_id), "new")
    menu = await flows.submit(form, identity="200002")
    assert (await flows.choose(menu, "later"))["type"] == "create_entry"


async def test_all_unknown_chargers_have_one_repair_which_leads_to_where_they_are_added(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    device_registry: dr.DeviceRegistry,
    flows: Flows,
    start_charger: StartCharger,
    url: str,
) -> None:
    states = set(hass.states.async_entity_ids())
    for number in range(10):
        await handshake(url, f"stranger-{number}")
        await handshake(url, "[click](//here)")
    assert issue_keys(issue_registry) == {UNKNOWN_CHARGERS, UNFIT_IDENTITIES}
    assert set(hass.states.async_entity_ids()) == states
    assert len(device_registry.devices) == 1

    form = await flows.repair(UNKNOWN_CHARGERS)
    listed = form["description_placeholders"]["chargers"].splitlines()
    assert listed == [
        f"- `stranger-{number}` (127.0.0.1)"
        for number in range(MAX_UNKNOWN_CHARGERS_PER_ADDRESS)
    ]
    led = await flows.submit(form)
    kind, flow_id = led["next_flow"]
    assert kind == "config_subentries_flow"
    menu = await flows.resume(flow_id)
    form = await flows.choose(menu, "adopt")
    step = await flows.submit(form, identity="stranger-2")
    await start_charger(identity="stranger-2")
    assert (await flows.ends(step))["step_id"] == "found"
    issue = issue_registry.issues[DOMAIN, UNKNOWN_CHARGERS]
    assert issue.translation_placeholders
    assert "stranger-2" not in issue.translation_placeholders["chargers"]


@pytest.mark.parametrize(
    ("path", "shown", "better"),
    [
        ("My%20Wallbox", "My Wallbox", "My-Wallbox"),
        ("B%C3%BCro", "Büro", "Buro"),
        ("DE*BMW*E1", "DE*BMW*E1", "DE-BMW-E1"),
        ("a:b", "a:b", "a-b"),
        ("_1", "_1", "1"),
        ("%60%0A%E2%80%AE%60", "????", "wallbox-1"),
        ("x" * 60, "x" * 48 + "…", "x" * 48),
        ("", "–", "wallbox-1"),
    ],
)
async def test_a_charger_whose_identity_cannot_be_added_is_reported_with_a_better_one(
    issue_registry: ir.IssueRegistry, url: str, path: str, shown: str, better: str
) -> None:
    assert await handshake(url, path) == 404
    assert issue_keys(issue_registry) == {UNFIT_IDENTITIES}
    [issue] = issue_registry.issues.values()
    assert not issue.is_fixable
    assert issue.translation_placeholders == {
        "chargers": f"- `{shown}` → `{better}` (127.0.0.1)"
    }


async def test_an_identity_in_other_capitals_is_recognised(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    flows: Flows,
    integration: MockConfigEntry,
    url: str,
) -> None:
    form = await flows.add_charger(integration.entry_id)
    menu = await flows.submit(form, identity="garage")
    await flows.choose(menu, "later")
    await hass.async_block_till_done()
    assert await handshake(url, "Garage") == 404
    assert issue_keys(issue_registry) == {UNFIT_IDENTITIES}
    [issue] = issue_registry.issues.values()
    assert issue.translation_placeholders == {
        "chargers": "- `Garage` → `garage` (127.0.0.1)"
    }
    form = await flows.choose(await flows.add_charger(integration.entry_id), "new")
    form = await flows.submit(form, identity="GARAGE")
    assert form["errors"] == {"identity": "other_capitals"}
    assert form["description_placeholders"]["known"] == "garage"


async def test_only_so_many_unfit_identities_are_reported(
    issue_registry: ir.IssueRegistry, integration: MockConfigEntry, url: str
) -> None:
    for number in range(10):
        await handshake(url, f"a:{number}")
    [issue] = issue_registry.issues.values()
    assert issue.translation_placeholders
    lines = issue.translation_placeholders["chargers"].splitlines()
    assert len(lines) == MAX_UNKNOWN_CHARGERS_PER_ADDRESS


async def test_the_repair_ends_with_the_last_unknown_charger(
    issue_registry: ir.IssueRegistry,
    flows: Flows,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    url: str,
) -> None:
    box = await start_charger(identity=OLD)
    await box.wait_until(lambda: issue_keys(issue_registry) == {UNKNOWN_CHARGERS})
    form = await flows.choose(await flows.add_charger(integration.entry_id), "adopt")
    await flows.ends(await flows.submit(form, identity=OLD))
    assert not issue_keys(issue_registry)


async def test_an_unknown_charger_that_no_longer_tries_to_connect_is_forgotten(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    url: str,
) -> None:
    await handshake(url, OLD)
    assert issue_keys(issue_registry) == {UNKNOWN_CHARGERS}
    await asyncio.sleep(2 * FORGET_AFTER)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


async def test_the_repair_ends_with_the_integration(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    flows: Flows,
    integration: MockConfigEntry,
    url: str,
) -> None:
    await handshake(url, OLD)
    form = await flows.repair(UNKNOWN_CHARGERS)
    again = await flows.repair(UNKNOWN_CHARGERS)
    await hass.config_entries.async_unload(integration.entry_id)
    assert not issue_keys(issue_registry)
    assert (await flows.submit(form))["reason"] == "not_loaded"
    await hass.config_entries.async_remove(integration.entry_id)
    assert (await flows.submit(again))["reason"] == "not_loaded"


async def test_nothing_of_an_unknown_charger_is_in_the_diagnostics_or_the_log(
    integration: MockConfigEntry, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    await handshake(url, OLD, SECRET)
    await handshake(url, IDENTITY, SECRET)
    own: list[Any] = [
        record.getMessage() for record in caplog.records if "wallbox" in record.name
    ]
    assert not any(OLD in text or SECRET in text for text in own)
