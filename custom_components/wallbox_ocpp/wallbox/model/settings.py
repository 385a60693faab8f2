"""The configuration of a charger, its original values, and how far it is protected."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from ...csms.requests import ConfigurationKey, whole_number
from .drift import Drift
from .electricity import LOWEST_CURRENT
from .offline_fix import AUTH_ENABLED, Protection, same
from .stored import NOT_STORED

CEILING: Final = "chargingALimitConn1"
LEVELS: Final = "ChargeProfileMaxStackLevel"
MOST_PROFILES: Final = "MaxChargingProfilesInstalled"
FREE_ID_TAG: Final = "AuthDisabledIdTag"
"""The key of the idTag that a charger sends in free mode (docs/chargers.md §1.1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """The limits of a charger for currents and charging profiles."""

    ceiling: int | None = None
    """The amps that were set at its installation or in the app; None if unknown."""
    highest_level: int = 0
    """The highest stack level of charging profiles."""
    two_profiles: bool = True
    """It can hold a TxProfile beside the TxDefaultProfile. Firmware 5.x holds one profile, and
    applies the default one within a transaction, too (docs/chargers.md §2)."""

    @classmethod
    def read(cls, configuration: Mapping[str, ConfigurationKey]) -> Self:
        """Read them; a ceiling that was never set is 0 (docs/chargers.md §1.3)."""
        ceiling = whole_number(configuration, CEILING)
        return cls(
            ceiling=ceiling if ceiling and ceiling >= LOWEST_CURRENT else None,
            highest_level=whole_number(configuration, LEVELS) or 0,
            two_profiles=whole_number(configuration, MOST_PROFILES) != 1,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit that was replaced by another one, and its original configuration."""

    serial_number: str = field(repr=False)
    originals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The configuration of a charger, as far as it was read, and the state of the offline fix."""

    configuration: Mapping[str, ConfigurationKey] = field(
        default_factory=dict, metadata=NOT_STORED
    )
    """As last read in this run of Home Assistant, by key. It may hold passwords."""
    capabilities: Capabilities | None = None
    """None until the configuration has been read."""
    protection: Protection = field(default_factory=Protection)
    """The result of the last comparison with the desired configuration."""
    drift: Drift = field(default_factory=Drift, metadata=NOT_STORED)
    fix_enabled: bool = True
    """False once the owner has restored the original configuration."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The values before our first write, by key."""
    originals_of: str | None = field(default=None, repr=False)
    """The serial number of the unit that had them, as far as it is known."""
    other_units: tuple[Unit, ...] = ()
    """Units that have been replaced; any of them may come back."""
    not_restored: tuple[str, ...] = ()
    """What was not accepted when the original configuration was restored."""
    free_id_tag: str | None = field(default=None, repr=False)
    """The idTag that the charger sends in free mode; None if unknown."""
    cloud_controls: bool = field(default=False, metadata=NOT_STORED)
    """Home Assistant's Wallbox (cloud) integration has enabled controls for the charger, too."""

    @property
    def needs_authorisation(self) -> bool | None:
        """The charger's ``AuthEnabled`` as last read; None if unknown."""
        if (key := self.configuration.get(AUTH_ENABLED)) is None:
            return None
        return same(key.value, "true")

    def read(self, configuration: Mapping[str, ConfigurationKey]) -> Self:
        """Return them with the whole configuration as read."""
        known = Capabilities.read(configuration) if configuration else self.capabilities
        own = configuration.get(FREE_ID_TAG)
        return replace(
            self,
            configuration=configuration,
            capabilities=known,
            free_id_tag=(own.value or None) if own else self.free_id_tag,
        )

    def partly_read(self, found: Mapping[str, ConfigurationKey]) -> Self:
        """Return them with some configuration keys as read."""
        return self.read({**self.configuration, **found})

    def judged(self, protection: Protection) -> Self:
        """Return them with the result of a comparison."""
        return replace(self, protection=protection)

    def found_in(self, serial_number: str | None, found: Mapping[str, str]) -> Self:
        """Return them with original values of the connected unit, where none were known."""
        known = self.originals_of or serial_number
        return replace(self, originals={**found, **self.originals}, originals_of=known)

    def of_unit(self, serial_number: str | None) -> Self:
        """Return them for a unit, with the original configuration of that unit."""
        known = self.originals_of
        if serial_number is None or known == serial_number:
            return self
        if known is None:
            # They are of this unit, whose serial number was not known then.
            return replace(self, originals_of=serial_number)
        units = {unit.serial_number: unit for unit in self.other_units}
        left = Unit(serial_number=known, originals=self.originals)
        here = units.pop(serial_number, Unit(serial_number=serial_number))
        return replace(
            self,
            originals=here.originals,
            originals_of=serial_number,
            other_units=(*units.values(), left),
            not_restored=(),
        )
