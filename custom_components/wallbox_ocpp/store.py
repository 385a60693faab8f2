"""What must outlive a restart: sessions, the original configuration, the owner's wish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mashumaro import DataClassDictMixin

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .wallbox.charger import Identification
from .wallbox.charging import Wish
from .wallbox.sessions import Ledger

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 60
"""Seconds until what is not urgent reaches the disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory(DataClassDictMixin):
    """What is remembered of one charger. ``register`` is the lifetime meter in Wh."""

    ledger: Ledger = field(default_factory=Ledger)
    wish: Wish = field(default_factory=Wish)
    identification: Identification = field(default_factory=Identification)
    register: float | None = None
    fix_enabled: bool = True
    """False once the owner has asked for the original configuration back."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The configuration found before our first write, by key."""


class ChargerStore:
    """The memory of one charger on disk."""

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._store: Store[dict[str, Any]] = Store(
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
        """Write now, and return when it is on disk."""
        self._due = False
        await self._store.async_save(memory.to_dict())

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
        """Forget the charger."""
        await self._store.async_remove()
