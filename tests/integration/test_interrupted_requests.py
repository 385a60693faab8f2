"""What was under way when the charger started again, or connected again."""

import asyncio
from typing import Any

import pytest

from custom_components.wallbox_ocpp.csms.session import Session
from simulator.scripted_charger import ACCEPTED, SILENCE, Payload
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected

LASTING = "TxDefaultProfile"
PROMPTLY = 8.0
"""Seconds for a few requests half a second apart; far less than the time-out of one."""


@pytest.mark.parametrize("late", [False, True])
async def test_a_boot_before_the_answer_to_a_reset_is_the_boot_that_was_asked_for(
    connect_protected: ConnectProtected, screen: Screen, *, late: bool
) -> None:
    booted = asyncio.Event()

    async def answer(_: Payload) -> Any:
        await booted.wait()
        return ACCEPTED if late else SILENCE

    charger = await connect_protected(Reset=answer)
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")
    charger.keys["AuthEnabled"] = "true"
    asked = len(charger.asked)
    await charger.boot()
    booted.set()
    await charger.status("Available")
    await until(
        lambda: (
            charger.keys["AuthEnabled"] == "false"
            and "SetChargingProfile" in charger.actions[asked:]
        ),
        within=PROMPTLY,
    )
    await press


async def test_what_a_boot_has_overtaken_is_not_learned_after_it(
    connect_protected: ConnectProtected, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Session.answer

    async def answer_slowly(*args: Any) -> None:
        await asyncio.sleep(1)
        await answer(*args)

    charger = await connect_protected(Reset=lambda _: SILENCE)
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")
    monkeypatch.setattr(Session, "answer", answer_slowly)
    asked = len(charger.asked)
    await charger.boot()
    await charger.status("Available")
    await until(
        lambda: "SetChargingProfile" in charger.actions[asked:], within=PROMPTLY
    )
    await press


@pytest.mark.parametrize(
    "action", ["SetChargingProfile", "GetConfiguration", "ChangeConfiguration"]
)
async def test_nothing_waits_for_an_answer_that_a_boot_has_overtaken(
    connect: Connect, screen: Screen, action: str
) -> None:
    script: dict[str, Any] = {action: lambda _: SILENCE}
    charger = await connect(**script)
    await until(lambda: charger.actions[-1:] == [action])
    charger.cooperate()
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen), within=PROMPTLY)


@pytest.mark.parametrize("action", ["GetConfiguration", "ChangeConfiguration"])
async def test_a_fix_that_a_new_connection_cut_off_is_made_up_for(
    connect: Connect, screen: Screen, action: str
) -> None:
    script: dict[str, Any] = {action: lambda _: SILENCE}
    charger = await connect(**script)
    await until(lambda: charger.actions[-1:] == [action])

    again = await connect(boots=False)
    await again.status("Available")
    await until(
        lambda: protected(screen) and again.keys["AuthEnabled"] == "false",
        within=PROMPTLY,
    )


async def test_a_new_connection_before_the_answer_to_a_reset_is_the_reboot(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(Reset=lambda _: SILENCE)
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")

    again = await connect(boots=False)
    await again.status("Available")
    await until(lambda: "SetChargingProfile" in again.actions, within=PROMPTLY)
    await until(lambda: again.keys["AuthEnabled"] == "false", within=PROMPTLY)
    await press


@pytest.mark.parametrize("boots", [False, True])
async def test_a_start_that_a_new_connection_cut_off_is_asked_for_again(
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
    *,
    boots: bool,
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: SILENCE)
    await charger.status("Preparing")
    await until(lambda: "RemoteStartTransaction" in charger.actions)

    again = await connect(boots=False)
    again.keys = charger.keys
    if boots:
        await again.boot()
    await again.status("Preparing")
    await until(lambda: "RemoteStartTransaction" in again.actions)


async def test_a_pause_that_a_new_connection_cut_off_is_sent_again(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    charger.change_its_mind(SetChargingProfile=lambda _: SILENCE)
    pause = asyncio.create_task(screen.switch("charging", on=False))
    await until(lambda: charger.limits[-1] == (LASTING, 0))

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await pause
    assert again.limits[0] == (LASTING, 0)
