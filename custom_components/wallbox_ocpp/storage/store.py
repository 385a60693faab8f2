"""The stored state of a charger: sessions, the original configuration, the owner's wish."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

from mashumaro import DataClassDictMixin
from mashumaro.codecs.basic import BasicDecoder

from homeassistant.core import HomeAssistant

from ..wallbox.model.access import Access
from ..wallbox.model.charging import Charging
from ..wallbox.model.held_profiles import HeldProfiles
from ..wallbox.model.identity import Identity
from ..wallbox.model.link import Link
from ..wallbox.model.metering import Metering
from ..wallbox.model.offline_test import OfflineTest
from ..wallbox.model.policy import Policy
from ..wallbox.model.sessions import Ledger
from ..wallbox.model.settings import Settings
from ..wallbox.model.solar_charging import SolarCharging
from ..wallbox.state import ChargerState
from .file import ChargerFile, Exact, NotOnDiskError, readable

STORAGE_VERSION: Final = 2
SAVE_DELAY: Final = 60
"""Seconds until changes that are not urgent are saved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """What its owner calls a charger. The settings say it too, unless they have been deleted."""

    identity: str | None = field(default=None, repr=False)
    title: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredState(DataClassDictMixin):
    """The stored part of a charger's state: slices, without the fields that are `NOT_STORED`."""

    name: Name = field(default_factory=Name)
    identity: Identity = field(default_factory=Identity)
    link: Link = field(default_factory=Link)
    settings: Settings = field(default_factory=Settings)
    charging: Charging = field(default_factory=Charging)
    solar: SolarCharging = field(default_factory=SolarCharging)
    policy: Policy = field(default_factory=Policy)
    access: Access = field(default_factory=Access)
    metering: Metering = field(default_factory=Metering)
    ledger: Ledger = field(default_factory=Ledger)
    offline_test: OfflineTest = field(default_factory=OfflineTest)

    @classmethod
    def of(cls, state: ChargerState) -> Self:
        """Return the stored part of a state, without a name."""
        return cls(**{name: getattr(state, name) for name in _SLICES})

    def state(self) -> ChargerState:
        """Return a state with this stored part."""
        held = HeldProfiles(dialect=self.charging.dialect)
        settings = self.settings
        if settings.originals and settings.originals_of is None:
            # Version 0.1.0 did not store the unit.
            settings = settings.of_unit(self.identity.serial_number)
        test, wish = self.offline_test.interrupted(self.charging.wish)
        stored = {name: getattr(self, name) for name in _SLICES}
        return replace(
            ChargerState(**stored),
            settings=settings,
            charging=replace(self.charging, held=held, wish=wish),
            offline_test=test,
        )


_SLICES: Final = {part.name for part in fields(StoredState)} - {"name"}

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
"""The present place of each field of version 0.1.0: the slice, and the field in it; None if the
field has become a slice."""


def _in_slices(fields_of_0_1_0: Any) -> dict[str, Any]:
    """Return data of version 0.1.0 in the present format.

    Raises:
        TypeError: They are no such data.
    """
    if not isinstance(fields_of_0_1_0, dict):
        raise TypeError
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


class ChargerStore:
    """The stored state of one charger on disk."""

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._file = ChargerFile(
            hass,
            subentry_id,
            version=STORAGE_VERSION,
            migrate=_in_slices,
        )
        self._due = False

    async def async_load(self) -> StoredState:
        """Read it as far as possible; that of a new charger is empty."""
        try:
            return await self._file.async_read(_parse)
        except NotOnDiskError:
            await self._file.async_set_aside()
            return StoredState()

    async def async_save(self, stored: StoredState) -> None:
        """Write now, and return when it is on disk.

        Raises:
            NotOnDiskError: It could not be written.
        """
        self._due = False
        await self._file.async_write(stored.to_dict())

    def async_save_soon(self, recall: Callable[[], StoredState]) -> None:
        """Write within `SAVE_DELAY`, or when Home Assistant stops."""
        # Each call of async_delay_save would postpone the write.
        if self._due:
            return
        self._due = True

        def data() -> dict[str, Any]:
            self._due = False
            return recall().to_dict()

        self._file.async_delay_save(data, SAVE_DELAY)

    async def async_remove(self) -> None:
        """Delete the file, after writes in progress."""
        await self._file.async_forget()


_DECODE: Final = BasicDecoder(StoredState, default_dialect=Exact).decode


def _parse(data: Any) -> tuple[StoredState, Any]:
    """Return the stored state, and the part of the data that was readable."""
    slices = data.items() if isinstance(data, dict) else ()
    part = {name: _readable_fields(name, value) for name, value in slices}
    part = {
        name: value for name, value in part.items() if readable(_DECODE, {name: value})
    }
    return _DECODE(part), part


def _readable_fields(name: str, value: Any) -> Any:
    """Return a slice without unreadable fields."""
    if readable(_DECODE, {name: value}) or not isinstance(value, dict):
        return value
    if name == "ledger" and isinstance(rows := value.get("sessions"), list):
        value = value | {"sessions": _readable_sessions(rows)}
    return {
        field: item
        for field, item in value.items()
        if readable(_DECODE, {name: {field: item}})
    }


def _readable_sessions(rows: list[Any]) -> list[Any]:
    """Return the sessions that are readable, and an open one without its unreadable fields."""
    return [
        part
        for row in rows
        if _is_session(part := _readable_part(row) if _is_open(row) else row)
    ]


def _is_open(row: Any) -> bool:
    return isinstance(row, dict) and row.get("ended") is None


def _readable_part(row: dict[str, Any]) -> dict[str, Any]:
    return {
        field: item
        for field, item in row.items()
        if _is_session({"transaction_id": 1, field: item})
    }


def _is_session(row: Any) -> bool:
    return readable(_DECODE, {"ledger": {"sessions": [row]}}) is not None
