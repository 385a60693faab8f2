"""Chargers that refuse, stay silent or hang up."""

import asyncio
from typing import Any

import pytest

from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator.scripted_charger import (
    ERROR,
    HANG_UP,
    REJECTED,
    SILENCE,
    Answer,
    Payload,
    ScriptedCharger,
)
from tests.conftest import Connect, Screen, protected
from tests.helpers.virtual_time import until


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
        (lambda _: SILENCE, "no_answer"),
        (lambda _: HANG_UP, "charger_offline"),
    ],
)
async def test_a_pause_that_fails_says_why_and_the_wish_is_kept(
    connect: Connect,
    screen: Screen,
    refusal: Answer,
    error: str,
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    charger.change_its_mind(SetChargingProfile=refusal)
    with pytest.raises(HomeAssistantError) as raised:
        await screen.switch("charging", on=False)
    assert raised.value.translation_key == error
    assert screen.entity("switch", "charging").state == "off"


async def test_a_charger_that_hangs_up_instead_of_answering_is_rebooting(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(Reset=lambda _: HANG_UP)
    await until(lambda: protected(screen))
    await screen.press("reboot")
    assert charger.actions.count("Reset") == 1


@pytest.mark.parametrize(
    "action", ["SetChargingProfile", "GetConfiguration", "ChangeConfiguration"]
)
async def test_a_charger_that_fell_silent_is_tried_again_later(
    hass: HomeAssistant, connect: Connect, screen: Screen, action: str
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
