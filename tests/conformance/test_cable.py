"""The cable of a charger with a socket: let go, or not."""

from typing import Final

import pytest

from homeassistant.exceptions import HomeAssistantError
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen, protected
from tests.helpers.told import Told

SOCKET: Final = {"chargePointModel": "CPB1-S-2-4"}
"""A charger whose cable can be taken off."""


async def with_socket(
    connect: Connect, screen: Screen, status: str = "Unlocked"
) -> ScriptedCharger:
    """Return a protected charger that can let go of its cable."""
    answer = {"status": status}
    charger = await connect(boots=False, UnlockConnector=lambda _: answer)
    await charger.boot(**SOCKET)
    await charger.status("Available")
    await until(lambda: protected(screen))
    await until(lambda: screen.has("button", "unlock_connector"))
    return charger


async def test_tc_017_1_the_cable_is_unlocked_without_a_session(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await with_socket(connect, screen)
    await screen.press("unlock_connector")
    assert charger.asked[-1] == ("UnlockConnector", {"connectorId": 1})
    assert told.types == []


async def test_tc_017_2_a_cable_that_is_fixed_is_not_offered_to_be_let_go(
    connect: Connect, screen: Screen
) -> None:
    await connect()
    await until(lambda: protected(screen))
    assert not screen.has("button", "unlock_connector")


async def test_tc_018_1_a_session_ends_when_its_cable_is_unlocked(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await with_socket(connect, screen)
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.press("unlock_connector")
    assert await charger.stop(transaction, reason="UnlockCommand") == {}
    assert await charger.status("Finishing") == {}
    assert await charger.status("Available") == {}
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "unlock_command"


@pytest.mark.parametrize("status", ["UnlockFailed", "NotSupported"], ids=["030", "031"])
async def test_tc_030_a_cable_that_is_not_let_go_is_an_error_that_says_what_to_do(
    connect: Connect, screen: Screen, status: str
) -> None:
    """NotSupported is the answer for a connector that there is not, or a fixed cable."""
    charger = await with_socket(connect, screen, status)
    with pytest.raises(HomeAssistantError) as raised:
        await screen.press("unlock_connector")
    assert raised.value.translation_key == "unlock_refused"
    assert charger.actions.count("UnlockConnector") == 1
