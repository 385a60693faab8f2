"""The archive of one charger's sessions on disk: all that were moved out of the ledger."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mashumaro.codecs.basic import BasicDecoder

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.json import json_loads_array

from ..wallbox.model.charging_session import ChargingSession
from .file import SESSIONS, ChargerFile, Exact, readable

_NOT_HISTORY: Final = frozenset(
    {
        "stamp",
        "told_start",
        "read",
        "refused",
        "shown_end",
        "steady_power",
        "start_announced",
        "end_announced",
    }
)
"""Fields of a session that are not needed in the archive."""


class SessionArchive:
    """The archived sessions, in one file for each year (in UTC) in which they ended.

    Nothing is kept in memory: a file is read when its year is needed.
    """

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._hass = hass
        self._subentry_id = subentry_id
        self._lock = asyncio.Lock()
        self._migrated = False
        self._removed = False

    async def async_add(self, sessions: Iterable[ChargingSession]) -> None:
        """Add ended sessions, and return when they are on disk.

        A session that is in the archive is not added again, so an interrupted call can be repeated.

        Raises:
            NotOnDiskError: They could not be written.
        """
        async with self._lock:
            await self._async_migrate()
            await self._async_add(sessions)

    async def async_between(
        self, recent: Iterable[ChargingSession], start: datetime, end: datetime
    ) -> list[ChargingSession]:
        """Return the ended sessions that overlap a time, oldest first.

        Those in the ledger are `recent`; some of them may be in the archive, too.

        Raises:
            NotOnDiskError: The archive could not be read.
        """
        async with self._lock:
            await self._async_migrate()
            years = await self._hass.async_add_executor_job(self._years)
            known = [
                session
                for year in _needed(years, start, end)
                for session in await self._file(year).async_read(_parse)
            ]
        known.extend(session for session in recent if session.ended)
        # Years of sessions would block the event loop.
        return await self._hass.async_add_executor_job(_overlapping, known, start, end)

    async def async_years(self) -> list[int]:
        """Return the years (in UTC) in which retired sessions ended, in order.

        Raises:
            NotOnDiskError: The archive could not be read.
        """
        async with self._lock:
            await self._async_migrate()
            return await self._hass.async_add_executor_job(self._years)

    async def async_remove(self) -> None:
        """Delete all files, after writes in progress."""
        async with self._lock:
            self._removed = True
            await self._file().async_forget()

    async def _async_add(self, sessions: Iterable[ChargingSession]) -> None:
        if self._removed:
            return
        years: dict[int, list[ChargingSession]] = {}
        for session in sessions:
            if session.ended:
                year = dt_util.as_utc(session.ended).year
                years.setdefault(year, []).append(session)
        for year, ended in years.items():
            file = self._file(year)
            known = await file.async_read(_parse)
            keys = {session.key for session in known}
            if new := [session for session in ended if session.key not in keys]:
                rows = await self._hass.async_add_executor_job(_rows, [*known, *new])
                await file.async_write({SESSIONS: rows})

    async def _async_migrate(self) -> None:
        """Migrate the single file in which version 0.1.0 kept all sessions."""
        if self._migrated:
            return
        file = self._file()
        await self._async_add(await file.async_read(_parse_0_1_0))
        # If it cannot be deleted, it is migrated again, which adds no session twice.
        with suppress(OSError):
            await file.async_remove()
        self._migrated = True

    def _file(self, year: int | None = None) -> ChargerFile:
        parts = (SESSIONS,) if year is None else (SESSIONS, f"{year:04}")
        return ChargerFile(
            self._hass,
            self._subentry_id,
            *parts,
            serialize_in_event_loop=False,
        )

    def _years(self) -> list[int]:
        """Return the years for which there are files, in order."""
        path = Path(self._file().path)
        files = path.parent.glob(f"{path.name}.[0-9][0-9][0-9][0-9]")
        return sorted(int(file.suffix[1:]) for file in files)


def _needed(years: list[int], start: datetime, end: datetime) -> list[int]:
    """Return the years in which a session that overlaps a time may have ended.

    It may end after that time, or, if the clock was corrected during it, before it began: so the
    next and the previous file are included.
    """
    first = bisect_left(years, dt_util.as_utc(start).year)
    last = bisect_right(years, dt_util.as_utc(end).year)
    return years[max(first - 1, 0) : last + 1]


def _overlapping(
    sessions: list[ChargingSession], start: datetime, end: datetime
) -> list[ChargingSession]:
    """Return each session that overlaps a time, oldest first; of duplicates the later one."""
    overlapping = (
        session
        for session in {item.key: item for item in sessions}.values()
        if max(_times(session)) >= start and min(_times(session)) < end
    )
    return sorted(overlapping, key=lambda session: min(_times(session)))


def _times(session: ChargingSession) -> list[datetime]:
    """Return start and end; the end may be earlier if the clock was corrected meanwhile."""
    return [moment for moment in (session.started, session.ended) if moment]


# The format on disk.

_DECODER: Final = BasicDecoder(ChargingSession, default_dialect=Exact)


def _rows(sessions: Iterable[ChargingSession]) -> list[dict[str, Any]]:
    return [
        {
            name: value
            for name, value in session.to_dict().items()
            if name not in _NOT_HISTORY
        }
        for session in sessions
    ]


def _parse(data: Any) -> tuple[list[ChargingSession], Any]:
    """Return the sessions of a year, and the part of the data that was readable."""
    return _sessions(data, SESSIONS, _session)


def _parse_0_1_0(data: Any) -> tuple[list[ChargingSession], Any]:
    """Return all sessions, and the part of the data that was readable.

    A row was a text, with a value for each column.
    """

    def row(text: str) -> dict[str, Any]:
        return dict(zip(data["columns"], json_loads_array(text), strict=True))

    return _sessions(data, "rows", lambda text: _session(readable(row, text)))


def _sessions(
    data: Any, name: str, read: Callable[[Any], ChargingSession | None]
) -> tuple[list[ChargingSession], Any]:
    stored = data if isinstance(data, dict) else {}
    rows = stored.get(name)
    sessions = [
        (session, row)
        for row in (rows if isinstance(rows, list) else [])
        if (session := read(row))
    ]
    return (
        [session for session, _ in sessions],
        stored | {name: [row for _, row in sessions]},
    )


def _session(row: Any) -> ChargingSession | None:
    session = readable(_DECODER.decode, row)
    return session if session and session.ended else None
