"""The test of the offline protection, on every virtual Wallbox, those that fail included."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from awesomeversion import AwesomeVersion
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.storage.file import NotOnDiskError
from custom_components.wallbox_ocpp.storage.store import ChargerStore
from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from simulator.virtual_time import until
from simulator.virtual_wallbox import (
    FIRMWARES,
    Car,
    NetworkCut,
    OfflineStart,
    Personality,
    VirtualWallbox,
)
from simulator.virtual_wallbox.personality import COPPER_SB, AfterPowerCycle
from simulator.virtual_wallbox.quirks import QUIRKS, with_quirks
from tests.conftest import (
    IDENTITY,
    Screen,
    StartCharger,
    charger_data,
    issue_keys,
    protected,
)

MODERN: Final = FIRMWARES["6.7.38"]
FIXABLE: Final = {
    firmware: personality
    for firmware, personality in FIRMWARES.items()
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
} | {"Copper SB": COPPER_SB}
FAST_CAR: Final = Car(max_amps=32)

# Some take their time.
pytestmark = pytest.mark.timeout(180)


class Trial:
    """Somebody who tests a charger."""

    def __init__(self, hass: HomeAssistant, device_id: str, screen: Screen) -> None:
        self._hass = hass
        self._device_id = device_id
        self._screen = screen

    async def call(self, action: str, **data: Any) -> Any:
        """Perform an action."""
        return await self._hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self._device_id, **data},
            blocking=True,
            return_response=action.startswith("test"),
        )

    def begin(self, **variant: Any) -> asyncio.Task[Any]:
        """Begin a test, whose response comes with its end."""
        work = self.call("test_offline_protection", **variant)
        return self._hass.async_create_task(work)

    async def sees(self, phase: str) -> None:
        """Wait until a phase of the test has come."""
        await until(
            lambda: (
                self._screen.entity("sensor", "offline_test").attributes["phase"]
                == phase
            )
        )

    async def charges(self, box: VirtualWallbox, car: Car = FAST_CAR) -> None:
        """Let a car come and charge."""
        await box.wait_until(lambda: protected(self._screen))
        box.plug(car)
        await box.wait_until(lambda: self._screen.sensor("status") == "charging")
        # Some tell their firmware only once they are asked.
        await box.wait_until(lambda: self._screen.sensor("firmware") != "unknown")
        # Then they are compared once more.
        await box.sleep(15)
        await box.wait_until(lambda: protected(self._screen))


@pytest.fixture
def trial(hass: HomeAssistant, device_id: str, screen: Screen) -> Trial:
    """Return somebody who tests a charger."""
    return Trial(hass, device_id, screen)


def causes(screen: Screen) -> tuple[str, ...]:
    """Return what came of the test, and why."""
    sensor = screen.entity("sensor", "offline_test")
    return (sensor.state, *sensor.attributes["causes"])


def on(screen: Screen) -> bool:
    """Return whether Charging is on."""
    return screen.entity("switch", "charging").state == "on"


@pytest.mark.parametrize("name", FIXABLE)
async def test_a_charger_that_does_as_it_should_proves_it(
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
    name: str,
) -> None:
    box = await start_charger(FIXABLE[name])
    await trial.charges(box)
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


async def replug(box: VirtualWallbox) -> None:
    """Unplug the car, and plug it in again."""
    box.unplug()
    await box.sleep(10)
    box.plug(FAST_CAR)


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
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    personality: Personality,
    variant: Mapping[str, bool],
    expected: tuple[str, ...],
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger(personality)
    await trial.charges(box)
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


# Whatever happens, the owner's wish comes back.


def reasons_of(hass: HomeAssistant, screen: Screen) -> list[str]:
    """Return the list that *Reason* is added to whenever it changes."""
    reasons: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if state := event.data["new_state"]:
            reasons.append(state.state)

    entity_id = screen.entity_id("sensor", "why_not_charging")
    async_track_state_change_event(hass, entity_id, changed)
    return reasons


async def test_it_is_stopped_by_its_owner(
    hass: HomeAssistant, start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    with pytest.raises(ServiceValidationError, match="nothing to stop"):
        await trial.call("break_off_offline_test")
    test = trial.begin()
    await trial.sees("alone")
    with pytest.raises(ServiceValidationError, match="already being tested"):
        await trial.call("test_offline_protection")
    reasons = reasons_of(hass, screen)
    await trial.call("break_off_offline_test")
    assert (await test)["causes"] == ["owner"]
    assert causes(screen) == ("broken_off", "owner")
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    # The automations for a lost connection are for those that nobody wanted.
    assert reasons[0] == "test_returning"
    assert "no_connection" not in reasons


async def test_a_charger_that_stays_away_after_a_stop_is_not_expected_for_ever(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    box.cut_network()
    await trial.call("break_off_offline_test")
    await test
    await box.sleep(890)
    assert screen.sensor("why_not_charging") == "test_returning"
    await box.sleep(20)
    assert screen.sensor("why_not_charging") == "no_connection"


async def test_a_stop_of_home_assistant_does_not_wait_for_the_test(
    hass: HomeAssistant, start_charger: StartCharger, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test


@pytest.mark.parametrize("phase", ["pausing", "alone"])
async def test_charging_turned_on_meanwhile_ends_it(
    start_charger: StartCharger, screen: Screen, trial: Trial, phase: str
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees(phase)
    await screen.switch("charging", on=True)
    assert (await test)["causes"] == ["wish"]
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)


async def test_charging_turned_off_meanwhile_stays_off(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    await screen.switch("charging", on=False)
    assert (await test)["causes"] == ["wish"]
    await box.wait_connected()
    await box.sleep(60)
    assert not on(screen)
    assert box.charger.current_drawn == 0


async def test_another_limit_meanwhile_counts_and_the_same_is_no_news(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    await screen.set("current_limit", 16)
    test = trial.begin()
    await trial.sees("alone")
    await screen.set("current_limit", 16)
    assert screen.sensor("offline_test") == "running"
    await screen.set("current_limit", 10)
    assert (await test)["causes"] == ["wish"]
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn == 10)


async def test_a_restart_of_the_integration_ends_it(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    await hass.config_entries.async_reload(integration.entry_id)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test
    assert causes(screen) == ("broken_off", "restarted")
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert float(screen.sensor("unattended_energy")) == 0


async def test_a_charger_that_is_removed_ends_it(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    trial: Trial,
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    (subentry_id,) = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test
    await hass.async_block_till_done()
    # It is unknown from now on, and no longer hung up on.
    await box.wait_until(lambda: box.handshake_status == 404)


async def test_a_charger_that_does_not_come_back_is_reported(
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin(reboot=True)
    await trial.sees("alone")
    box.cut_network(NetworkCut.REFUSE)
    assert (await test)["causes"] == ["not_back"]
    assert on(screen)
    assert issue_keys(issue_registry) == {"offline_test_not_back"}
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert not issue_keys(issue_registry)


async def test_a_long_test_is_no_alarm(
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin(minutes=60, reboot=True)
    await trial.sees("alone")
    for _ in range(59):
        await box.sleep(60)
        assert not issue_keys(issue_registry)
    assert (await test)["result"] == "proven"
    assert not issue_keys(issue_registry)


async def test_a_car_that_leaves_too_soon_ends_it(
    start_charger: StartCharger, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    box.unplug()
    assert (await test)["causes"] == ["unplugged"]


async def test_a_connection_lost_too_soon_ends_it(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    box.cut_network()
    assert (await test)["causes"] == ["connection_lost"]
    assert on(screen)


async def test_a_charger_that_is_away_is_not_tested(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: protected(screen))
    box.cut_network()
    await until(lambda: screen.entity("binary_sensor", "connection").state == "off")
    with pytest.raises(ServiceValidationError, match="must be connected"):
        await trial.call("test_offline_protection")
    box.restore_network()
    await box.wait_connected()


@pytest.mark.parametrize("minutes", [0, 1, 61, -5, "soon", None])
async def test_a_time_that_makes_no_sense_is_refused(
    start_charger: StartCharger, screen: Screen, trial: Trial, minutes: object
) -> None:
    await trial.charges(await start_charger())
    with pytest.raises(vol.Invalid):
        await trial.call("test_offline_protection", minutes=minutes)
    assert screen.sensor("offline_test") == "not_yet"


async def test_a_state_that_cannot_be_saved_begins_no_test(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
    full = patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError)
    with full, pytest.raises(HomeAssistantError, match="could not save"):
        await trial.call("test_offline_protection")
    assert screen.sensor("offline_test") == "not_yet"
    assert on(screen)
    await box.sleep(60)
    assert box.connected
    assert box.charger.current_drawn > 0


async def test_other_chargers_notice_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    trial: Trial,
) -> None:
    other = ConfigSubentry(**charger_data("100002"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, other)
    await hass.async_block_till_done()
    neighbour = await start_charger(identity="100002")
    screen = Screen(hass, "100002")
    await neighbour.wait_until(lambda: protected(screen))
    neighbour.plug(FAST_CAR)
    box = await start_charger()
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("alone")
    sockets = len(neighbour.sent("StatusNotification"))
    await box.sleep(200)
    assert neighbour.connected
    assert neighbour.charger.current_drawn > 0
    assert len(neighbour.sent("StatusNotification")) == sockets
    assert (await test)["result"] == "proven"


async def test_a_charger_whose_clock_is_wrong_is_judged_all_the_same(
    start_charger: StartCharger, trial: Trial
) -> None:
    box = await start_charger(replace(MODERN, clock_error=3000.0))
    await trial.charges(box)
    assert (await trial.begin())["result"] == "proven"


# The result.


async def test_a_new_firmware_has_yet_to_be_tested(
    hass: HomeAssistant,
    start_charger: StartCharger,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger()
    await trial.charges(box)
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


async def test_the_report_names_nobody_and_says_all(
    start_charger: StartCharger, trial: Trial
) -> None:
    box = await start_charger()
    await trial.charges(box)
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
