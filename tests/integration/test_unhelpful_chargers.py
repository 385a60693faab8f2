"""Chargers that refuse, stay silent or hang up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulator.scripted_charger import (
    ERROR,
    HANG_UP,
    REJECTED,
    SILENCE,
    Answer,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.actions import Act
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Repairs, Screen, issue_keys, protected


@dataclass
class Owner:
    """Asks a charger for something."""

    hass: HomeAssistant
    screen: Screen
    device_id: str

    async def act(self, action: str, **data: object) -> Any:
        """Perform an action."""
        return await Act(self.hass, self.device_id)(action, **data)


async def test_a_charger_that_cannot_tell_all_keys_is_asked_one_by_one(
    connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger

    def one_at_a_time(payload: Payload) -> Any:
        if len(payload.get("key", [])) != 1:
            return ERROR
        return charger.tell_keys(payload)

    charger = await connect(GetConfiguration=one_at_a_time)
    await until(lambda: protected(screen))
    assert charger.keys["AuthEnabled"] == "false"


async def test_the_second_best_value_is_tried_when_the_best_is_refused(
    connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger

    def no_currents(payload: Payload) -> Any:
        if "Current.Import" in payload["value"]:
            return REJECTED
        return charger.take_key(payload)

    charger = await connect(ChangeConfiguration=no_currents)
    await until(lambda: protected(screen))
    assert charger.keys["MeterValuesSampledData"] == (
        "Energy.Active.Import.Register,Power.Active.Import"
    )


async def test_charging_is_not_set_free_when_the_limit_is_refused(
    connect: Connect, screen: Screen
) -> None:
    """A free charger without a limit is what starts by itself."""
    charger = await connect(SetChargingProfile=lambda _: REJECTED)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert charger.keys["AuthEnabled"] == "true"


async def test_a_charger_that_answers_every_write_with_an_error_is_not_protected(
    connect: Connect, screen: Screen
) -> None:
    await connect(ChangeConfiguration=lambda _: ERROR)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    keys = screen.entity("sensor", "offline_protection").attributes["keys"]
    assert keys["AuthEnabled"]["answer"] == "NotSupported"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (lambda _: REJECTED, "limit_refused"),
        (lambda _: ERROR, "limit_refused"),
        (lambda _: SILENCE, "no_answer_kept"),
        (lambda _: HANG_UP, "charger_offline"),
    ],
)
async def test_a_pause_that_fails_says_why_and_the_wish_is_kept(
    connect_protected: ConnectProtected, screen: Screen, refusal: Answer, error: str
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(SetChargingProfile=refusal)
    with pytest.raises(HomeAssistantError) as raised:
        await screen.switch("charging", on=False)
    assert raised.value.translation_key == error
    assert screen.entity("switch", "charging").state == "off"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda o: o.screen.switch("charging", on=False), "no_answer_kept"),
        (lambda o: o.screen.set("current_limit", 10), "no_answer_kept"),
        (lambda o: o.screen.lock(locked=True), None),
        (lambda o: o.screen.press("reboot"), "no_answer"),
        (lambda o: o.act("apply_offline_fix"), "no_answer_kept"),
        (lambda o: o.act("restore_configuration"), "no_answer_kept"),
        (lambda o: o.act("get_configuration"), "no_answer"),
        (
            lambda o: o.act("set_configuration", key="BlinkRepeat", value="3"),
            "no_answer",
        ),
        (lambda o: o.act("trigger_message", message="heartbeat"), "no_answer"),
        (lambda o: o.act("clear_cache"), "no_answer"),
        (lambda o: o.act("reboot", force=True), "no_answer"),
        (lambda o: o.act("change_password"), "password_unproven"),
    ],
)
@pytest.mark.parametrize("late", [0.0, 5.0, 31.0])
async def test_an_owner_waits_for_a_silent_charger_no_longer_than_one_time_out(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    device_id: str,
    command: Callable[[Owner], Awaitable[None]],
    error: str | None,
    late: float,
) -> None:
    silent: dict[str, Any] = {
        action: lambda _: SILENCE
        for action in (
            "SetChargingProfile",
            "ClearChargingProfile",
            "GetConfiguration",
            "ChangeConfiguration",
            "ClearCache",
            "TriggerMessage",
            "GetLocalListVersion",
            "SendLocalList",
            "Reset",
        )
    }
    await connect(**silent)
    await asyncio.sleep(5 + late)
    began = asyncio.get_running_loop().time()
    if error is None:
        await command(Owner(hass, screen, device_id))
    else:
        with pytest.raises(HomeAssistantError) as raised:
            await command(Owner(hass, screen, device_id))
        assert raised.value.translation_key == error
    # A new password has to be on disk first, and is proven by a new connection.
    most = 45 if error == "password_unproven" else 35
    assert asyncio.get_running_loop().time() - began <= most


async def test_a_reboot_that_was_not_answered_does_not_come_out_of_the_blue(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(SetChargingProfile=lambda _: SILENCE)
    await until(lambda: "SetChargingProfile" in charger.actions)
    with pytest.raises(HomeAssistantError):
        await screen.press("reboot")
    charger.cooperate()
    await until(lambda: protected(screen), within=120)
    assert "Reset" not in charger.actions


async def test_what_was_kept_is_put_back_when_a_silent_charger_answers_again(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    screen: Screen,
    device_id: str,
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(ChangeConfiguration=lambda _: SILENCE)
    with pytest.raises(HomeAssistantError):
        await Owner(hass, screen, device_id).act("restore_configuration")
    assert charger.keys["AuthEnabled"] == "false"
    charger.cooperate()
    await asyncio.sleep(61)
    await until(lambda: charger.keys["AuthEnabled"] == "true")


# What a charger refuses is told by its name.


async def test_what_a_charger_refuses_to_restore_is_reported_until_it_accepts(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    screen: Screen,
    device_id: str,
    repairs: Repairs,
    issue_registry: ir.IssueRegistry,
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(ClearChargingProfile=lambda _: REJECTED)
    answers = (await Owner(hass, screen, device_id).act("restore_configuration"))[
        "answers"
    ]
    assert answers["limits"] == "Rejected"
    assert answers["AuthEnabled"] == "Accepted"
    assert issue_keys(issue_registry) == {"not_all_restored"}
    form = await repairs.open("not_all_restored")
    assert form["description_placeholders"]["not_restored"] == "`limits`"
    assert (await repairs.submit(form))["reason"] == "restore_refused"
    charger.cooperate()
    await repairs.submit(await repairs.open("not_all_restored"))
    assert not issue_keys(issue_registry)


async def away(charger: ScriptedCharger, screen: Screen) -> None:
    """Disconnect."""
    await charger.leave()
    await gone(screen)


async def with_a_session(charger: ScriptedCharger, screen: Screen) -> None:
    """Open a session."""
    await charger.start()


async def silent(charger: ScriptedCharger, screen: Screen) -> None:
    """Answer nothing that a restore needs."""
    charger.change_its_mind(ClearChargingProfile=lambda _: SILENCE)


@pytest.mark.parametrize(
    ("hinder", "reason"),
    [
        (away, "charger_offline"),
        (with_a_session, "unplug_first"),
        (silent, "no_answer_kept"),
    ],
)
async def test_a_repair_that_restores_nothing_says_why(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    screen: Screen,
    device_id: str,
    repairs: Repairs,
    issue_registry: ir.IssueRegistry,
    hinder: Callable[[ScriptedCharger, Screen], Awaitable[None]],
    reason: str,
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(ClearChargingProfile=lambda _: REJECTED)
    await Owner(hass, screen, device_id).act("restore_configuration")
    form = await repairs.open("not_all_restored")
    await hinder(charger, screen)
    done = await repairs.submit(form)
    assert (done["type"], done["reason"]) == ("abort", reason)
    # What is restored once the charger answers needs no repair meanwhile.
    left = set() if hinder is silent else {"not_all_restored"}
    assert issue_keys(issue_registry) == left


@pytest.mark.parametrize(
    ("keys", "answer", "issue", "names"),
    [
        ({"AuthEnabled": "true"}, None, "keys_missing", {"missing": ["Offline"]}),
        ({}, REJECTED, "rejected", {"refused": ["AuthEnabled", "Offline"]}),
    ],
)
async def test_the_settings_that_are_lacking_or_refused_are_named(
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    keys: dict[str, str],
    answer: Payload | None,
    issue: str,
    names: dict[str, list[str]],
) -> None:
    charger = await connect(boots=False)
    charger.keys = keys or charger.keys
    if answer:
        charger.change_its_mind(ChangeConfiguration=lambda _: answer)
    await charger.boot()
    await charger.status("Available")
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert issue_keys(issue_registry) == {issue}
    found = issue_registry.async_get_issue(
        DOMAIN, issue_id(issue, next(iter(integration.subentries)))
    )
    assert found
    assert found.translation_placeholders
    for place, parts in names.items():
        assert all(part in found.translation_placeholders[place] for part in parts)


async def test_no_car_is_started_at_a_charger_that_refuses_every_limit(
    connect: Connect, screen: Screen, issue_registry: ir.IssueRegistry
) -> None:
    charger = await connect(SetChargingProfile=lambda _: REJECTED)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert issue_keys(issue_registry) == {"limit_refused"}
    await charger.status("Preparing")
    await asyncio.sleep(60)
    assert "RemoteStartTransaction" not in charger.actions

    # One that takes it later is told apart no more, and its car gets its session.
    charger.cooperate()
    await until(lambda: "RemoteStartTransaction" in charger.actions, within=120)


async def test_a_reboot_that_the_settings_of_the_readings_need_is_reported(
    connect: Connect, repairs: Repairs, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    charger: ScriptedCharger

    def later(payload: Payload) -> Any:
        if payload["key"] == "MeterValuesSampledData":
            return {"status": "RebootRequired"}
        return charger.take_key(payload)

    charger = await connect(ChangeConfiguration=later)
    await until(lambda: protected(screen))
    assert issue_keys(issue_registry) == {"reboot_for_settings"}
    form = await repairs.open("reboot_for_settings")
    assert "MeterValuesSampledData" in form["description_placeholders"]["rebooting"]
    await repairs.submit(form)
    assert "Reset" in charger.actions
    charger.keys["MeterValuesSampledData"] = (
        "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
    )
    await charger.boot()
    await charger.status("Available")
    await until(lambda: not issue_keys(issue_registry))


async def test_a_charger_that_hangs_up_instead_of_answering_is_rebooting(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(Reset=lambda _: HANG_UP)
    await screen.press("reboot")
    assert charger.actions.count("Reset") == 1


@pytest.mark.parametrize(
    "action", ["SetChargingProfile", "GetConfiguration", "ChangeConfiguration"]
)
async def test_a_charger_that_fell_silent_is_tried_again_later(
    connect: Connect, screen: Screen, action: str
) -> None:
    charger = await connect(boots=False)
    charger.change_its_mind(**{action: lambda _: SILENCE})
    await charger.boot()
    await charger.status("Available")
    await until(lambda: charger.actions[-1:] == [action])
    await charger.left_alone(Timing().call_timeout + 0.5)
    assert screen.sensor("offline_protection") == "unknown"
    charger.cooperate()
    await asyncio.sleep(301)
    await until(lambda: protected(screen))


async def test_a_key_that_the_charger_will_not_tell_is_left_alone(
    connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger

    def only_one(payload: Payload) -> Any:
        if payload.get("key") != ["AuthEnabled"]:
            return ERROR
        return charger.tell_keys(payload)

    charger = await connect(GetConfiguration=only_one)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert charger.written == ["AuthEnabled"]


async def test_a_charger_that_sends_nothing_on_request_is_protected_all_the_same(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(TriggerMessage=lambda _: ERROR)
    await until(lambda: "TriggerMessage" in charger.actions)
    await screen.switch("charging", on=False)
    assert protected(screen)
