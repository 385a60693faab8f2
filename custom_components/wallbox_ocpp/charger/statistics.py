"""Books energy that is learned of late in the hour in which it flowed, for the Energy dashboard.

The recorder books all that a meter gained unread in the hour of the next reading. A meter that is
never reset has the same offset between ``state`` and ``sum`` in all its rows, so the hours before
can be written anew, and the recorder goes on from its newest 5-minute row, which stays as it is
(Home Assistant's components/sensor/recorder.py, ``compile_statistics``).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_import_statistics,
    get_last_short_term_statistics,
    get_last_statistics,
    get_metadata,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import EVENT_RECORDER_5MIN_STATISTICS_GENERATED, UnitOfEnergy
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

RECORDER: Final = "recorder"

SAME: Final = 1.0
"""Wh by which two offsets may differ and still be the same; sums of floats drift by far less."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Past:
    """What the recorder has of a sensor, in the unit of its statistics."""

    metadata: StatisticMetaData
    offset: float
    """What ``sum`` has over ``state``."""
    newest: datetime
    """When the newest hour began that has a row."""


async def async_backfill(
    hass: HomeAssistant, entity_id: str, hours: Sequence[tuple[datetime, float]]
) -> None:
    """Write a meter's full hours into its sensor's long-term statistics.

    Returns when they are on disk, which can take until the recorder has caught up after a start;
    it can be cancelled, and repeated with the same or better hours. Nothing is written if there is
    no recorder, if the sensor had no statistics before the first hour, or if its sum has been
    started anew or corrected by hand since.

    Args:
        hass: Home Assistant.
        entity_id: The sensor of a meter that is never reset.
        hours: When each hour began, and the meter in Wh when it was over; ascending, no hole.
    """
    if not hours or RECORDER not in hass.config.components:
        return
    compiled = asyncio.Event()

    @callback
    def on_compiled(_: Event[Any]) -> None:
        compiled.set()

    unsubscribe = hass.bus.async_listen(
        EVENT_RECORDER_5MIN_STATISTICS_GENERATED, on_compiled
    )
    try:
        while past := await get_instance(hass).async_add_executor_job(
            _read, hass, entity_id, hours[0][0]
        ):
            # The recorder adds the row of an hour without a look: had we been first, it would
            # lose that hour of every sensor. With a later row it is past that.
            if past.newest >= hours[-1][0]:
                break
            await compiled.wait()
            compiled.clear()
            # The event comes before the commit.
            await _async_synchronize(hass)
    finally:
        unsubscribe()
    if past:
        async_import_statistics(hass, past.metadata, _rows(past, hours))
        await _async_synchronize(hass)


async def _async_synchronize(hass: HomeAssistant) -> None:
    """Wait until the recorder has done all that it has to do by now."""
    done = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(done))
    await done


def _read(hass: HomeAssistant, entity_id: str, first: datetime) -> _Past | None:
    """Read the past of a sensor; None if there is nothing to go on from."""
    known = get_metadata(hass, statistic_ids={entity_id}).get(entity_id)
    if known is None:
        return None
    metadata = known[1]
    unit = metadata["unit_of_measurement"]
    if unit not in EnergyConverter.VALID_UNITS:
        return None
    # At most one for each full hour since, and one from before.
    number = (dt_util.utcnow() - first) // _HOUR + 1
    rows = get_last_statistics(hass, number, entity_id, False, {"state", "sum"}).get(
        entity_id, []
    )
    before = [row for row in rows if row["start"] < first.timestamp()]
    latest = get_last_short_term_statistics(
        hass, 1, entity_id, False, {"state", "sum"}
    ).get(entity_id, [])
    offset, continued = _offset(before), _offset(latest)
    if offset is None or continued is None:
        return None
    if abs(continued - offset) > EnergyConverter.convert(
        SAME, UnitOfEnergy.WATT_HOUR, unit
    ):
        return None
    return _Past(
        metadata=metadata,
        offset=offset,
        newest=dt_util.utc_from_timestamp(rows[0]["start"]),
    )


def _offset(rows: Sequence[StatisticsRow]) -> float | None:
    """Return what ``sum`` has over ``state`` in the newest of these rows."""
    if not rows:
        return None
    state, total = rows[0].get("state"), rows[0].get("sum")
    return None if state is None or total is None else total - state


def _rows(past: _Past, hours: Sequence[tuple[datetime, float]]) -> list[StatisticData]:
    in_their_unit = EnergyConverter.converter_factory(
        UnitOfEnergy.WATT_HOUR, past.metadata["unit_of_measurement"]
    )
    states = [(hour, in_their_unit(register)) for hour, register in hours]
    return [
        StatisticData(start=hour, state=state, sum=state + past.offset)
        for hour, state in states
    ]
