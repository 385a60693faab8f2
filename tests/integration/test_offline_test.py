"""The test of the offline protection, on every virtual Wallbox, those that fail included."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from awesomeversion import AwesomeVersion
import pytest

from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, OfflineStart, Personality
from simulator.virtual_wallbox.personality import COPPER_SB, AfterPowerCycle
from simulator.virtual_wallbox.quirks import QUIRKS, with_quirks
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.offline_test import Trial, causes, on, replug
from tests.helpers.screen import Screen, issue_keys, protected
from tests.helpers.taciturn import taciturn

MODERN: Final = FIRMWARES["6.7.38"]
FIXABLE: Final = {
    firmware: personality
    for firmware, personality in FIRMWARES.items()
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
} | {"Copper SB": COPPER_SB}


# Some take their time.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", FIXABLE)
async def test_a_charger_that_does_as_it_should_proves_it(
    screen: Screen, trial: Trial, issue_registry: ir.IssueRegistry, name: str
) -> None:
    box = await trial.charging(FIXABLE[name])
    await screen.set("current_limit", 16)
    assert screen.sensor("offline_test") == "not_yet"
    test = trial.begin()
    await trial.sees("alone")
    assert not on(screen)
    assert screen.sensor("why_not_charging") == "test_alone"
    await box.wait_until(lambda: not box.connected)
    alone_since, transaction = box.charger.now, box.charger.transaction
    await box.sleep(240)
    assert not box.connected
    assert box.handshake_status is None
    assert box.charger.drew_current_since(alone_since) == 0
    assert not issue_keys(issue_registry)
    response = await test
    assert (response["result"], response["causes"]) == ("proven", [])
    assert response["energy"] == 0
    assert box.charger.transaction is transaction
    assert causes(screen) == ("proven",)
    shown = screen.entity("sensor", "offline_test").attributes
    assert (shown["firmware"], shown["minutes"]) == (
        box.charger.personality.firmware,
        5,
    )
    # All is as before.
    assert on(screen)
    assert float(screen.entity("number", "current_limit").state) == 16
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert float(screen.sensor("unattended_energy")) == 0
    assert not issue_keys(issue_registry)


RESUMES: Final = replace(
    MODERN, keeps_profiles=False, after_power_cycle=AfterPowerCycle.RESUMES
)
PLAIN: Final[Mapping[str, bool]] = {}
REBOOT: Final = {"reboot": True}
REPLUG: Final = {"replug": True}


def quirky(*names: str) -> Personality:
    return with_quirks(MODERN, *names)


@pytest.mark.parametrize(
    ("personality", "variant", "expected"),
    [
        *((each, REBOOT, ("proven",)) for each in FIXABLE.values()),
        *((each, REPLUG, ("proven",)) for each in FIXABLE.values()),
        # Whatever starts a session without a connection, it gets nothing.
        *(
            (replace(MODERN, offline_start=start), REPLUG, ("proven",))
            for start in OfflineStart
        ),
        (replace(MODERN, loses_clock=True), REBOOT, ("proven",)),
        # What is seen of a charger at once.
        (quirky("limits-ignored"), PLAIN, ("failed", "not_paused")),
        # What is seen of it once it is alone.
        (quirky("profiles-lost-offline"), PLAIN, ("failed", "energy", "limit")),
        (quirky("status-history"), PLAIN, ("proven",)),
        (quirky("boot-before-reset-conf"), PLAIN, ("proven",)),
        (quirky("default-ignored-offline"), PLAIN, ("proven",)),
        (quirky("default-lost-at-start"), PLAIN, ("proven",)),
        # What is seen of it with a reboot.
        (quirky("status-history"), REBOOT, ("proven",)),
        (quirky("boot-before-reset-conf"), REBOOT, ("proven",)),
        (
            replace(MODERN, after_power_cycle=AfterPowerCycle.FORGETS),
            REBOOT,
            ("proven",),
        ),
        (
            replace(MODERN, after_power_cycle=AfterPowerCycle.RESUMES),
            REBOOT,
            ("proven",),
        ),
        (RESUMES, REBOOT, ("failed", "energy")),
        (
            replace(MODERN, accepts_soft_reset=False, accepts_hard_reset=False),
            REBOOT,
            ("inconclusive", "no_reboot"),
        ),
        (replace(MODERN, accepts_soft_reset=False), REBOOT, ("proven",)),
        # And with the car plugged in again.
        (quirky("status-history"), REPLUG, ("proven",)),
        (quirky("default-ignored-offline"), REPLUG, ("failed", "energy")),
        (quirky("default-lost-at-start"), REPLUG, ("failed", "energy")),
        (MODERN, {**REBOOT, **REPLUG}, ("proven",)),
        # Its meter does not report by itself, and is asked.
        (replace(MODERN, sends_meter_values=False), PLAIN, ("proven",)),
        (replace(MODERN, slow_meter_trigger=True), PLAIN, ("proven",)),
    ],
)
async def test_each_charger_is_found_out(
    screen: Screen,
    trial: Trial,
    personality: Personality,
    variant: Mapping[str, bool],
    expected: tuple[str, ...],
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await trial.charging(taciturn(personality))
    test = trial.begin(**variant)
    if variant.get("replug"):
        await trial.sees("alone")
        if variant.get("reboot"):
            await box.sleep(150)
        await replug(box)
    response = await test
    result, *why = expected
    assert response["result"] == result
    assert response["causes"][: len(why)] == why
    if result == "failed":
        assert "offline_test_failed" in issue_keys(issue_registry)
        assert response["energy"] is None or response["energy"] > 100
    assert on(screen)
    # What the test has counted is no alarm of its own.
    assert float(screen.sensor("unattended_energy")) == 0


@pytest.mark.parametrize(
    ("personality", "missing"),
    [
        (FIRMWARES["5.7.18"], "firmware, 5.15.7"),
        (FIRMWARES["5.14.9"], "firmware, 5.15.7"),
        (quirky("never-answers"), "Protected"),
        (quirky("watts-only"), "Protected"),
    ],
)
async def test_a_charger_that_cannot_be_protected_is_not_tested(
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    personality: Personality,
    missing: str,
) -> None:
    box = await start_charger(personality)
    await box.wait_connected()
    await box.sleep(120)
    with pytest.raises(ServiceValidationError, match=missing) as error:
        await trial.call("test_offline_protection")
    assert "a car must be plugged in" in str(error.value)
    assert screen.sensor("offline_test") == "not_yet"
    assert on(screen)


def test_every_quirk_is_tested() -> None:
    tested = {
        "limits-ignored",
        "profiles-lost-offline",
        "status-history",
        "boot-before-reset-conf",
        "default-ignored-offline",
        "default-lost-at-start",
        "never-answers",
        "watts-only",
    }
    assert tested == {*QUIRKS}


async def test_a_new_firmware_has_yet_to_be_tested(
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await trial.charging()
    assert (await trial.begin())["result"] == "proven"
    await box.stop()
    updated = await start_charger(FIRMWARES["6.11.25"])
    await updated.wait_until(lambda: screen.sensor("firmware") == "6.11.25")
    await updated.wait_until(lambda: protected(screen))
    assert screen.sensor("offline_test") == "not_yet"
    await until(lambda: "offline_test_again" in issue_keys(issue_registry))
    await trial.charges(updated)
    assert (await trial.begin())["result"] == "proven"
    assert "offline_test_again" not in issue_keys(issue_registry)


async def test_the_report_names_nobody_and_says_all(trial: Trial) -> None:
    await trial.charging()
    response = await trial.begin()
    report = response["report"]
    assert response["issue_form"].endswith("template=offline-test-report.yml")
    for line in (
        "Result: proven",
        "Charger: Pulsar Plus, PLP1-0-2-4",
        "Firmware: 6.7.38",
        "Alone for: 5 min",
        "Energy from the pause to the end: 0.0 Wh",
        "Session: the same",
        "Settings of the protection: as written",
        "- disconnected: stopped",
        "- connected",
        '"SetChargingProfile"',
        '"MeterValues"',
    ):
        assert line in report
    for secret in (IDENTITY, "Wallbox 100001", "127.0.0.1"):
        assert secret not in report


async def test_a_charger_whose_clock_is_wrong_is_judged_all_the_same(
    trial: Trial,
) -> None:
    await trial.charging(replace(MODERN, clock_error=3000.0))
    assert (await trial.begin())["result"] == "proven"
