"""Adds energy of offline periods to the statistics of the hours in which it flowed.

The recorder adds all energy since the last reading to the hour of the next one. A meter that is
never reset has the same offset between ``state`` and ``sum`` in all its rows, so earlier hours can
be rewritten, and the recorder goes on from its newest 5-minute row, which stays as it is
(Home Assistant's components/sensor/recorder.py, ``compile_statistics``).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from homeassistant.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
    Platform,
    UnitOfEnergy,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ..const import DOMAIN
from ..coordinator import ChargerCoordinator
from ..wallbox.model.clock import REPLAY
from ..wallbox.model.meter_history import at_full_hours

ENERGY: Final = "energy"
"""The key of the sensor of the lifetime register."""
RECORDER: Final = "recorder"

SAME: Final = 1.0
"""Wh by which two equal offsets may differ; rounding errors of sums are far smaller."""

_HOUR: Final = timedelta(hours=1)


class Backfill:
    """Writes the history of one charger's register into the statistics, once its queue is empty."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Create it, with nothing to do."""
        self._coordinator = coordinator
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_reconsider(self) -> None:
        """Check whether there is something to write, now or after a restart."""
        history = self._coordinator.data.metering.history
        if history is None or not history.ended or self._cancel:
            return

        @callback
        def due(_: datetime) -> None:
            self._cancel = None
            self._coordinator.async_run(self._async_write())

        self._cancel = async_call_later(self._coordinator.hass, REPLAY, due)

    @callback
    def async_shutdown(self) -> None:
        """Stop; what is left is written after the next start."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    async def _async_write(self) -> None:
        coordinator = self._coordinator
        history = coordinator.data.metering.history
        entity_id = er.async_get(coordinator.hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{coordinator.identity}_{ENERGY}"
        )
        # The charger may have disconnected again.
        if history is None or not history.ended or entity_id is None:
            return
        await async_backfill(coordinator.hass, entity_id, at_full_hours(history))
        state = coordinator.data
        if state.metering.history is history:
            metering = replace(state.metering, history=None)
            coordinator.async_set(replace(state, metering=metering))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Past:
    """The statistics of a sensor so far, in their unit."""

    metadata: StatisticMetaData
    offset: float
    """``sum`` minus ``state``."""
    newest: datetime
    """The start of the newest hour that has a row."""


async def async_backfill(
    hass: HomeAssistant, entity_id: str, hours: Sequence[tuple[datetime, float]]
) -> None:
    """Write a meter's full hours into its sensor's long-term statistics.

    Return when they are on disk, which may have to wait for the recorder after a start; it can be
    cancelled, and repeated with the same or better hours. Nothing is written if there is no
    recorder, if the sensor had no statistics before the first hour, or if its sum was reset or
    corrected by hand since.

    Args:
        entity_id: The sensor of a meter that is never reset.
        hours: The start of each hour, and the register in Wh at its end; ascending, without gaps.
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
            # The recorder inserts the row of an hour without checking for one: if ours came first,
            # it would lose that hour of every sensor. After a later row that cannot happen.
            if past.newest >= hours[-1][0]:
                break
            await compiled.wait()
            compiled.clear()
            # The event is fired before the commit.
            await _async_synchronize(hass)
    finally:
        unsubscribe()
    if past:
        async_import_statistics(hass, past.metadata, _rows(past, hours))
        await _async_synchronize(hass)


async def _async_synchronize(hass: HomeAssistant) -> None:
    """Wait until the recorder has finished all tasks, also the one in progress.

    Its own ``async_block_till_done`` does not wait for a task that is no longer in the queue.
    """
    done = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(done))
    await done


def _read(hass: HomeAssistant, entity_id: str, first: datetime) -> _Past | None:
    """Read the statistics of a sensor; None if they cannot be continued."""
    if (known := get_metadata(hass, statistic_ids={entity_id}).get(entity_id)) is None:
        return None
    _, metadata = known
    if (unit := metadata["unit_of_measurement"]) not in EnergyConverter.VALID_UNITS:
        return None
    # At most one row for each full hour since, and one from before.
    number = (dt_util.utcnow() - first) // _HOUR + 1
    hours = get_last_statistics(hass, number, entity_id, False, {"state", "sum"})
    latest = get_last_short_term_statistics(hass, 1, entity_id, False, {"state", "sum"})
    rows = hours.get(entity_id, [])
    offset = _offset(row for row in rows if row["start"] < first.timestamp())
    continued = _offset(latest.get(entity_id, []))
    same = EnergyConverter.convert(SAME, UnitOfEnergy.WATT_HOUR, unit)
    if offset is None or continued is None or abs(continued - offset) > same:
        return None
    newest = dt_util.utc_from_timestamp(rows[0]["start"])
    return _Past(metadata=metadata, offset=offset, newest=newest)


def _offset(rows: Iterable[StatisticsRow]) -> float | None:
    """Return ``sum`` minus ``state`` in the first of these rows."""
    newest = next(iter(rows), StatisticsRow(start=0, end=0))
    state, total = newest.get("state"), newest.get("sum")
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
