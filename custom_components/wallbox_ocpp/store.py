"""What must outlive a restart: sessions, the original configuration, the owner's wish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, override

from mashumaro import DataClassDictMixin

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
from homeassistant.util.json import SerializationError

from .const import DOMAIN
from .wallbox.charging import Wish
from .wallbox.clock import Clock
from .wallbox.gaps import Gap, Unattended
from .wallbox.meter import Register
from .wallbox.sessions import Ledger
from .wallbox.state import Identification

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 60
"""Seconds until what is not urgent reaches the disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory(DataClassDictMixin):
    """What is remembered of one charger."""

    ledger: Ledger = field(default_factory=Ledger)
    wish: Wish = field(default_factory=Wish)
    identification: Identification = field(default_factory=Identification)
    register: Register = field(default_factory=Register)
    clock: Clock = field(default_factory=Clock)
    gap: Gap | None = None
    """The time without the charger that began when this was remembered, or before."""
    unattended: Unattended | None = None
    unattended_energy: float = 0.0
    fix_enabled: bool = True
    """False once the owner has asked for the original configuration back."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The configuration found before our first write, by key."""


class NotOnDiskError(Exception):
    """The memory could not be written."""


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


class ChargerStore:
    """The memory of one charger on disk."""

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._store = _Store(
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.{subentry_id}",
            private=True,
            atomic_writes=True,
        )
        self._due = False

    async def async_load(self) -> Memory:
        """Read the memory; a charger that is new has an empty one."""
        stored = await self._store.async_load()
        return Memory() if stored is None else Memory.from_dict(stored)

    async def async_save(self, memory: Memory) -> None:
        """Write now, and return when it is on disk.

        Raises:
            NotOnDiskError: It could not be written.
        """
        self._due = False
        await self._store.async_save(memory.to_dict())
        if self._store.failed:
            raise NotOnDiskError

    def async_save_soon(self, recall: Callable[[], Memory]) -> None:
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
