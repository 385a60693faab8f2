"""The action that returns sessions: which of them, in which order, and what of them."""

from datetime import datetime, timedelta
from itertools import chain, pairwise
import threading
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.views.session_record import FIGURES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import HOUR, had, numbers_of, perform, sessions_of

MAY = "2026-05-01 00:00:00"
JUNE = "2026-06-01 00:00:00"
JULY = "2026-07-01 00:00:00"


def berlin(text: str) -> datetime:
    """Return a time in Berlin."""
    zone = dt_util.get_time_zone("Europe/Berlin")
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.fixture(autouse=True)
async def _in_berlin(hass: HomeAssistant) -> None:
    """Live two hours ahead of UTC in summer."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.currency = "EUR"


@pytest.fixture
async def charger(connect: Connect) -> ScriptedCharger:
    """Return a charger."""
    return await connect(boots=False)


@pytest.fixture
async def over_midnight(charger: ScriptedCharger) -> int:
    """Have a session that began in May and ended in June."""
    return await had(
        charger, berlin("2026-05-31 23:30"), ended=berlin("2026-06-01 00:30")
    )


@pytest.mark.usefixtures("over_midnight")
@pytest.mark.parametrize(
    ("time", "count"),
    [
        ({}, 1),
        ({"start": MAY, "end": JUNE}, 0),
        ({"start": JUNE, "end": JULY}, 1),
        ({"start": JUNE}, 1),
        ({"end": JUNE}, 0),
        ({"start": JULY}, 0),
        ({"start": "2026-06-01T00:00:00+00:00"}, 0),
        ({"start": "2026-05-31T22:00:00+00:00"}, 1),
        ({"start": berlin("2026-06-01 00:29:59")}, 1),
        ({"end": "2026-06-01 00:30:00"}, 0),
        ({"end": "2026-06-01 00:30:01"}, 1),
        ({"start": "2026-06-01 00:30:01"}, 0),
        ({"start": JUNE, "end": JUNE}, 0),
        ({"start": "2026-06-01"}, 1),
    ],
    ids=str,
)
async def test_a_session_belongs_to_the_time_it_ended_in(
    hass: HomeAssistant, device_id: str, time: dict[str, Any], count: int
) -> None:
    assert len(await sessions_of(hass, device_id, **time)) == count


async def test_every_session_is_in_one_month(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    day = berlin("2026-04-28 23:15")
    told = [
        await had(charger, day + timedelta(days=number), register=1000 * (number + 1))
        for number in range(40)
    ]
    months = ("2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01")
    found = [
        await numbers_of(hass, device_id, start=start, end=end)
        for start, end in pairwise(months)
    ]
    assert [len(numbers) for numbers in found] == [2, 31, 7]
    assert [*chain(*found)] == told


async def test_sessions_are_reported_from_the_oldest_on(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    later = await had(charger, berlin("2026-06-02 12:00"), register=9000)
    earlier = await had(charger, berlin("2026-06-01 12:00"))
    for number, clock in ((4712, "20:00"), (4711, "18:00")):
        ended = berlin(f"2026-06-01 {clock}")
        await charger.stop(number, timestamp=ended.isoformat())
    assert await numbers_of(hass, device_id) == [earlier, 4711, 4712, later]


async def test_a_session_that_lasts_is_not_told_yet(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    number = await charger.start()
    assert await numbers_of(hass, device_id) == []
    await charger.stop(number)
    later = dt_util.utcnow() + timedelta(seconds=1)
    assert await numbers_of(hass, device_id, end=later) == [number]


async def test_a_session_is_reported_with_all_that_is_known(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    await had(charger, berlin("2026-06-01 12:00"), idTag="HOMEASSISTANT", wh=7250)
    response = await perform(hass, "get_sessions", device_id)
    assert response.keys() == {"currency", "sessions"}
    assert response["currency"] == "EUR"
    assert response["sessions"] == [
        {
            "transaction_id": 1,
            "plugged_in": "2026-06-01T10:00:00+00:00",
            "started": "2026-06-01T10:00:00+00:00",
            "ended": "2026-06-01T11:00:00+00:00",
            "duration": 3600,
            "plugged_time": 3600,
            "charging_time": 3600,
            "energy": 7.25,
            "peak_power": None,
            "cost": None,
            "started_by": "home_assistant",
            "who": None,
            "reason": "ev_disconnected",
            "offline": True,
            "delayed": True,
            "unattended": 0,
            "charges": [
                {
                    "started": "2026-06-01T10:00:00+00:00",
                    "ended": "2026-06-01T11:00:00+00:00",
                    "energy": 7.25,
                }
            ],
        }
    ]


@pytest.mark.parametrize("shown", [False, True])
async def test_who_it_was_is_reported_only_if_the_owner_wants(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    charger: ScriptedCharger,
    *,
    shown: bool,
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: shown})
    await had(charger, berlin("2026-06-01 12:00"), idTag="04A1B2C3")
    (session,) = await sessions_of(hass, device_id)
    assert session.get("id_tag") == ("04A1B2C3" if shown else None)
    assert session.keys() - {"id_tag", "charges"} == FIGURES.keys()
    assert session["started_by"] == "card"


async def test_a_session_that_ended_before_it_began_is_in_the_time_it_began_in(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    """The clock of the charger was set right meanwhile."""
    number = await had(
        charger, berlin("2026-06-01 02:00"), ended=berlin("2026-05-31 23:00")
    )
    (session,) = await sessions_of(hass, device_id)
    assert (session["transaction_id"], session["duration"]) == (number, 0)
    assert await numbers_of(hass, device_id, start=MAY, end=JUNE) == []
    assert await numbers_of(hass, device_id, start=JUNE, end=JULY) == [number]


async def test_a_session_that_ended_at_midnight_is_in_the_month_that_begins(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    midnight = berlin("2026-06-01 00:00")
    number = await had(charger, midnight - HOUR, ended=midnight)
    assert await numbers_of(hass, device_id, start=MAY, end=JUNE) == []
    assert await numbers_of(hass, device_id, start=JUNE, end=JULY) == [number]


async def test_a_wrong_clock_leaves_out_no_session(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    """One does not know the time yet, a Wallbox was seen 50 minutes ahead (facts §3.5)."""
    ahead = dt_util.utcnow() + timedelta(minutes=50)
    dawn = dt_util.utc_from_timestamp(0)
    later = await had(charger, ahead, ended=ahead)
    earlier = await had(charger, dawn, ended=dawn, register=9000)
    assert await numbers_of(hass, device_id) == [earlier, later]


async def test_a_time_before_all_calendars_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    with pytest.raises(vol.Invalid, match="beyond all calendars"):
        await sessions_of(hass, device_id, start="0001-01-01 00:00:00")


async def test_a_time_that_ends_before_it_begins_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await sessions_of(hass, device_id, start=JULY, end=JUNE)
    assert error.value.translation_key == "end_before_start"


@pytest.mark.parametrize("action", ["get_sessions", "export_sessions"])
async def test_the_figures_are_worked_out_beside_the_event_loop(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    device_id: str,
    charger: ScriptedCharger,
    action: str,
) -> None:
    """Those of ten years would hold it up for longer than all else that waits there may."""
    await had(charger, berlin("2026-06-01 12:00"))
    await hass.async_block_till_done()
    threads: list[int] = []

    def duration(_: ChargingSession) -> timedelta:
        threads.append(threading.get_ident())
        return HOUR

    monkeypatch.setattr(ChargingSession, "duration", property(duration))
    await perform(hass, action, device_id)
    assert threads
    assert threading.get_ident() not in threads
