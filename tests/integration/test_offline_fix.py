"""The main job: a charger boots, is fixed, and holds its owner's wish when it is alone."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_OFFLINE_PROFILE, DOMAIN
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from simulator.virtual_wallbox.wire import Direction
from tests.conftest import IDENTITY, Connect, StartCharger
from tests.helpers.actions import Act
from tests.helpers.flows import Flows
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, issue_keys, protected

MODERN = FIRMWARES["6.7.38"]
FREE = {"AuthEnabled": "false", "AuthEnabledOffline": "false"}


def calls(box: VirtualWallbox) -> list[str]:
    """Return what the charger was asked, in order, in short."""
    short = {
        "ChangeConfiguration": lambda payload: payload["key"],
        "SetChargingProfile": lambda payload: payload["csChargingProfiles"][
            "chargingProfilePurpose"
        ],
        "TriggerMessage": lambda payload: payload["requestedMessage"],
    }
    return [
        short.get(frame.action, lambda _, frame=frame: frame.action)(frame.payload)
        for frame in box.wire
        if frame.direction is Direction.RECEIVED and frame.kind == 2
    ]


def called_after_boot(box: VirtualWallbox, boot: int) -> bool:
    """Return whether the charger was asked anything since its boot of that number."""
    boots = box.sent("BootNotification")
    return len(boots) == boot and any(
        frame.direction is Direction.RECEIVED
        and frame.kind == 2
        and frame.time >= boots[-1].time
        for frame in box.wire
    )


@pytest.mark.parametrize(
    "firmware", ["5.15.7", "5.17.87", "6.4.14", "6.6.12", "6.7.38", "6.11.16"]
)
async def test_a_charger_with_factory_keys_is_protected_after_its_boot(
    start_protected: StartCharger, screen: Screen, firmware: str
) -> None:
    box = await start_protected(FIRMWARES[firmware])
    assert box.charger.keys.items() >= FREE.items()
    assert box.charger.halo.colour == "green"
    halo = screen.entity("sensor", "halo")
    assert halo.state == "ready"
    assert halo.attributes["colour"] == "green"
    assert halo.attributes["derived"] is True


async def test_the_limit_goes_in_before_charging_is_set_free(
    start_charger: StartCharger,
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: "MeterValues" in calls(box))
    assert calls(box) == [
        "TxDefaultProfile",
        "GetConfiguration",
        "MeterValuesSampledData",
        "AuthEnabledOffline",
        "AuthEnabled",
        "GetConfiguration",
        "MeterValues",
    ]


@pytest.mark.usefixtures("few_entities")
async def test_a_charger_that_is_as_wanted_is_only_read(
    act: Act, start_charger: StartCharger
) -> None:
    box = await start_charger(boot_seconds=0.3)
    await box.wait_until(lambda: "MeterValues" in calls(box))
    first = len(calls(box))
    await act("reboot")
    await box.wait_until(lambda: calls(box).count("MeterValues") == 3)
    assert calls(box)[first:] == [
        "Reset",
        "TxDefaultProfile",
        "MeterValues",
        "GetConfiguration",
        "MeterValues",
    ]


async def test_a_rebooted_charger_with_factory_keys_is_fixed_again(
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    box = await start_protected(replace(MODERN, firmware="6.6.15"))
    await box.stop()
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )

    again = await start_charger(MODERN)
    await again.wait_connected()
    await again.wait_until(lambda: screen.sensor("firmware") == "6.7.38")
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, IDENTITY), integration.entry_id
    )
    assert device
    assert device.sw_version == "6.7.38"
    await again.wait_until(lambda: again.charger.keys.items() >= FREE.items())
    await again.wait_until(lambda: protected(screen))


async def test_a_reboot_from_home_assistant_runs_the_fix_again(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(boot_seconds=0.3)
    await screen.press("reboot")
    await box.wait_until(lambda: len(box.sent("BootNotification")) == 2)
    await box.wait_until(lambda: calls(box).count("TxDefaultProfile") == 2)
    await box.wait_until(lambda: protected(screen))


@pytest.mark.usefixtures("few_entities")
async def test_a_mere_reconnect_costs_no_call_but_for_what_flowed_meanwhile(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(replace(MODERN, reconnect_backoff=(0.1,)))
    await box.wait_until(lambda: "MeterValues" in calls(box))
    before = calls(box)
    box.cut_network()
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "no_connection")
    box.restore_network()
    await box.wait_connected()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.sleep(1)
    assert calls(box) == [*before, "MeterValues"]


# A hundred handshakes in a few seconds are more than the central system admits.
@pytest.mark.parametrize("quotas", [Quotas(handshakes=1000, admissions=1000)])
async def test_no_call_precedes_the_answer_to_a_boot_in_a_hundred_boots(
    start_charger: StartCharger, timing: Timing, quotas: Quotas
) -> None:
    box = await start_charger(
        replace(FIRMWARES["6.6.12"], reconnect_backoff=(0.0,)),
        reply_delay=(0.0, 0.05),
        boot_seconds=0.0,
    )
    for boot in range(1, 101):
        await box.wait_until(partial(called_after_boot, box, boot))
        await box.power_cycle(off_seconds=0)
    answered = False
    for frame in box.wire:
        if frame.action == "BootNotification":
            answered = frame.direction is Direction.RECEIVED
        elif frame.direction is Direction.RECEIVED and frame.kind == 2:
            assert answered, frame


async def test_authorisation_keys_wait_until_the_car_has_gone(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    charging_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    change_settings(hass, integration, **{CONF_OFFLINE_PROFILE: "locked"})
    await charging_charger.wait_until(
        lambda: screen.sensor("offline_protection") == "waiting_for_unplug"
    )
    assert charging_charger.charger.keys.items() >= FREE.items()
    charging_charger.unplug()
    await charging_charger.wait_until(lambda: protected(screen))
    assert charging_charger.charger.keys["AuthEnabled"] == "true"


@pytest.mark.parametrize("silent", [False, True])
async def test_a_key_that_needs_a_reboot_is_said_so_and_repaired_by_one(
    issue_registry: ir.IssueRegistry,
    start_charger: StartCharger,
    screen: Screen,
    silent: bool,
) -> None:
    box = await start_charger(
        replace(MODERN, ignored_keys=frozenset({"AuthEnabled"}))
        if silent
        else replace(MODERN, reboot_required_keys=frozenset({"AuthEnabled"})),
        boot_seconds=0.3,
    )
    await box.wait_until(
        lambda: screen.sensor("offline_protection") == "reboot_required"
    )
    assert issue_keys(issue_registry) == {"reboot_required"}
    await screen.press("reboot")
    if silent:
        await box.wait_until(
            lambda: issue_keys(issue_registry) == {"still_not_protected"}
        )
    else:
        await box.wait_until(lambda: protected(screen))
        assert not issue_keys(issue_registry)


async def test_firmware_below_the_floor_is_said_so_and_left_alone(
    issue_registry: ir.IssueRegistry, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(FIRMWARES["5.14.9"])
    await box.wait_until(
        lambda: screen.sensor("offline_protection") == "firmware_too_old"
    )
    assert issue_keys(issue_registry) == {"firmware_too_old"}
    assert screen.sensor("firmware") == "5.14.9"


@pytest.mark.usefixtures("few_entities")
async def test_a_charger_that_refuses_the_keys_is_said_so_and_rebooted_with_a_click(
    issue_registry: ir.IssueRegistry,
    start_charger: StartCharger,
    screen: Screen,
    flows: Flows,
) -> None:
    box = await start_charger(
        replace(MODERN, rejected_keys=frozenset({"AuthEnabled"})), boot_seconds=0.3
    )
    await box.wait_until(lambda: screen.sensor("offline_protection") == "rejected")
    assert issue_keys(issue_registry) == {"rejected"}
    keys = screen.entity("sensor", "offline_protection").attributes["keys"]
    assert keys["AuthEnabled"] == {
        "wanted": "false",
        "found": "true",
        "answer": "Rejected",
    }
    [(_, issue_id)] = [key for key in issue_registry.issues if key[0] == DOMAIN]
    done = await flows.submit(await flows.repair(issue_id))
    assert done["type"] == "create_entry"
    await box.wait_until(lambda: len(box.sent("BootNotification")) == 2)
    # It refuses them as before.
    await box.wait_until(lambda: issue_keys(issue_registry) == {"rejected"})


async def test_another_make_is_listened_to_and_not_steered(
    issue_registry: ir.IssueRegistry, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(replace(MODERN, vendor="Alfen BV"))
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.sleep(1)
    assert calls(box) == []
    assert issue_keys(issue_registry) == {"other_make"}
    # No other make is known to have such a ring.
    assert not screen.has("sensor", "halo")


async def test_what_a_charger_says_of_itself_is_mere_text_in_a_repair(
    issue_registry: ir.IssueRegistry, connect: Connect
) -> None:
    charger = await connect(boots=False)
    await charger.boot(
        chargePointVendor="**Evil** [click](https://example.org)\n# <b>x</b> `y`",
        firmwareVersion="1.2.3 www.example.org eva@example.org",
    )
    await until(lambda: issue_keys(issue_registry) == {"other_make"})
    [issue] = issue_registry.issues.values()
    told = issue.translation_placeholders
    assert told
    assert told["vendor"] == (
        r"\*\*Evil\*\* \[click\]\(https\:\/\/example\.org\) \# \<b\>x\<\/b\> \`y\`"
    )
    assert told["firmware"] == r"1.2.3 www\.example\.org eva\@example\.org"


async def test_what_a_charger_says_of_itself_is_cut_to_what_can_be_shown(
    caplog: pytest.LogCaptureFixture,
    device_registry: dr.DeviceRegistry,
    device_id: str,
    connect: Connect,
    screen: Screen,
) -> None:
    charger = await connect(boots=False)
    long = "6.7\0.38\u202e\r\n" + "x" * 400
    await charger.boot(
        chargePointVendor=long,
        chargePointModel=long,
        chargePointSerialNumber=long,
        firmwareVersion=long,
    )
    shown = "6.7 .38 " + "x" * 247
    await until(lambda: screen.sensor("firmware") == shown)
    device = device_registry.async_get(device_id)
    assert isinstance(device, dr.DeviceEntry)
    said = (device.manufacturer, device.model, device.serial_number, device.sw_version)
    assert said == (shown,) * 4
    await charger.boot(firmwareVersion=" \0 ")
    await until(lambda: screen.sensor("firmware") == "unknown")
    assert not [text for text in caplog.messages if "longer than" in text]


async def test_a_charger_that_never_boots_is_asked_to_once(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(FIRMWARES["6.11.16"])
    assert screen.sensor("firmware") == "unknown"
    await asyncio.sleep(61)
    await box.wait_until(lambda: screen.sensor("firmware") == "6.11.16")
    await asyncio.sleep(200)
    await box.sleep(0.5)
    assert calls(box).count("BootNotification") == 1


async def test_a_charger_that_boots_with_the_car_plugged_in_is_started_once(
    start_charger: StartCharger, screen: Screen
) -> None:
    free = {**MODERN.key_values, **FREE}
    box = await start_charger(replace(MODERN, key_values=free), car=Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.power_cycle()
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(60)
    assert calls(box).count("RemoteStartTransaction") == 1
    assert box.charger.current_drawn > 0


async def test_a_charger_that_boots_with_the_car_plugged_in_is_not_started_if_paused(
    start_charger: StartCharger, screen: Screen
) -> None:
    await screen.switch("charging", on=False)
    free = {**MODERN.key_values, **FREE}
    box = await start_charger(replace(MODERN, key_values=free), car=Car())
    await box.wait_until(lambda: "MeterValues" in calls(box))
    await box.power_cycle()
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    await box.sleep(60)
    assert "RemoteStartTransaction" not in calls(box)
    assert box.charger.drew_current_since(0) == 0
    await screen.switch("charging", on=True)
    await box.wait_until(lambda: screen.sensor("status") == "charging")


@pytest.mark.parametrize(
    ("offline_profile", "wanted"),
    [
        (
            "strict",
            {
                "AuthEnabled": "false",
                "AuthEnabledOffline": "true",
                "AllowOfflineTxForUnknownId": "false",
                "LocalAuthorizeOffline": "false",
                "LocalPreAuthorize": "false",
            },
        ),
        (
            "locked",
            {
                "AuthEnabled": "true",
                "AuthEnabledOffline": "true",
                "AllowOfflineTxForUnknownId": "false",
                "LocalAuthorizeOffline": "true",
                "LocalAuthListEnabled": "true",
            },
        ),
    ],
)
async def test_another_profile_is_other_data(
    protected_charger: VirtualWallbox, wanted: dict[str, str]
) -> None:
    assert protected_charger.charger.keys.items() >= wanted.items()


@pytest.mark.parametrize("offline_profile", ["factory"])
async def test_the_factory_profile_leaves_the_charger_as_it_came(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: screen.sensor("offline_protection") == "off")
    assert box.charger.keys["AuthEnabled"] == "true"
    assert screen.sensor("halo") == "locked"
