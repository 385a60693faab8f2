"""Chargers that follow a limit only if it is sent in a certain dialect, and some that never do."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model.limits import SETTLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ACCEPTED, REJECTED, Payload, ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import (
    COPPER_SB,
    FIRMWARES,
    Car,
    Personality,
    VirtualWallbox,
)
from simulator.virtual_wallbox.charging_profile import ChargingProfile
from tests.conftest import Connect, StartCharger
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, issue_keys, protected

FIVE = FIRMWARES["5.17.87"]
MEASURED = "MeterValuesSampledData"
SIX = FIRMWARES["6.7.38"]
PERSONALITIES = [
    *(row for row in FIRMWARES.values() if "AuthEnabled" not in row.absent_keys),
    COPPER_SB,
]
CAR = Car(max_amps=32)


async def charging(box: VirtualWallbox, screen: Screen) -> None:
    """Let a car come that takes all it can get."""
    await box.wait_until(
        lambda: screen.sensor("offline_protection") not in ("unknown", "applying")
    )
    box.plug(replace(CAR))
    await box.wait_until(lambda: box.charger.transaction is not None)
    if box.charger.current_drawn == 0:
        await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.wait_until(lambda: screen.sensor("status") == "charging")


def written(box: VirtualWallbox) -> list[dict[str, Any]]:
    """Return the profiles that it was given, in order."""
    return [
        frame.payload["csChargingProfiles"]
        for frame in box.received("SetChargingProfile")
    ]


# Every firmware.


@pytest.mark.parametrize(
    "personality",
    PERSONALITIES,
    ids=lambda personality: f"{personality.model} {personality.firmware}",
)
async def test_every_firmware_follows_limits_pauses_and_changes_within_a_session(
    start_charger: StartCharger, screen: Screen, personality: Personality
) -> None:
    box = await start_charger(personality)
    await charging(box, screen)
    for amps in (10, 16, 6):
        await screen.set("current_limit", amps)
        assert box.charger.current_drawn == amps
    # One does not let us choose what it reports.
    reports_current = "MeterValuesSampledData" not in personality.hidden_keys
    limiter = "owner" if reports_current else "unknown"
    await box.wait_until(lambda: screen.sensor("limited_by") == limiter)
    await screen.switch("charging", on=False)
    assert box.charger.current_drawn == 0
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "paused")
    assert screen.sensor("limited_by") == "owner"
    await screen.switch("charging", on=True)
    assert box.charger.current_drawn == 6
    assert len(box.sent("StartTransaction")) == 1
    assert {profile["stackLevel"] for profile in written(box)} == {0}
    assert {profile["chargingProfileKind"] for profile in written(box)} == {"Relative"}


# Quirks.


@pytest.mark.parametrize(
    ("personality", "quirks"),
    [
        (SIX, {"ignores_stack_zero": True}),
        (SIX, {"ignores_stack_zero": True, "rejects_stacked_absolute": True}),
        (FIVE, {"same_limit_twice_amps": 16.0}),
        (SIX, {"same_limit_twice_amps": 16.0}),
        (SIX, {"drops_default_profile_at_start": True}),
        (SIX, {"rejects_optional_profile_fields": True}),
        (SIX, {"max_profile_has_effect": False}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else value.firmware,
)
async def test_a_dialect_is_found_that_the_charger_follows(
    start_protected: StartCharger,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
    personality: Personality,
    quirks: dict[str, Any],
) -> None:
    box = await start_protected(replace(personality, **quirks))
    await screen.set("current_limit", 10)
    await charging(box, screen)
    await box.wait_until(lambda: screen.sensor("limited_by") == "owner")
    assert box.charger.current_drawn == 10
    await screen.set("current_limit", 7)
    await box.wait_until(lambda: box.charger.current_drawn == 7)
    assert not issue_keys(issue_registry)


async def test_a_limit_that_another_operator_left_behind_is_cleared(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(SIX)
    left_behind = ChargingProfile.read(
        1,
        {
            "chargingProfileId": 77,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 32}],
            },
        },
        box.charger.now,
    )
    await charging(box, screen)
    box.charger.connector.profiles.installed.append(left_behind)
    await screen.set("current_limit", 10)
    assert box.charger.current_drawn == 32
    await box.wait_until(lambda: box.charger.current_drawn == 10)
    assert left_behind not in box.charger.profiles


async def test_the_dialect_that_was_followed_last_is_remembered(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger(replace(SIX, ignores_stack_zero=True))
    await charging(box, screen)
    await screen.set("current_limit", 10)
    await box.wait_until(lambda: screen.sensor("limited_by") == "owner")
    given = len(written(box))
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: len(written(box)) >= given + 2)
    assert {profile["stackLevel"] for profile in written(box)[given:]} == {3}


async def test_the_dialect_of_another_firmware_is_not_carried_on(
    integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    async with VirtualWallbox(
        f"ws://127.0.0.1:{integration.data['port']}",
        "100001",
        replace(SIX, ignores_stack_zero=True),
    ) as box:
        await charging(box, screen)
        await screen.set("current_limit", 10)
        await box.wait_until(lambda: screen.sensor("limited_by") == "owner")
        box.unplug()
        await box.wait_until(lambda: screen.sensor("status") == "available")
    charger = await connect(boots=False)
    charger.keys["ChargeProfileMaxStackLevel"] = "1"
    await charger.boot(firmwareVersion="5.17.87")
    await charger.status("Available")
    await until(lambda: bool(charger.limits) and protected(screen))
    levels = {
        payload["csChargingProfiles"]["stackLevel"]
        for action, payload in charger.asked
        if action == "SetChargingProfile"
    }
    assert levels == {0}


def drawing(amps: float, transaction: int) -> dict[str, Any]:
    """Report what is drawn."""
    sample = {"value": str(amps), "measurand": "Current.Import", "phase": "L1"}
    value = {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": [sample]}
    return {"connectorId": 1, "transactionId": transaction, "meterValue": [value]}


# Refusals.


def only(**wanted: object) -> Any:
    """Return what a charger answers that accepts only some profiles."""

    def answer(payload: Payload) -> Payload:
        profile = payload["csChargingProfiles"]
        accepts = all(profile[key] == value for key, value in wanted.items())
        return ACCEPTED if accepts else REJECTED

    return answer


async def test_a_refused_dialect_leads_to_the_next_at_once_and_is_no_error(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(
        boots=False, SetChargingProfile=only(chargingProfileKind="Absolute")
    )
    await charger.boot(firmwareVersion="5.17.87")
    await charger.status("Available")
    await until(lambda: protected(screen))
    given = len(charger.limits)
    await screen.set("current_limit", 10)
    assert charger.limits[given:] == [("TxDefaultProfile", 10)]


async def test_a_limit_that_came_too_late_for_its_transaction_was_not_refused(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    transaction = await charger.start()
    await charger.status("Charging")
    await charger.left_alone()

    async def end_first(payload: Payload) -> Payload:
        if payload["csChargingProfiles"]["chargingProfilePurpose"] != "TxProfile":
            return ACCEPTED
        charger.cooperate()
        await charger.stop(transaction)
        await charger.status("Available")
        return REJECTED

    charger.change_its_mind(SetChargingProfile=end_first)
    given = len(charger.limits)
    await screen.set("current_limit", 10)
    await charger.left_alone()
    assert charger.limits[given:] == [("TxDefaultProfile", 10), ("TxProfile", 10)]
    assert "ClearChargingProfile" not in charger.actions


async def test_a_charger_that_takes_no_profile_for_a_transaction_has_the_default_one(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(
        SetChargingProfile=only(chargingProfilePurpose="TxDefaultProfile")
    )
    await charger.start()
    await charger.status("Charging")
    await charger.left_alone()
    cleared = {"chargingProfilePurpose": "TxProfile"}
    assert ("ClearChargingProfile", cleared) in charger.asked
    given = len(charger.limits)
    await screen.switch("charging", on=False)
    assert charger.limits[given:] == [("TxDefaultProfile", 0)]


async def test_a_charger_that_refuses_every_dialect_is_not_bothered_with_all_of_them_again(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(SetChargingProfile=lambda _: REJECTED)
    given = len(charger.limits)
    with pytest.raises(Exception, match="did not accept"):
        await screen.set("current_limit", 10)
    assert len(charger.limits) - given == 5
    with pytest.raises(Exception, match="did not accept"):
        await screen.switch("charging", on=False)
    assert len(charger.limits) - given == 6
    charger.cooperate()
    await screen.switch("charging", on=True)
    assert charger.limits[-1:] == [("TxDefaultProfile", 10)]


@pytest.mark.parametrize(
    ("model", "ceiling", "most"), [("PUP1-U-1-6", "0", 32), ("PLP1-0-2-4", "16", 16)]
)
async def test_a_charger_that_will_not_hear_of_more_than_it_can_is_asked_for_less(
    connect: Connect, screen: Screen, model: str, ceiling: str, most: int
) -> None:
    def no_more(payload: Payload) -> Payload:
        [period] = payload["csChargingProfiles"]["chargingSchedule"][
            "chargingSchedulePeriod"
        ]
        return ACCEPTED if period["limit"] <= most else REJECTED

    charger = await connect(boots=False, SetChargingProfile=no_more)
    charger.keys["chargingALimitConn1"] = ceiling
    await charger.boot(chargePointModel=model)
    await charger.status("Available")
    await until(lambda: protected(screen))
    assert charger.limits[-1:] == [("TxDefaultProfile", most)]
    given = len(charger.limits)
    await charger.status("Preparing")
    await charger.left_alone()
    assert len(charger.limits) == given


async def test_a_charger_that_ignores_one_dialect_and_refuses_all_others_is_found_out(
    connect: Connect, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    charger: ScriptedCharger

    def only_before_clearing(_: Payload) -> Payload:
        return REJECTED if "ClearChargingProfile" in charger.actions else ACCEPTED

    charger = await connect(SetChargingProfile=only_before_clearing)
    await until(lambda: protected(screen))
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.switch("charging", on=False)
    # It has no limit for later sessions any more, either.
    while issue_keys(issue_registry) != {"limit_ignored", "limit_refused"}:
        await charger.ask("MeterValues", drawing(32, transaction))
        await asyncio.sleep(SETTLE.total_seconds() / 2)
    await charger.ask("MeterValues", drawing(0, transaction))
    await until(lambda: issue_keys(issue_registry) == {"limit_refused"})


# Limits that are ignored.


async def test_a_limit_that_is_ignored_however_it_is_written_is_shown_until_it_is_followed(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(SIX)
    await charging(box, screen)
    box.eco_smart()
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: issue_keys(issue_registry) == {"limit_ignored"})
    assert box.charger.current_drawn == 32
    [issue] = issue_registry.issues.values()
    told = issue.translation_placeholders
    assert told
    assert (told["limit"], told["drawn"]) == ("0", "32")
    assert screen.sensor("limited_by") == "unknown"
    assert screen.sensor("why_not_charging") == "charging"

    # Once all has been tried, nothing more is written.
    await box.sleep(120)
    given = len(written(box))
    await box.sleep(120)
    assert len(written(box)) == given

    box.eco_smart(on=False)
    await box.wait_until(lambda: not issue_keys(issue_registry))
    assert box.charger.current_drawn == 0
    assert screen.sensor("limited_by") == "owner"

    # It may turn itself on again: then there is nothing left to try, but to say so.
    box.eco_smart()
    await box.wait_until(lambda: issue_keys(issue_registry) == {"limit_ignored"})
    assert len(written(box)) == given


async def test_a_pause_that_is_ignored_shows_by_the_energy_alone(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(
        replace(
            SIX,
            key_values={**SIX.key_values, MEASURED: "Energy.Active.Import.Register"},
            rejected_keys=SIX.rejected_keys | {MEASURED},
        )
    )
    await charging(box, screen)
    box.eco_smart()
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: issue_keys(issue_registry) == {"limit_ignored"})
    assert screen.sensor("why_not_charging") == "charging"
    box.eco_smart(on=False)
    await box.wait_until(lambda: not issue_keys(issue_registry))
    assert box.charger.current_drawn == 0
    assert screen.sensor("why_not_charging") == "paused"


async def test_a_reboot_gives_the_dialects_another_chance(
    start_charger: StartCharger, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    box = await start_charger(SIX, boot_seconds=1)
    await charging(box, screen)
    box.eco_smart()
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: issue_keys(issue_registry) == {"limit_ignored"})
    await screen.press("reboot")
    await box.wait_until(lambda: not issue_keys(issue_registry))


async def test_a_charger_that_reports_too_little_is_asked_what_is_drawn(
    connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.start()
    await charger.status("Charging")
    await charger.left_alone()
    asked = len(charger.asked)
    await screen.set("current_limit", 10)
    look = ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    await until(lambda: charger.asked[asked:].count(look) == 2)
