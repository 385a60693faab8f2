"""A storage file of a charger that stays usable if it is damaged."""

from collections.abc import Callable
from pathlib import Path
import re
from typing import Any, Final, override

from mashumaro.dialect import Dialect
from mashumaro.types import SerializationStrategy

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError, write_utf8_file_atomic
from homeassistant.util.json import SerializationError

from ..const import DOMAIN, URL_TROUBLESHOOTING
from .display_name import display_name

SET_ASIDE: Final = "set_aside"
"""The kind of repair for a file that could not be read."""

_FOREIGN: Final = (
    UnsupportedStorageVersionError,
    NotImplementedError,
    LookupError,
    TypeError,
)
"""The errors of Home Assistant for a file of another version, or for no storage file."""

SESSIONS: Final = "sessions"
"""The part of a file's name that says that it has sessions."""

_ULID: Final = re.compile(r"([0-9A-Z]{26})(?:\.|$)")


class NotOnDiskError(Exception):
    """A file could not be written or read."""


class ChargerFile(Store[Any]):
    """A storage file that raises if it cannot be written, and is backed up if it is unreadable."""

    failed = False
    removed = False

    def __init__(
        self,
        hass: HomeAssistant,
        subentry_id: str,
        *parts: str,
        version: int = 1,
        migrate: Callable[[Any], Any] | None = None,
        serialize_in_event_loop: bool = True,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            parts: Parts of the file's name after that.
            version: The version of the data that are written.
            migrate: Converts data of version 1.
        """
        super().__init__(
            hass,
            version,
            ".".join((DOMAIN, subentry_id, *parts)),
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=serialize_in_event_loop,
        )
        self._migrate = migrate

    async def async_read[T](self, parse: Callable[[Any], tuple[T, Any]]) -> T:
        """Return what is readable of the file. If that is not all, the file is backed up.

        Args:
            parse: Reads any JSON value as far as possible; also returns the part that it has read.

        Raises:
            NotOnDiskError: It could not be read from the disk.
        """
        try:
            stored = await self.async_load()
        except _FOREIGN:
            value, part = parse({})
        except (HomeAssistantError, OSError) as error:
            raise NotOnDiskError from error
        else:
            if stored is None:
                return parse({})[0]
            value, part = await self.hass.async_add_executor_job(parse, stored)
            if part == stored:
                return value
        await self.async_set_aside()
        await self.async_save(part)
        return value

    async def async_write(self, data: Any) -> None:
        """Write now, and return when it is on disk.

        Raises:
            NotOnDiskError: It could not be written.
        """
        await self.async_save(data)
        if self.failed or self.hass.state is CoreState.stopping:
            raise NotOnDiskError

    async def async_set_aside(self) -> None:
        """Copy the file to another name, and create a repair."""
        kept = await self.hass.async_add_executor_job(_keep, Path(self.path))
        _async_report(self.hass, self.key, kept)

    async def async_forget(self) -> None:
        """Delete it, and all files whose names begin with its own, after writes in progress."""
        self.removed = True
        await self.async_remove()
        await self.hass.async_add_executor_job(_delete_all, Path(self.path))
        for domain, issue_id in list(ir.async_get(self.hass).issues):
            if domain == DOMAIN and issue_id.startswith(f"{SET_ASIDE}_{self.key}"):
                ir.async_delete_issue(self.hass, domain, issue_id)

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: Any
    ) -> Any:
        # Data of another minor version are read as they are.
        if self._migrate is None or old_major_version != 1:
            raise NotImplementedError
        return self._migrate(old_data)

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


async def async_stored(hass: HomeAssistant, kind: str | None = None) -> set[str]:
    """Return the ids in the names of stored files: those of subentries, also deleted ones, or of a kind."""
    prefix = f"{DOMAIN}.{kind}." if kind else f"{DOMAIN}."
    return await hass.async_add_executor_job(
        _stored, Path(hass.config.path(STORAGE_DIR)), prefix
    )


async def async_report_set_aside(hass: HomeAssistant) -> None:
    """Create the repairs of files that were set aside again, unless they were confirmed.

    After a restart, Home Assistant knows that there was an issue, but not what it said.
    """
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain != DOMAIN or not issue_id.startswith(f"{SET_ASIDE}_"):
            continue
        key = issue_id.removeprefix(f"{SET_ASIDE}_")
        path = Path(hass.config.path(STORAGE_DIR, key))
        if kept := await hass.async_add_executor_job(_latest_kept, path):
            _async_report(hass, key, kept)
        else:
            ir.async_delete_issue(hass, domain, issue_id)


@callback
def _async_report(hass: HomeAssistant, key: str, kept: Path) -> None:
    """Create the repair of a file that was set aside.

    It is not persistent: the texts of such issues are in each diagnostics file.
    """
    about_sessions = f".{SESSIONS}" in key
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{SET_ASIDE}_{key}",
        data={"key": SET_ASIDE},
        is_fixable=True,
        learn_more_url=URL_TROUBLESHOOTING,
        severity=ir.IssueSeverity.WARNING,
        translation_key=f"{SESSIONS if about_sessions else 'state'}_{SET_ASIDE}",
        translation_placeholders={
            "charger": _title(hass, key),
            "file": str(kept),
            "name": key,
        },
    )


def _title(hass: HomeAssistant, key: str) -> str:
    """Return the name of the charger that a file is of."""
    subentry_id = key.split(".")[1]
    entries = hass.config_entries.async_entries(DOMAIN)
    names = (
        display_name(hass, entry, subentry)
        for entry in entries
        if (subentry := entry.subentries.get(subentry_id))
    )
    return next(names, "?")


class _Exactly(SerializationStrategy):
    """Accepts only some types; mashumaro would convert others."""

    def __init__(self, *types: type) -> None:
        self._types = types

    @override
    def serialize(self, value: Any) -> Any:
        return value

    @override
    def deserialize(self, value: Any) -> Any:
        if type(value) not in self._types:
            raise TypeError
        return self._types[0](value)


class Exact(Dialect):
    """A dialect of mashumaro that does not convert types."""

    serialization_strategy = {
        bool: _Exactly(bool),
        float: _Exactly(float, int),
        int: _Exactly(int, float),
        str: _Exactly(str),
    }


def readable[T](decode: Callable[[Any], T], data: Any) -> T | None:
    """Decode stored data; None if they are invalid."""
    try:
        return decode(data)
    except LookupError, TypeError, ValueError:
        return None


def _keep(path: Path) -> Path:
    """Copy a file, or rename it if it cannot be copied; return the new path."""
    kept = path.with_name(f"{path.name}.{SET_ASIDE}.{dt_util.utcnow().isoformat()}")
    try:
        write_utf8_file_atomic(str(kept), path.read_bytes(), private=True, mode="wb")
    except OSError, WriteError:
        try:
            path.replace(kept)
        except OSError:
            return path
    return kept


def _delete_all(path: Path) -> None:
    for other in path.parent.glob(f"{path.name}.*"):
        other.unlink(missing_ok=True)


def _latest_kept(path: Path) -> Path | None:
    """Return the latest copy of a file that was set aside."""
    return max(path.parent.glob(f"{path.name}.{SET_ASIDE}.*"), default=None)


def _stored(folder: Path, prefix: str) -> set[str]:
    names = (file.name.removeprefix(prefix) for file in folder.glob(f"{prefix}*"))
    return {found[1] for name in names if (found := _ULID.match(name))}
