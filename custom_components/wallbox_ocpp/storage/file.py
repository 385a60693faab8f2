"""A file of a charger in Home Assistant's storage, which no fault in it may stop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, override

from mashumaro.dialect import Dialect
from mashumaro.types import SerializationStrategy

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError, write_utf8_file_atomic
from homeassistant.util.json import SerializationError

from ..const import DOMAIN, URL_TROUBLESHOOTING

SET_ASIDE: Final = "set_aside"
"""The kind of the repairs that tell of a file that could not be read."""

_FOREIGN: Final = (
    UnsupportedStorageVersionError,
    NotImplementedError,
    LookupError,
    TypeError,
)
"""What Home Assistant raises for a file of another version, or that is no storage file."""


class NotOnDiskError(Exception):
    """It could not be written, or not be read."""


class ChargerFile(Store[Any]):
    """A file that says so when it cannot be written, and is kept when it cannot be read."""

    failed = False
    removed = False

    def __init__(
        self,
        hass: HomeAssistant,
        subentry_id: str,
        *parts: str,
        repair: str,
        version: int = 1,
        migrate: Callable[[Any], Any] | None = None,
        serialize_in_event_loop: bool = True,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            hass: Home Assistant.
            subentry_id: Whose file it is.
            parts: Which of the charger's files.
            repair: The translation key of the repair that says it could not be read.
            version: Of what is written now.
            migrate: Makes of data of version 1 what would be written now.
            serialize_in_event_loop: Whether what is written must not be read in a thread.
        """
        super().__init__(
            hass,
            version,
            ".".join((DOMAIN, subentry_id, *parts)),
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=serialize_in_event_loop,
        )
        self._subentry_id = subentry_id
        self._repair = repair
        self._migrate = migrate

    async def async_read[T](self, parse: Callable[[Any], tuple[T, Any]]) -> T:
        """Return what can be read of the file. If that is not all, the file is set aside.

        Args:
            parse: Makes the best of any JSON value; it also returns the part that it has used.

        Raises:
            NotOnDiskError: The disk does not give it.
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
            NotOnDiskError: It could not be written, or not yet.
        """
        await self.async_save(data)
        if self.failed or self.hass.state is CoreState.stopping:
            raise NotOnDiskError

    async def async_set_aside(self) -> None:
        """Keep the file as it is under another name, and tell the owner."""
        kept = await self.hass.async_add_executor_job(_keep, Path(self.path))
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            f"{SET_ASIDE}_{self.key}",
            data={"key": SET_ASIDE},
            is_fixable=True,
            is_persistent=True,
            learn_more_url=URL_TROUBLESHOOTING,
            severity=ir.IssueSeverity.WARNING,
            translation_key=self._repair,
            translation_placeholders={
                "charger": self._charger,
                "file": str(kept),
                "name": self.key,
            },
        )

    async def async_forget(self) -> None:
        """Delete it, and all whose names begin with its own, whatever is on its way to the disk."""
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
        # Home Assistant takes data of another minor version as they are.
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

    @property
    def _charger(self) -> str:
        entries = self.hass.config_entries.async_entries(DOMAIN)
        known = (entry.subentries.get(self._subentry_id) for entry in entries)
        return next((subentry.title for subentry in known if subentry), "?")


class _Exactly(SerializationStrategy):
    """A value that was written as one of some types; mashumaro would convert any other."""

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
    """Reads only what may have been written."""

    serialization_strategy = {
        bool: _Exactly(bool),
        float: _Exactly(float, int),
        int: _Exactly(int, float),
        str: _Exactly(str),
    }


def readable[T](decode: Callable[[Any], T], data: Any) -> T | None:
    """Return what stored data mean; None if they are not what was written."""
    try:
        return decode(data)
    except LookupError, TypeError, ValueError:
        return None


def _keep(path: Path) -> Path:
    """Copy a file, or rename it if it cannot be copied; return where it is then."""
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
