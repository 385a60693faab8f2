"""Sessions as automations see them: each told exactly once, with the charger's own times."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG, DOMAIN
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import Connect, StartCharger
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, protected
from tests.helpers.told import Told, readings


async def charged(box: VirtualWallbox, screen: Screen, seconds: float = 120) -> None:
    """Let a car come, charge and stay plugged in."""
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(seconds)


async def test_a_session_is_reported_when_it_starts_and_when_it_ends(
    start_charger: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_charger()
    await charged(box, screen)
    register = box.charger.energy_wh
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    started, ended = told.events
    assert started["transaction_id"] == ended["transaction_id"] > 0
    assert ended["reason"] == "ev_disconnected"
    assert ended["delayed"] is False
    stop = box.sent("StopTransaction")[0].payload
    start = box.sent("StartTransaction")[0].payload
    assert ended["energy"] == pytest.approx(
        (stop["meterStop"] - start["meterStart"]) / 1000
    )
    assert register / 1000 == pytest.approx(float(screen.sensor("energy")), abs=0.1)
    length = dt_util.parse_datetime(stop["timestamp"]) - _time(start["timestamp"])  # type: ignore[operator]  # both parse
    assert ended["duration"] == length.total_seconds()
    assert _time(ended["started"]) == _time(start["timestamp"])
    assert _time(ended["ended"]) == _time(stop["timestamp"])
    assert "id_tag" not in ended
    assert float(screen.sensor("session_energy")) == pytest.approx(ended["energy"])


async def test_the_id_tag_is_reported_only_if_the_owner_wants(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    await hass.async_block_till_done()
    box = await start_charger()
    await charged(box, screen, 60)
    assert told.events[0]["id_tag"] == "NoAuthorization"


async def test_a_session_that_ends_while_the_charger_is_offline_is_reported_on_its_return(
    start_charger: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_charger()
    await charged(box, screen)
    box.cut_network()
    await box.sleep(120)
    box.unplug()
    await box.sleep(120)
    box.restore_network()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    stop = box.sent("StopTransaction")[-1].payload
    assert _time(told.events[-1]["ended"]) == _time(stop["timestamp"])


async def test_sessions_that_began_and_ended_offline_are_reported_with_their_own_times(
    start_protected: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_protected()
    box.cut_network()
    for _ in range(2):
        box.plug(Car())
        await box.sleep(120)
        box.unplug()
        await box.sleep(60)
    box.restore_network()
    await box.wait_until(lambda: told.types == ["started", "ended"] * 2)
    assert all(event["energy"] > 0 for event in told.events[1::2])
    assert (
        float(screen.sensor("power") if screen.sensor("power") != "unknown" else 0) == 0
    )
    starts = [frame.payload["timestamp"] for frame in box.sent("StartTransaction")]
    assert [_time(event["started"]) for event in told.events[::2]] == [
        _time(start) for start in starts
    ]


async def test_a_session_goes_on_over_a_restart_of_home_assistant(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    box = await start_charger()
    await charged(box, screen)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(120)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(60)
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    start = box.sent("StartTransaction")[0].payload
    stop = box.sent("StopTransaction")[0].payload
    assert told.events[-1]["energy"] == pytest.approx(
        (stop["meterStop"] - start["meterStart"]) / 1000
    )


async def test_a_session_that_ends_while_home_assistant_is_down_is_reported_afterwards(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    box = await start_charger()
    await charged(box, screen)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(120)
    box.unplug()
    await box.sleep(120)
    # The charger is back with its queue before automations listen.
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(
        lambda: any(box.reply_to(stop) for stop in box.sent("StopTransaction"))
    )
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert told.types == ["started"]
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert told.types == ["started", "ended"]
    assert told.events[-1]["energy"] > 0


async def test_old_news_from_the_queue_is_reported_as_delayed(
    connect: Connect, told: Told, screen: Screen
) -> None:
    two_hours_ago = dt_util.utcnow() - timedelta(hours=2)
    charger = await connect(boots=False)
    transaction = await charger.start(timestamp=two_hours_ago.isoformat())
    old = readings(transaction, "1500", two_hours_ago)
    old["meterValue"][0]["sampledValue"].append(
        {"value": "7000", "measurand": "Power.Active.Import", "unit": "W"}
    )
    await charger.ask("MeterValues", old)
    assert screen.sensor("power") == "unknown"
    an_hour_ago = two_hours_ago + timedelta(hours=1)
    await charger.stop(transaction, meterStop=9000, timestamp=an_hour_ago.isoformat())
    await until(lambda: told.types == ["started", "ended"])
    assert [event["delayed"] for event in told.events] == [True, True]
    assert told.events[-1]["energy"] == 8
    assert told.events[-1]["duration"] == 3600


async def test_a_repeated_start_or_stop_is_reported_once(
    connect: Connect, told: Told
) -> None:
    """A charger that missed our answer says it again, with a new message id."""
    charger = await connect(boots=False)
    now = dt_util.utcnow().isoformat()
    transaction = await charger.start(timestamp=now)
    assert await charger.start(timestamp=now) == transaction
    stop = {
        "transactionId": transaction,
        "meterStop": 3000,
        "timestamp": now,
        "idTag": "",
        "transactionData": [],
        "reason": "EVDisconnected",
    }
    assert await charger.ask("StopTransaction", stop) == {}
    # Ids begin anew after a boot.
    assert await charger.ask("StopTransaction", stop, message_id="m1") == {}
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["energy"] == 2


async def test_a_session_that_is_over_at_once_took_no_time(
    connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    now = dt_util.utcnow().isoformat()
    await charger.stop(await charger.start(timestamp=now), timestamp=now)
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["duration"] == 0.0


async def test_a_stop_of_a_session_we_never_knew_is_acknowledged_and_told(
    connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    assert await charger.stop(4711, timestamp="garbage") == {}
    assert await charger.ask("StopTransaction", {"reason": 7}) == {}
    await until(lambda: told.types == ["ended", "ended"])
    assert told.events[0]["transaction_id"] == 4711
    assert told.events[0]["energy"] is None


async def test_a_running_transaction_we_never_knew_is_adopted_from_its_readings(
    connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    await charger.ask("MeterValues", readings(77, "1000.0"))
    await charger.ask("MeterValues", readings(77, "2500.0"))
    await charger.stop(77)
    assert await charger.start() == 78
    await until(lambda: told.types == ["started", "ended", "started"])
    assert [event["transaction_id"] for event in told.events] == [77, 77, 78]
    assert told.events[0]["delayed"] is True
    assert told.events[1]["energy"] == 2


@pytest.mark.parametrize("age", [timedelta(hours=5), timedelta()])
async def test_a_reading_of_a_foreign_transaction_ends_nobodys_session(
    connect: Connect, told: Told, age: timedelta
) -> None:
    """One from the queue tells of a transaction that is over."""
    charger = await connect(boots=False)
    transaction = await charger.start()
    foreign = readings(4711, "900", dt_util.utcnow() - age)
    await charger.ask("MeterValues", foreign)
    await charger.stop(transaction)
    await until(lambda: told.types == ["started", "ended"])
    assert [event["transaction_id"] for event in told.events] == [transaction] * 2
    assert told.events[-1]["reason"] == "local"
    assert told.events[-1]["energy"] == 2


async def test_a_session_the_charger_has_forgotten_ends_at_its_last_reading(
    connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    await charger.ask("MeterValues", readings(await charger.start(), "1800.0"))
    await charger.status("Available")
    await charger.left_alone()
    assert told.types == ["started"]
    await asyncio.sleep(601)
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["energy"] == 0.8


@pytest.mark.parametrize("then", ["nothing", "plugged_in", "started"])
@pytest.mark.parametrize("over", ["Finishing", "Available"])
async def test_a_session_whose_stop_never_comes_ended_when_the_charger_said_so(
    connect: Connect, told: Told, over: str, then: str
) -> None:
    charger = await connect(boots=False)
    begun = dt_util.utcnow().replace(microsecond=0)
    transaction = await charger.start(timestamp=begun.isoformat())
    await charger.status("Charging", timestamp=begun.isoformat())
    await charger.ask("MeterValues", readings(transaction, "1800.0"))
    await asyncio.sleep(60)
    gone = begun + timedelta(seconds=60)
    await charger.status(over, timestamp=gone.isoformat())
    await asyncio.sleep(30)
    back = gone + timedelta(seconds=30)
    if over != "Available":
        await charger.status("Available", timestamp=back.isoformat())
    if then != "nothing":
        await charger.status("Preparing", timestamp=back.isoformat())
    if then == "started":
        await charger.start(timestamp=back.isoformat(), meterStart=1800)
    await asyncio.sleep(601)
    await until(lambda: "ended" in told.types)
    ended = told.events[told.types.index("ended")]
    assert ended["transaction_id"] == transaction
    assert _time(ended["ended"]) == gone


async def test_nothing_is_acknowledged_that_may_not_reach_the_disk(
    hass: HomeAssistant, connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    hass.set_state(CoreState.stopping)
    with pytest.raises(ConnectionError):
        await charger.start()
    hass.set_state(CoreState.running)
    assert told.types == []


async def test_the_lifetime_meter_never_dips(connect: Connect, screen: Screen) -> None:
    charger = await connect(boots=False)
    for value in ("5000", "0", "nonsense", "4000", "-1", "NaN"):
        await charger.ask("MeterValues", readings(None, value))
    await until(lambda: screen.sensor("energy") == "5.0")


class TestDisk:
    """With files that are really written."""

    @pytest.fixture
    def hass_config_dir(self, hass_tmp_config_dir: str) -> str:
        """Return a folder of its own for Home Assistant."""
        return hass_tmp_config_dir

    @pytest.fixture
    def hass_storage(self) -> dict[str, Any]:
        """Return nothing, in place of the storage that is not on disk."""
        return {}

    async def test_a_start_that_could_not_be_written_is_not_acknowledged(
        self,
        hass: HomeAssistant,
        integration: MockConfigEntry,
        connect: Connect,
        told: Told,
    ) -> None:
        subentry_id = next(iter(integration.subentries))
        file = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{subentry_id}"))
        now = dt_util.utcnow().isoformat()
        file.mkdir(parents=True)
        charger = await connect(boots=False)
        with pytest.raises(ConnectionError):
            await charger.start(timestamp=now)
        assert told.types == []

        file.rmdir()
        charger = await connect(boots=False)
        transaction = await charger.start(timestamp=now)
        await until(lambda: told.types == ["started"])
        assert f'"transaction_id":{transaction}' in file.read_text().replace(" ", "")


def _time(text: str) -> datetime:
    parsed = dt_util.parse_datetime(text)
    assert parsed
    return parsed
