"""A charger's password: given, changed, taken away, told to the charger, and never lost."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN, REBOOT_TIMEOUT
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulator.scripted_charger import (
    ACCEPTED,
    ERROR,
    HANG_UP,
    REJECTED,
    SILENCE,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen, issue_keys, protected

FIRST = "the-first-password"
SECOND = "the-second-password"
KEY = "AuthorizationKey"


@pytest.fixture
def url(integration: MockConfigEntry) -> str:
    """Return where chargers connect."""
    return f"ws://127.0.0.1:{integration.data[CONF_PORT]}"


async def choose_password(
    flows: Flows, integration: MockConfigEntry, **fields: str
) -> Step:
    """Change the charger's password in its menu."""
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    return await flows.submit(await flows.choose(menu, "password"), **fields)


@pytest.fixture
async def guarded(
    flows: Flows, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    """Have the charger use its first password."""
    await choose_password(flows, integration, password=FIRST)
    charger = await connect(password=FIRST)
    await until(lambda: protected(screen))
    await charger.left_alone()
    await charger.leave()
    await gone(screen)


# By hand.


async def test_a_charger_is_admitted_without_a_password_until_it_uses_the_one_it_was_given(
    flows: Flows,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    url: str,
) -> None:
    charger = await connect()
    assert screen.sensor("security") == "open"
    done = await choose_password(flows, integration, password=FIRST)
    assert done["reason"] == "password_set"
    shown = done["description_placeholders"]
    assert (shown["identity"], shown["password"]) == (IDENTITY, FIRST)
    await charger.leave()
    await gone(screen)

    assert await handshake(url, IDENTITY) == 101
    assert await handshake(url, IDENTITY, SECOND) == 101
    assert await handshake(url, IDENTITY, FIRST) == 101
    await until(lambda: screen.sensor("security") == "password")
    assert await handshake(url, IDENTITY) == 401
    assert await handshake(url, IDENTITY, SECOND) == 401


@pytest.mark.usefixtures("guarded")
async def test_the_old_password_counts_until_the_new_one_is_used(
    flows: Flows, integration: MockConfigEntry, url: str
) -> None:
    await choose_password(flows, integration, password=SECOND)
    assert await handshake(url, IDENTITY, FIRST) == 101
    assert await handshake(url, IDENTITY, SECOND) == 101
    assert await handshake(url, IDENTITY, SECOND) == 101
    assert await handshake(url, IDENTITY, FIRST) == 401


@pytest.mark.usefixtures("guarded")
async def test_a_password_that_is_taken_away_is_needed_no_more(
    flows: Flows,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    url: str,
) -> None:
    assert await handshake(url, IDENTITY) == 401
    done = await choose_password(flows, integration)
    assert done["reason"] == "password_removed"
    await connect()
    assert screen.sensor("security") == "open"


async def test_a_password_that_cannot_be_typed_is_said_and_can_be_corrected(
    flows: Flows, integration: MockConfigEntry
) -> None:
    form = await choose_password(flows, integration, password="too few")
    assert form["errors"] == {"password": "invalid_password"}
    assert (await flows.submit(form, password=FIRST))["reason"] == "password_set"


@pytest.mark.usefixtures("guarded")
async def test_a_password_outlives_a_restart(
    hass: HomeAssistant, integration: MockConfigEntry, url: str
) -> None:
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert await handshake(url, IDENTITY) == 401
    assert await handshake(url, IDENTITY, FIRST) == 101


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_is_refused_for_its_password_is_reported_until_it_is_back(
    issue_registry: ir.IssueRegistry, connect: Connect, url: str
) -> None:
    assert await handshake(url, IDENTITY, SECOND) == 401
    await until(lambda: issue_keys(issue_registry) == {"wrong_password"})
    await connect(password=FIRST)
    await until(lambda: "wrong_password" not in issue_keys(issue_registry))
    assert await handshake(url, IDENTITY, SECOND) == 401
    assert "wrong_password" not in issue_keys(issue_registry)


# By telling the charger.


async def rotate(hass: HomeAssistant, device_id: str) -> None:
    """Change the password with the action."""
    await hass.services.async_call(
        DOMAIN, "change_password", {"device_id": device_id}, blocking=True
    )


async def leaves_with_it(
    hass: HomeAssistant, charger: ScriptedCharger, device_id: str
) -> asyncio.Task[object]:
    """Have a charger told a password and leave with it; return the action, which waits for it."""
    changing = asyncio.create_task(rotate(hass, device_id))
    await until(lambda: KEY in charger.written)
    await charger.left_alone()
    await charger.leave()
    return changing


def told(charger: Any) -> str:
    """Return the password that a charger has been told."""
    [key] = [
        payload["value"]
        for action, payload in charger.asked
        if action == "ChangeConfiguration" and payload["key"] == KEY
    ]
    return bytes.fromhex(key).decode()


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_takes_a_new_password_is_admitted_with_that_only(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(password=FIRST)
    changing = await leaves_with_it(hass, charger, device_id)
    await connect(password=told(charger), boots=False)
    await changing
    assert await handshake(url, IDENTITY, FIRST) == 401
    assert await handshake(url, IDENTITY, told(charger)) == 101


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_does_not_leave_by_itself_is_shown_out(
    hass: HomeAssistant, connect: Connect, device_id: str, screen: Screen
) -> None:
    charger = await connect(password=FIRST)
    changing = asyncio.create_task(rotate(hass, device_id))
    await gone(screen)
    # Some spell the key as it was sent.
    await connect(password=told(charger).encode().hex(), boots=False)
    await changing


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("answer", [REJECTED, {"status": "NotSupported"}, ERROR])
async def test_a_charger_that_refuses_keeps_its_password(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str, answer: object
) -> None:
    charger = await connect(password=FIRST, ChangeConfiguration=lambda _: answer)
    with pytest.raises(HomeAssistantError) as refused:
        await rotate(hass, device_id)
    assert refused.value.translation_key == "password_refused"
    assert await handshake(url, IDENTITY, told(charger)) == 401
    assert await handshake(url, IDENTITY, FIRST) == 101


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_comes_back_with_its_old_password_is_admitted(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(password=FIRST)
    changing = await leaves_with_it(hass, charger, device_id)
    await connect(password=FIRST, boots=False)
    with pytest.raises(HomeAssistantError) as failed:
        await changing
    assert failed.value.translation_key == "password_not_taken"
    assert await handshake(url, IDENTITY, FIRST) == 101
    # It may use the new one after its next start.
    assert await handshake(url, IDENTITY, told(charger)) == 101
    assert await handshake(url, IDENTITY, FIRST) == 401


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("answer", [HANG_UP, SILENCE])
@pytest.mark.parametrize("took_it", [True, False])
async def test_a_charger_whose_answer_was_lost_is_admitted_with_either(
    hass: HomeAssistant,
    connect: Connect,
    device_id: str,
    screen: Screen,
    url: str,
    answer: object,
    took_it: bool,
) -> None:
    charger = await connect(password=FIRST, boots=False)
    await charger.status("Available")
    await charger.left_alone()
    charger.change_its_mind(ChangeConfiguration=lambda _: answer)
    changing = asyncio.create_task(rotate(hass, device_id))
    await gone(screen)
    await connect(password=told(charger) if took_it else FIRST, boots=False)
    if took_it:
        await changing
        assert await handshake(url, IDENTITY, FIRST) == 401
    else:
        with pytest.raises(HomeAssistantError):
            await changing
        assert await handshake(url, IDENTITY, FIRST) == 101


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_does_not_come_back_is_admitted_with_either_also_after_a_restart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    screen: Screen,
    url: str,
) -> None:
    charger = await connect(password=FIRST)
    changing = await leaves_with_it(hass, charger, device_id)
    await gone(screen)
    while not changing.done():
        await asyncio.sleep(REBOOT_TIMEOUT)
    with pytest.raises(HomeAssistantError) as failed:
        await changing
    assert failed.value.translation_key == "password_unproven"

    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert await handshake(url, IDENTITY, FIRST) == 101
    assert await handshake(url, IDENTITY, told(charger)) == 101
    assert await handshake(url, IDENTITY, FIRST) == 401


@pytest.mark.usefixtures("guarded")
async def test_a_new_password_is_on_disk_before_it_is_sent_to_the_charger(
    hass: HomeAssistant,
    connect: Connect,
    device_id: str,
    integration: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    charger = await connect(password=FIRST)
    on_disk: list[str] = []

    def take(payload: Payload) -> Any:
        on_disk.append(str(hass_storage.get("core.config_entries")))
        return charger.take_key(payload)

    charger.change_its_mind(ChangeConfiguration=take)
    changing = asyncio.create_task(rotate(hass, device_id))
    await until(lambda: KEY in charger.written)
    await charger.leave()
    await connect(password=told(charger), boots=False)
    await changing
    [subentry] = integration.subentries.values()
    assert subentry.data["credentials"]["current"] in on_disk[-1]


@pytest.mark.usefixtures("guarded")
async def test_a_password_chosen_while_another_was_sent_to_the_charger_locks_nobody_out(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    url: str,
) -> None:
    charger = await connect(password=FIRST)
    changing = asyncio.create_task(rotate(hass, device_id))
    await until(lambda: KEY in charger.written)
    await choose_password(flows, integration, password=SECOND)
    await charger.left_alone()
    await charger.leave()
    await connect(password=told(charger), boots=False)
    await changing
    assert await handshake(url, IDENTITY, FIRST) == 401
    assert await handshake(url, IDENTITY, told(charger)) == 101
    assert await handshake(url, IDENTITY, SECOND) == 101
    assert await handshake(url, IDENTITY, told(charger)) == 401


def after_a_reboot(payload: Payload) -> Any:
    """Take a password over that counts after the next start."""
    return {"status": "RebootRequired"} if payload["key"] == KEY else ACCEPTED


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_reboots_by_itself_for_it_is_admitted_with_it(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(password=FIRST)
    await charger.left_alone(1)
    charger.change_its_mind(ChangeConfiguration=after_a_reboot)
    changing = asyncio.create_task(rotate(hass, device_id))
    await until(lambda: charger.actions[-1] == "ChangeConfiguration")
    # It has been answered, and our Reset waits for its turn.
    await asyncio.sleep(0.1)
    await charger.leave()
    assert "Reset" not in charger.actions
    await connect(password=told(charger))
    await changing
    assert await handshake(url, IDENTITY, FIRST) == 401


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_needs_a_reboot_for_it_is_rebooted(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(password=FIRST, ChangeConfiguration=after_a_reboot)
    changing = asyncio.create_task(rotate(hass, device_id))
    await until(lambda: "Reset" in charger.actions)
    await charger.leave()
    await connect(password=told(charger))
    await changing
    assert await handshake(url, IDENTITY, FIRST) == 401


@pytest.mark.usefixtures("guarded")
async def test_a_charger_that_refuses_the_reboot_for_it_is_said_so(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(
        password=FIRST,
        Reset=lambda _: REJECTED,
        ChangeConfiguration=lambda _: {"status": "RebootRequired"},
    )
    with pytest.raises(HomeAssistantError) as failed:
        await rotate(hass, device_id)
    assert failed.value.translation_key == "reboot_refused"
    assert await handshake(url, IDENTITY, FIRST) == 101
    assert await handshake(url, IDENTITY, told(charger)) == 101


@pytest.mark.usefixtures("integration")
async def test_nothing_is_sent_to_a_charger_that_is_not_connected(
    hass: HomeAssistant, connect: Connect, device_id: str, screen: Screen
) -> None:
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as failed:
            await rotate(hass, device_id)
        assert failed.value.translation_key == "charger_offline"
        charger = await connect()
        await charger.leave()
        await gone(screen)


@pytest.mark.usefixtures("guarded")
async def test_a_new_password_is_shown_to_nobody_else(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    connect: Connect,
    device_id: str,
    integration: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    charger = await connect(password=FIRST)
    changing = await leaves_with_it(hass, charger, device_id)
    await connect(password=told(charger), boots=False)
    await changing
    own = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (FIRST, told(charger), told(charger).encode().hex()):
        assert secret not in own
        assert secret not in str(integration.as_dict())
        assert secret not in str(hass_storage)
        assert not any(
            secret in str(state.as_dict()) for state in hass.states.async_all()
        )
