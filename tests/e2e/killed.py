"""Home Assistant is killed at the worst instants of a session."""

from collections.abc import Callable
from dataclasses import replace
from signal import SIGKILL
from typing import Any, Final

import pytest

from simulator.home_assistant import (
    Charger,
    HomeAssistantApi,
    KillPoint,
    Moment,
    add_charger,
)
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox

from .conftest import Home
from .records import energy_of_last_session, everything_told

KILLABLE: Final = "simulator.home_assistant.killable"
"""The program that is Home Assistant and can be killed at an exact moment."""

START: Final = "StartTransaction"
STOP: Final = "StopTransaction"

MODERN: Final = FIRMWARES["6.7.38"]
FREE: Final = {"AuthEnabled": "false", "AuthEnabledOffline": "false"}
QUICK: Final = replace(
    MODERN,
    key_values={**MODERN.key_values, **FREE},
    boot_seconds=1,
    reconnect_backoff=(1,),
)
"""A Wallbox that was fixed long ago and is quickly back."""
REAL_TIME: Final = 1
"""The charger's speed: whether a message is old is measured by Home Assistant's clock."""
FAST_CAR: Final = Car(max_amps=32)
"""Draws 22 kW: 6 Wh in a second."""
SOME_ENERGY: Final = 10
"""Wh."""
ONE_WH: Final = 0.001
"""The same in kWh."""
BACK_WITHIN: Final = 30
"""Seconds in which a charger has redialled and emptied its queue."""


async def dies_at_the_start_and_at_the_end(home: Home, moment: Moment) -> None:
    """Have Home Assistant die twice of a session, which is told once all the same."""
    async with home.wallbox("100001", REAL_TIME, QUICK) as box:
        async with home.open() as api:
            charger = await add_protected_charger(api, home)
            await die(home, box, KillPoint(START, moment), lambda: box.plug(FAST_CAR))
        await home.process.start()
        async with home.open() as api:
            await until_told(api, charger, "started", 1)
            await until_answered(box)
            await charge(box)
            told = await everything_told(api, charger.entities["session"])
            assert story(told) == [("started", 1)]
            await die(home, box, KillPoint(STOP, moment), box.unplug)
        await home.process.start()
        async with home.open() as api:
            await until_told(api, charger, "ended", 1)
            await until_answered(box)
            first_energy = energy_of_last_session(box)
            box.plug(FAST_CAR)
            await until_told(api, charger, "started", 2)
            await charge(box)
            box.unplug()
            await until_told(api, charger, "ended", 2)
            energies = [first_energy, energy_of_last_session(box)]

            told = await everything_told(api, charger.entities["session"])
            assert story(told) == [
                *(("started", 1), ("ended", 1)),
                *(("started", 2), ("ended", 2)),
            ]
            assert [event["energy"] for event in told[1::2]] == pytest.approx(
                energies, abs=ONE_WH
            )


async def add_protected_charger(api: HomeAssistantApi, home: Home) -> Charger:
    """Add the charger, and have the offline fix applied."""
    charger = await add_charger(api, home.entry_id, "100001")
    await api.wait_for(charger.entities["offline_protection"], "protected")
    return charger


async def die(
    home: Home, box: VirtualWallbox, kill_point: KillPoint, act: Callable[[], None]
) -> None:
    """Do what makes the charger send a message, and have Home Assistant die of it."""
    kill_point.set(home.process.folder)
    said = len(box.sent(kill_point.action))
    act()
    assert await home.process.ended() == -SIGKILL
    await box.wait_until(lambda: not box.connected)
    [message] = box.sent(kill_point.action)[said:]
    was_answered = box.reply_to(message) is not None
    assert was_answered is (kill_point.moment in (Moment.ANSWERED, Moment.ANNOUNCED))


async def until_answered(box: VirtualWallbox) -> None:
    """Wait until a charger is back and has no question left about its transactions."""

    def answered() -> bool:
        said = [*box.sent(START)[-1:], *box.sent(STOP)[-1:]]
        return box.connected and all(box.reply_to(message) for message in said)

    await box.wait_until(answered, BACK_WITHIN)


async def charge(box: VirtualWallbox) -> None:
    """Give the car some energy."""
    enough = box.charger.energy_wh + SOME_ENERGY
    await box.wait_until(lambda: box.charger.energy_wh > enough)


async def until_told(
    api: HomeAssistantApi, charger: Charger, kind: str, transaction_id: int
) -> None:
    """Wait until it is told that a session has `started` or `ended`."""

    def is_told(state: dict[str, Any]) -> bool:
        told: dict[str, Any] = state["attributes"]
        wanted = (kind, transaction_id)
        return (told.get("event_type"), told.get("transaction_id")) == wanted

    await api.wait_for(charger.entities["session"], is_told, BACK_WITHIN)


def story(told: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return what happened to which transaction, in order."""
    return [(event["event_type"], event["transaction_id"]) for event in told]
