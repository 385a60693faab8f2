"""What must outlive a restart: sessions, the original configuration, the owner's wish."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Self, override

from mashumaro import DataClassDictMixin
from mashumaro.exceptions import InvalidFieldValue, MissingField

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
from homeassistant.util.json import SerializationError, json_loads_array

from ..const import DOMAIN
from ..wallbox.model.access import Access
from ..wallbox.model.charging import Charging
from ..wallbox.model.charging_session import ChargingSession
from ..wallbox.model.held_profiles import HeldProfiles
from ..wallbox.model.identity import Identity
from ..wallbox.model.link import Link
from ..wallbox.model.metering import Metering
from ..wallbox.model.sessions import KEPT, Ledger
from ..wallbox.model.settings import Settings
from ..wallbox.state import ChargerState

STORAGE_VERSION: Final = 2
ARCHIVE_VERSION: Final = 1
SAVE_DELAY: Final = 60
"""Seconds until what is not urgent reaches the disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredState(DataClassDictMixin):
    """What is remembered of one charger: slices of its state, without what is learned anew."""

    identity: Identity = field(default_factory=Identity)
    link: Link = field(default_factory=Link)
    settings: Settings = field(default_factory=Settings)
    charging: Charging = field(default_factory=Charging)
    access: Access = field(default_factory=Access)
    metering: Metering = field(default_factory=Metering)
    ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    def of(cls, state: ChargerState) -> Self:
        """Remember what outlives a restart."""
        lock = replace(state.access.lock, confirmed=state.lock_in_effect)
        return cls(
            identity=state.identity,
            link=state.link,
            settings=state.settings,
            charging=state.charging,
            access=replace(state.access, lock=lock),
            metering=state.metering,
            ledger=state.ledger,
        )

    def state(self) -> ChargerState:
        """Recall it."""
        held = HeldProfiles(dialect=self.charging.dialect)
        return ChargerState(
            identity=self.identity,
            link=self.link,
            settings=self.settings,
            charging=replace(self.charging, held=held),
            access=self.access,
            metering=self.metering,
            ledger=self.ledger,
        )


_SINCE_0_1_0: Final = {
    "identification": ("identity", None),
    "ledger": ("ledger", None),
    "originals": ("settings", "originals"),
    "fix_enabled": ("settings", "fix_enabled"),
    "last_abilities": ("settings", "capabilities"),
    "wish": ("charging", "wish"),
    "style": ("charging", "dialect"),
    "lock": ("access", "lock"),
    "local_list": ("access", "local_list"),
    "register": ("metering", "register"),
    "clock": ("metering", "clock"),
    "tariff": ("metering", "tariff"),
    "gap": ("metering", "offline_period"),
    "timeline": ("metering", "history"),
    "unattended": ("metering", "unattended"),
    "unattended_energy": ("metering", "unattended_energy"),
}
"""Where the fields of the first version stand now: the slice, and the field in it; None if the
field has become a slice."""


def _in_slices(fields_of_0_1_0: dict[str, Any]) -> dict[str, Any]:
    """Return a file of version 0.1.0 as it would be written today."""
    slices: dict[str, Any] = {}
    for name, value in fields_of_0_1_0.items():
        if name not in _SINCE_0_1_0:
            continue
        slice_name, field_name = _SINCE_0_1_0[name]
        if field_name is None:
            slices[slice_name] = value
        else:
            slices.setdefault(slice_name, {})[field_name] = value
    return slices


LATEST: Final = 2 * KEPT
"""Rows among which one is looked for that an interruption may have left in the ledger too."""


class NotOnDiskError(Exception):
    """It could not be written, or not be read."""


class _Store(Store[dict[str, Any]]):
    """A store that says so when it cannot write, where Home Assistant's only logs it."""

    failed = False
    removed = False

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        if self.removed:
            return
        try:
            await super()._async_write_data(data)
        except SerializationError, WriteError:
            self.failed = True
            raise
        self.failed = False


class _StateStore(_Store):
    """The store of one charger's state, which also reads what version 0.1.0 wrote."""

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        # A later minor version only adds to what is known today.
        if old_major_version == STORAGE_VERSION:
            return old_data
        return _in_slices(old_data)


class ChargerStore:
    """The stored state of one charger on disk."""

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._store = _StateStore(
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.{subentry_id}",
            private=True,
            atomic_writes=True,
        )
        self._due = False

    async def async_load(self) -> StoredState:
        """Read it; that of a new charger is empty."""
        stored = await self._store.async_load()
        return StoredState() if stored is None else StoredState.from_dict(stored)

    async def async_save(self, stored: StoredState) -> None:
        """Write now, and return when it is on disk.

        Raises:
            NotOnDiskError: It could not be written.
        """
        self._due = False
        await self._store.async_save(stored.to_dict())
        if self._store.failed:
            raise NotOnDiskError

    def async_save_soon(self, recall: Callable[[], StoredState]) -> None:
        """Write what is remembered within `SAVE_DELAY`, or when Home Assistant stops."""
        # Every call to async_delay_save would postpone the write that is already due.
        if self._due:
            return
        self._due = True

        def data() -> dict[str, Any]:
            self._due = False
            return recall().to_dict()

        self._store.async_delay_save(data, SAVE_DELAY)

    async def async_remove(self) -> None:
        """Forget the charger, whatever is still on its way to the disk."""
        self._store.removed = True
        await self._store.async_remove()


class SessionArchive:
    """The history of one charger on disk: every session that has retired from the ledger.

    It is only read once somebody asks for it, or has something to add. A row has one value for
    each column, and is a text because Home Assistant gives each value a line: ten thousand
    sessions, seven years of four a day, stay small.
    """

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._hass = hass
        self._store = _Store(
            hass,
            ARCHIVE_VERSION,
            f"{DOMAIN}.{subentry_id}.sessions",
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )
        self._lock = asyncio.Lock()
        self._rows: list[list[Any]] | None = None
        self._texts: list[str] = []
        """The rows as they are on disk."""

    async def async_add(self, sessions: Iterable[ChargingSession]) -> None:
        """Add sessions, oldest first, and return when they are on disk.

        What has been added before stays once, so that an interruption can be made up for.

        Raises:
            NotOnDiskError: They could not be written.
        """
        async with self._lock:
            known = await self._async_rows()
            latest = {_key(row) for row in known[-LATEST:]}
            new = [row for item in sessions if _key(row := _row(item)) not in latest]
            texts = [*self._texts, *(json_dumps(row) for row in new)]
            await self._store.async_save({"columns": COLUMNS, "rows": texts})
            if self._store.failed:
                raise NotOnDiskError
            self._texts = texts
            known.extend(new)

    async def async_between(
        self, recent: Iterable[ChargingSession], start: datetime, end: datetime
    ) -> list[ChargingSession]:
        """Return the ended sessions that overlap a time, oldest first.

        Args:
            recent: The sessions that have not retired, or of which that is not sure.
            start: Where the time begins.
            end: Where it ends.

        Raises:
            NotOnDiskError: The archive could not be read.
        """
        first, last = start.timestamp(), end.timestamp()
        async with self._lock:
            rows = {_key(row): row for row in await self._async_rows()}
        rows |= {_key(row := _row(item)): row for item in recent if item.ended}
        overlapping = [
            row for row in rows.values() if _end(row) >= first and _begin(row) < last
        ]
        # Years of sessions take longer than Home Assistant wants to wait.
        return await self._hass.async_add_executor_job(_sessions, overlapping)

    async def async_remove(self) -> None:
        """Forget everything, whatever is still on its way to the disk."""
        self._store.removed = True
        await self._store.async_remove()

    async def _async_rows(self) -> list[list[Any]]:
        if self._rows is None:
            columns, texts = await self._async_load()
            self._rows = _read(columns, texts)
            current = columns == COLUMNS
            self._texts = texts if current else [json_dumps(row) for row in self._rows]
        return self._rows

    async def _async_load(self) -> tuple[list[str], list[str]]:
        try:
            stored = await self._store.async_load()
        except (HomeAssistantError, OSError) as error:
            raise NotOnDiskError from error
        match stored:
            case None:
                return COLUMNS, []
            case {"columns": list(columns), "rows": list(rows)}:
                return columns, rows
            case _:
                raise NotOnDiskError


_NOT_HISTORY: Final = frozenset(
    {"stamp", "read", "refused", "start_announced", "end_announced"}
)
COLUMNS: Final = [
    field.name for field in fields(ChargingSession) if field.name not in _NOT_HISTORY
]
_STARTED: Final = COLUMNS.index("started")
_ENDED: Final = COLUMNS.index("ended")


def _row(session: ChargingSession) -> list[Any]:
    values = session.to_dict()
    return [values[column] for column in COLUMNS]


def _session(columns: list[str], row: list[Any]) -> ChargingSession:
    return ChargingSession.from_dict(dict(zip(columns, row, strict=True)))


def _sessions(rows: list[list[Any]]) -> list[ChargingSession]:
    return [_session(COLUMNS, row) for row in sorted(rows, key=_begin)]


def _key(row: list[Any]) -> tuple[Any, ...]:
    """Return what tells a session from every other one."""
    return row[0], row[_STARTED], row[_ENDED]


def _begin(row: list[Any]) -> float:
    """Return when a session began; its end may be earlier if the clock was put right."""
    ended: float = row[_ENDED]
    return ended if row[_STARTED] is None else min(row[_STARTED], ended)


def _end(row: list[Any]) -> float:
    ended: float = row[_ENDED]
    return ended if row[_STARTED] is None else max(row[_STARTED], ended)


def _read(columns: list[str], texts: list[str]) -> list[list[Any]]:
    """Return the rows with today's columns, whichever they were written with.

    Raises:
        NotOnDiskError: They are not what was written.
    """
    try:
        rows: list[Any] = json_loads_array(f"[{','.join(texts)}]")
        if columns != COLUMNS:
            rows = [_row(_session(columns, row)) for row in rows]
    except (TypeError, ValueError, MissingField, InvalidFieldValue) as error:
        raise NotOnDiskError from error
    if not all(_is_row(row) for row in rows):
        raise NotOnDiskError
    return rows


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == len(COLUMNS)
        and isinstance(row[_ENDED], int | float)
    )
