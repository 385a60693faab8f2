"""The owner's current limit: wished for, kept, coalesced, and answered for."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import itertools
import math

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model import write_budget
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulator.scripted_charger import (
    ACCEPTED,
    REJECTED,
    SILENCE,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import WallClock, until
from simulator.virtual_wallbox import FIRMWARES, Car
from tests.conftest import Connect, StartCharger
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen, protected

LASTING = "TxDefaultProfile"
IN_TRANSACTION = "TxProfile"
CEILING = "chargingALimitConn1"


def shown(screen: Screen) -> tuple[float, float]:
    """Return the current limit and the highest one that can be set."""
    number = screen.entity("number", "current_limit")
    return float(number.state), number.attributes["max"]


async def in_a_session(connect: Connect, screen: Screen) -> ScriptedCharger:
    """Connect a charger with a car that charges, and wait until all is said."""
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.start()
    await charger.status("Charging")
    await charger.left_alone()
    return charger


# The wish.


async def test_a_limit_is_in_whole_amps_from_six_to_the_most_there_is(
    integration: MockConfigEntry, screen: Screen
) -> None:
    number = screen.entity("number", "current_limit")
    assert float(number.state) == 32
    assert number.attributes["min"] == 6
    assert number.attributes["max"] == 32
    assert number.attributes["step"] == 1
    assert number.attributes["unit_of_measurement"] == "A"
    for amps in (5, 33, math.nan):
        with pytest.raises(ServiceValidationError):
            await screen.set("current_limit", amps)


async def test_a_limit_reaches_the_charger_for_now_and_for_every_session_to_come(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    given = len(charger.limits)
    await screen.set("current_limit", 10)
    assert charger.limits[given:] == [(LASTING, 10), (IN_TRANSACTION, 10)]
    assert shown(screen) == (10, 32)


async def test_a_fraction_is_rounded_down(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    """8.8 A makes a Wallbox charge at its maximum (docs/chargers.md §3.7)."""
    charger = await connect_protected()
    await screen.set("current_limit", 8.8)
    assert charger.limits[-1:] == [(LASTING, 8)]


async def test_a_limit_changed_while_paused_is_what_charging_resumes_with(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await screen.switch("charging", on=False)
    given = len(charger.limits)
    await screen.set("current_limit", 12)
    assert not charger.limits[given:]
    await screen.switch("charging", on=True)
    assert charger.limits[given:] == [(LASTING, 12)]


async def test_a_limit_set_while_the_charger_is_away_is_applied_on_its_return(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.leave()
    await gone(screen)
    await screen.set("current_limit", 9)
    assert shown(screen) == (9, 32)

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await until(lambda: again.limits == [(LASTING, 9)])


async def test_a_limit_outlives_home_assistant(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    await screen.set("current_limit", 9)
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert shown(screen) == (9, 32)
    charger = await connect_protected()
    assert charger.limits[0] == (LASTING, 9)


@pytest.mark.parametrize("offline_profile", ["factory"])
async def test_a_limit_starts_no_car_that_waits_for_a_card(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await charger.left_alone()
    await charger.status("Preparing")
    await screen.set("current_limit", 10)
    assert charger.limits[-1:] == [(LASTING, 10)]
    assert "RemoteStartTransaction" not in charger.actions
    await screen.switch("charging", on=True)
    assert "RemoteStartTransaction" in charger.actions


# The most there is.


async def test_the_most_there_is_is_what_the_charger_was_set_to(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    charger.keys[CEILING] = "16"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    assert shown(screen) == (16, 16)
    # A ceiling of its own that is raised in the app shall not be held down by us.
    assert charger.limits[-1:] == [(LASTING, 32)]

    await charger.leave()
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert shown(screen) == (16, 16)


async def test_a_ceiling_that_was_never_set_limits_nothing(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    charger.keys[CEILING] = "0"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    assert shown(screen) == (32, 32)


async def test_an_american_charger_is_not_held_to_32_amps(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointModel="PUP1-U-1-6")
    await charger.status("Available")
    await until(lambda: protected(screen))
    assert shown(screen) == (48, 48)
    assert charger.limits[-1:] == [(LASTING, 48)]
    await screen.set("current_limit", 40)
    assert charger.limits[-1:] == [(LASTING, 40)]


async def test_a_charger_that_tells_of_more_than_its_model_may_have_more(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    charger.keys[CEILING] = "40"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    assert shown(screen) == (40, 40)
    await charger.left_alone()
    assert charger.limits[-1:] == [(LASTING, 40)]


# How often it is written.


async def test_a_slider_that_is_dragged_costs_one_change_and_the_last_wish_wins(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    given = len(charger.limits)
    drag = []
    for amps in range(31, 11, -1):
        drag.append(asyncio.create_task(screen.set("current_limit", amps)))
        await asyncio.sleep(0.05)
    await asyncio.gather(*drag)
    assert charger.limits[given:] == [(LASTING, 12), (IN_TRANSACTION, 12)]


async def test_a_message_of_the_charger_does_not_write_a_wish_too_soon(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    given = len(charger.limits)
    first = asyncio.create_task(screen.set("current_limit", 20))
    await asyncio.sleep(0.1)
    await charger.status("SuspendedEV")
    await asyncio.sleep(0.1)
    await screen.set("current_limit", 10)
    await first
    await charger.left_alone()
    assert charger.limits[given:] == [(LASTING, 10), (IN_TRANSACTION, 10)]


async def test_a_pause_does_not_wait_for_a_slider(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    given = len(charger.limits)
    drag = asyncio.create_task(screen.set("current_limit", 20))
    await asyncio.sleep(0.05)
    await screen.switch("charging", on=False)
    assert charger.limits[given:] == [(LASTING, 0), (IN_TRANSACTION, 0)]
    await drag
    assert len(charger.limits) == given + 2


async def test_too_many_changes_are_written_later_but_a_lower_limit_never_waits(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    amps = itertools.cycle([20, 19])
    given = -1
    while given < len(charger.limits):
        given = len(charger.limits)
        await screen.set("current_limit", next(amps))
    assert given >= write_budget.PROFILES_AT_ONCE - 2
    await screen.set("current_limit", 21)
    assert not charger.limits[given:]
    await screen.set("current_limit", 18)
    assert charger.limits[given:] == [(LASTING, 18), (IN_TRANSACTION, 18)]
    await screen.switch("charging", on=False)
    assert charger.limits[given + 2 :] == [(LASTING, 0), (IN_TRANSACTION, 0)]
    await screen.switch("charging", on=True)
    assert len(charger.limits) == given + 4
    await until(
        lambda: charger.limits[given + 4 :] == [(LASTING, 18), (IN_TRANSACTION, 18)]
    )


# When the charger will not.


async def test_a_limit_that_is_refused_says_so_and_is_sent_again(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(SetChargingProfile=lambda _: REJECTED)
    with pytest.raises(HomeAssistantError) as raised:
        await screen.set("current_limit", 10)
    assert raised.value.translation_key == "limit_refused"
    assert shown(screen) == (10, 32)
    charger.cooperate()
    await screen.set("current_limit", 11)
    assert charger.limits[-1:] == [(LASTING, 11)]


async def test_each_command_fails_when_the_charger_falls_silent(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(SetChargingProfile=lambda _: SILENCE)
    results = await asyncio.gather(
        *(screen.set("current_limit", amps) for amps in (12, 11)),
        return_exceptions=True,
    )
    assert all(isinstance(result, HomeAssistantError) for result in results)


async def test_a_wish_that_changes_while_it_is_written_is_written_again(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_a_session(connect, screen)
    answered = asyncio.Event()

    async def slowly(_: Payload) -> Payload:
        await answered.wait()
        return ACCEPTED

    charger.change_its_mind(SetChargingProfile=slowly)
    given = len(charger.limits)
    first = asyncio.create_task(screen.set("current_limit", 20))
    await until(lambda: len(charger.limits) > given)
    pause = asyncio.create_task(screen.switch("charging", on=False))
    await asyncio.sleep(0.05)
    answered.set()
    await asyncio.gather(first, pause)
    assert charger.limits[-2:] == [(LASTING, 0), (IN_TRANSACTION, 0)]


async def test_what_is_thrown_away_when_a_session_starts_is_put_back(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(
        replace(FIRMWARES["6.7.38"], drops_default_profile_at_start=True)
    )
    await screen.set("current_limit", 10)
    box.plug()
    await box.wait_until(lambda: box.charger.current_drawn == 10)
    await box.wait_until(
        lambda: LASTING in {profile.purpose for profile in box.charger.profiles}
    )


# The clock.


async def test_a_lower_limit_holds_at_once_after_the_clock_was_set_back(
    start_charger: StartCharger, screen: Screen, wall_clock: WallClock
) -> None:
    box = await start_charger()
    box.plug(Car(max_amps=16))
    await box.wait_until(lambda: box.charger.current_drawn == 16)
    await box.sleep(120)
    wall_clock.set(wall_clock.utcnow() - timedelta(hours=2))
    await screen.set("current_limit", 6)
    await box.wait_until(lambda: box.charger.current_drawn == 6, timeout=30)
