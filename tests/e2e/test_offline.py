"""What the article is about: the car's current while nobody is there to control the charger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.demo.dashboard import AUTOMATION_ENTITY, add_automation
from simulator.home_assistant import (
    Charger,
    HomeAssistantApi,
    add_charger,
    find_charger,
)
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.simulator.central_system import CentralSystem

from .conftest import Home
from .killed import ONE_WH, QUICK, REAL_TIME
from .records import (
    automation_runs,
    energy_of_last_session,
    everything_told,
    sessions_told,
)

pytestmark = pytest.mark.timeout(600)

OUTAGE = 300
"""Charger seconds."""
LATER = timedelta(minutes=5)
"""What has happened before is old by then."""
HOUR = timedelta(hours=1)
STOPS_WITHIN = 15.0
"""Seconds, on a busy machine; one that waits for its chargers to hang up takes more than 20."""


async def test_a_back_end_without_the_fix_leaves_a_charger_that_charges_by_itself() -> (
    None
):
    async with (
        CentralSystem() as back_end,
        VirtualWallbox(back_end.url, until=until) as box,
    ):
        await box.wait_connected()
        box.plug(Car())
        await back_end.call("RemoteStartTransaction", {"idTag": "OWNER"})
        await box.wait_until(lambda: box.charger.current_drawn > 0)
        # It draws current before it knows the number of its transaction.
        await box.wait_until(lambda: knows(box, 1007))
        await back_end.call("RemoteStopTransaction", {"transactionId": 1007})
        await box.wait_until(lambda: box.charger.transaction is None)
        away = box.charger.now
        assert box.charger.current_drawn == 0

        box.cut_network()
        await box.sleep(OUTAGE)

        assert box.charger.drew_current_since(away) == 16


@pytest.mark.real_time
async def test_with_its_original_configuration_a_charger_charges_when_home_assistant_stops(
    home: Home,
) -> None:
    async with home.wallbox("100001") as box, home.open() as api:
        charger = await add_charger(api, home.entry_id, "100001")
        protection = charger.entities["offline_protection"]
        await api.wait_for(protection, "protected")
        await api.call_service(
            "wallbox_ocpp.restore_configuration",
            response=True,
            device_id=charger.device_id,
        )
        await api.wait_for(protection, "off")
        await api.wait_for(charger.entities["halo"], "locked")
        box.plug(Car())
        await api.wait_for(charger.entities["status"], "preparing")
        assert box.charger.current_drawn == 0

        away = box.charger.now
        await home.process.stop()
        await box.sleep(OUTAGE)

        assert box.charger.drew_current_since(away) == 16


@pytest.mark.real_time
async def test_a_paused_car_and_a_planned_one_when_home_assistant_is_killed_for_a_night(
    home: Home,
) -> None:
    """The one stays paused, and the other one gets what its plan says: no more, and no less."""
    follows = with_quirks(QUICK, "schedule-followed")
    async with (
        home.wallbox("100001") as waiting,
        home.wallbox("100002", REAL_TIME, follows) as box,
    ):
        async with home.open() as api:
            # One that is valid the next morning, too.
            token = await api.command(
                "auth/long_lived_access_token", client_name="night", lifespan=1
            )
            paused = await add_charger(api, home.entry_id, "100001")
            planned = await add_charger(api, home.entry_id, "100002")
            await pause_a_session(api, paused, waiting)
            session, away = waiting.charger.transaction, waiting.charger.now
            await charge(api, planned, box)
            night = box.charger.transaction
            began = datetime.now(UTC)
            await api.call_service(
                "wallbox_ocpp.set_plan",
                device_id=planned.device_id,
                slots=[
                    slot(began - HOUR, began + 2 * HOUR, 10),
                    slot(began + 5 * HOUR, began + 7 * HOUR, 8),
                ],
            )
            await box.wait_until(lambda: box.charger.current_drawn == 10)
            before = box.charger.energy_wh
            await home.process.kill()
        await box.wait_until(lambda: not box.connected)
        await waiting.sleep(OUTAGE)
        # Two hours with 10 A, a pause, and one of two hours with 8 A.
        box.leap(6 * HOUR.total_seconds())
        assert box.charger.current_drawn == 8
        amp_hour = 230 * box.charger.personality.phases
        got = box.charger.energy_wh - before
        assert got == pytest.approx((2 * 10 + 8) * amp_hour, rel=0.02)

        home.process.later = 6 * HOUR
        await home.process.start()
        async with replace(home, token=token).open() as api:
            await api.wait_for(paused.entities["status"], "suspended_evse")
            assert waiting.charger.drew_current_since(away) == 0
            assert api.states[paused.entities["charging"]]["state"] == "off"
            await api.call_service(
                "switch.turn_on", entity_id=paused.entities["charging"]
            )
            await waiting.wait_until(lambda: waiting.charger.current_drawn == 16)
            assert waiting.charger.transaction is session
            started = await sessions_told(api, paused.entities["session"], "started")
            assert len(started) == 1

            # Home Assistant saves its devices after some minutes only.
            planned = await find_charger(api, "100002")
            await api.wait_for(planned.entities["why_not_charging"], "charging")
            plan = await api.call_service(
                "wallbox_ocpp.get_plan", response=True, device_id=planned.device_id
            )
            assert (plan["state"], plan["mode"]) == ("charging", "planned")
            assert [one["limit"] for one in plan["slots"]][-1] == 8
            assert box.charger.current_drawn == 8
            assert box.charger.transaction is night
            box.unplug()
            event = planned.entities["session"]
            await api.wait_for(event, has_told_of_the_end)
            told = await everything_told(api, event)
            assert [one["event_type"] for one in told] == ["started", "ended"]
            assert told[-1]["energy"] == pytest.approx(
                energy_of_last_session(box), abs=ONE_WH
            )


@pytest.mark.real_time
async def test_home_assistant_stops_at_once_and_takes_up_where_it_left(
    home: Home,
) -> None:
    """Two cars meanwhile: one stays, paused; the other leaves, and is told of afterwards."""
    async with (
        home.wallbox("100001", speed=60) as staying,
        # Whether a message is old is measured by Home Assistant's clock.
        home.wallbox("100002", speed=1) as leaving,
    ):
        async with home.open() as api:
            paused = await add_charger(api, home.entry_id, "100001")
            charging = await add_charger(api, home.entry_id, "100002")
            await add_automation(api, charging)
            await pause_a_session(api, paused, staying)
            await charge(api, charging, leaving)
            session = staying.charger.transaction
            away = staying.charger.now
            assert await home.process.stop() < STOPS_WITHIN

        await leaving.wait_until(lambda: leaving.charger.offline)
        leaving.unplug()

        home.process.later = LATER
        await home.process.start()
        async with home.open() as api:
            event = charging.entities["session"]
            await api.wait_for(event, has_told_of_the_end)
            ended = await sessions_told(api, event, "ended")
            assert [(told["energy"], told["delayed"]) for told in ended] == [
                (energy_of_last_session(leaving), True)
            ]
            assert len(await automation_runs(api, AUTOMATION_ENTITY)) == 1

            await api.wait_for(paused.entities["status"], "suspended_evse")
            assert staying.charger.drew_current_since(away) == 0
            assert staying.charger.transaction is session


def knows(box: VirtualWallbox, transaction_id: int) -> bool:
    """Return whether a charger has been given the number of its transaction."""
    transaction = box.charger.transaction
    return transaction is not None and transaction.id == transaction_id


async def charge(api: HomeAssistantApi, charger: Charger, box: VirtualWallbox) -> None:
    """Have the offline fix applied and a car charge."""
    await api.wait_for(charger.entities["offline_protection"], "protected")
    box.plug(Car())
    await api.wait_for(charger.entities["status"], "charging")
    assert box.charger.current_drawn == 16


async def pause_a_session(
    api: HomeAssistantApi, charger: Charger, box: VirtualWallbox
) -> None:
    """Have the offline fix applied, a car charge, and its owner pause it."""
    await charge(api, charger, box)
    await api.call_service("switch.turn_off", entity_id=charger.entities["charging"])
    await api.wait_for(charger.entities["status"], "suspended_evse")
    assert box.charger.current_drawn == 0


def slot(start: datetime, end: datetime, limit: int) -> dict[str, Any]:
    """Return a time of a plan."""
    return {"start": start.isoformat(), "end": end.isoformat(), "limit": limit}


def has_told_of_the_end(state: dict[str, Any]) -> bool:
    """Return whether the newest of a session event entity is an end."""
    return bool(state["attributes"].get("event_type") == "ended")
