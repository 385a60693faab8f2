"""Chargers with quirks, and what people see of them in Home Assistant."""

from datetime import datetime
from typing import Final

import pytest

from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.replay import Witness
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox, with_quirks
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.screen import Screen, issue_keys, protected

SIX: Final = FIRMWARES["6.7.38"]
MINUTE: Final = 60
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
ALL_IT_TAKES: Final = 16
"""Amps that the car draws without a limit."""
A_FEW_SECONDS: Final = 5


async def paused_with_a_car(box: VirtualWallbox, screen: Screen) -> None:
    """Let a car plug in, charge, and be paused by its owner."""
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")


async def test_6_11_25_may_tell_that_it_was_updated(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(FIRMWARES["6.11.25"])
    await box.wait_until(lambda: bool(box.sent("FirmwareStatusNotification")))
    [told] = box.sent("FirmwareStatusNotification")
    await box.wait_until(lambda: box.reply_to(told) is not None)
    answer = box.reply_to(told)
    assert answer is not None
    assert answer.payload == {}
    assert protected(screen)
    assert not issue_keys(issue_registry)


async def test_a_history_of_statuses_is_history(
    hass: HomeAssistant, start_protected: StartCharger, screen: Screen
) -> None:
    """Two cars came and went while Home Assistant could not be reached."""
    box = await start_protected(with_quirks(SIX, "status-history"))
    box.cut_network()
    for _ in range(2):
        box.plug(Car())
        await box.sleep(2 * MINUTE)
        box.unplug()
        await box.sleep(2 * MINUTE)
    witness = Witness(hass, IDENTITY, dt_util.utcnow)
    with witness.watching():
        box.restore_network()
        await box.wait_until(lambda: len(told(witness)) == 4)
        await box.sleep(MINUTE)
    assert told(witness) == ["started", "ended", "started", "ended"]
    assert screen.sensor("status") == "available"
    assert screen.entity("binary_sensor", "vehicle_connected").state == "off"
    session = screen.entity("event", "session").attributes
    started, ended = map(datetime.fromisoformat, (session["started"], session["ended"]))
    assert datetime.fromisoformat(session["plugged_in"]) <= started < ended
    assert session["charging_time"] <= (ended - started).total_seconds()


def told(witness: Witness) -> list[str]:
    """Return what was told of sessions, in order."""
    return [kind for how in witness.of("session")["session"] for kind in how]


async def test_a_boot_before_the_answer_to_a_reset_is_the_boot_that_was_asked_for(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(with_quirks(SIX, "boot-before-reset-conf"))
    await paused_with_a_car(box, screen)
    pressed = hass.loop.time()
    await screen.press("reboot")
    asked = box.charger.now
    await box.wait_until(lambda: box.received("SetChargingProfile")[-1].time > asked)
    await box.wait_until(lambda: protected(screen))
    assert hass.loop.time() - pressed < A_FEW_SECONDS
    assert box.charger.drew_current_since(asked) == 0


async def test_one_that_never_answers_is_not_called_protected(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(with_quirks(SIX, "never-answers"))
    await box.sleep(10 * MINUTE)
    assert screen.sensor("offline_protection") == "unknown"
    asked = hass.loop.time()
    with pytest.raises(HomeAssistantError) as raised:
        await screen.switch("charging", on=False)
    assert raised.value.translation_key == "no_answer_kept"
    assert hass.loop.time() - asked < Timing().call_timeout + A_FEW_SECONDS
    assert screen.entity("switch", "charging").state == "off"


async def test_one_that_knows_watts_only_is_not_called_protected(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(with_quirks(SIX, "watts-only"))
    await box.wait_until(lambda: screen.sensor("offline_protection") == "rejected")
    assert issue_keys(issue_registry) == {"limit_refused"}
    assert box.charger.keys["AuthEnabled"] == "true"


async def test_limits_that_went_with_the_connection_are_put_back_and_it_is_reported(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(with_quirks(SIX, "profiles-lost-offline"))
    await paused_with_a_car(box, screen)
    box.cut_network()
    await box.sleep(MINUTE)
    assert box.charger.current_drawn == ALL_IT_TAKES
    box.restore_network()
    await box.wait_connected()
    await box.wait_until(lambda: box.charger.current_drawn == 0, MINUTE)
    assert issue_keys(issue_registry) == {"unattended_energy"}


async def test_a_session_that_ignored_the_limit_is_paused_once_it_is_known(
    start_protected: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_protected(with_quirks(SIX, "default-ignored-offline"))
    await screen.switch("charging", on=False)
    box.cut_network()
    await box.sleep(MINUTE)
    box.plug(Car())
    await box.sleep(MINUTE)
    assert box.charger.current_drawn == ALL_IT_TAKES
    box.restore_network()
    await box.wait_connected()
    await box.wait_until(lambda: box.charger.current_drawn == 0, A_FEW_SECONDS)
    await box.wait_until(lambda: bool(issue_keys(issue_registry)))
    assert issue_keys(issue_registry) == {"unattended_energy"}


async def test_an_idle_5_7_18_has_no_session_and_no_wrong_clock(
    hass: HomeAssistant,
    start_charger: StartCharger,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
) -> None:
    box = await start_charger(FIRMWARES["5.7.18"])
    await box.wait_until(
        lambda: screen.sensor("offline_protection") == "firmware_too_old"
    )
    witness = Witness(hass, IDENTITY, dt_util.utcnow)
    with witness.watching():
        await box.sleep(HOUR)
    assert len(box.sent("MeterValues")) >= HOUR // QUARTER
    assert told(witness) == []
    assert set(witness.of("vehicle_connected")["vehicle_connected"]) <= {"off"}
    assert issue_keys(issue_registry) == {"firmware_too_old"}
