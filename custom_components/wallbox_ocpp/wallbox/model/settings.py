"""A charger's settings: what it has, what it had, and how far it is protected by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from mashumaro import DataClassDictMixin

from ...csms.requests import ConfigurationKey
from .capabilities import Capabilities
from .drift import Drift
from .offline_fix import AUTH_ENABLED, Protection, same
from .stored import NOT_STORED

FREE_ID_TAG: Final = "AuthDisabledIdTag"
"""The key for what a charger says where it asks nobody for a card (docs/chargers.md §1.1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit(DataClassDictMixin):
    """The original configuration of a charger that another one has taken the place of."""

    serial_number: str = field(repr=False)
    originals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings(DataClassDictMixin):
    """The configuration of a charger, as far as it was read, and the offline fix in it."""

    configuration: Mapping[str, ConfigurationKey] = field(
        default_factory=dict, metadata=NOT_STORED
    )
    """As last read in this run of Home Assistant, by key. It may hold passwords."""
    capabilities: Capabilities | None = None
    """What the charger can hold and allow; None until it has told."""
    protection: Protection = field(default_factory=Protection)
    """What the last comparison with the desired configuration came to."""
    drift: Drift = field(default_factory=Drift, metadata=NOT_STORED)
    fix_enabled: bool = True
    """False once the owner has asked for the original configuration back."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The configuration found before our first write, by key."""
    originals_of: str | None = field(default=None, repr=False)
    """The serial number of the unit that they were found in, as far as it is known."""
    other_units: tuple[Unit, ...] = ()
    """Those that have been replaced, as any of them may come back."""
    not_restored: tuple[str, ...] = ()
    """What was not taken back when the original configuration was put back."""
    free_id_tag: str | None = field(default=None, repr=False)
    """What the charger says instead of a card where it asks for none; None if it does not tell."""
    cloud_controls: bool = field(default=False, metadata=NOT_STORED)
    """Home Assistant's own Wallbox integration has controls for the charger, too."""

    @property
    def needs_authorisation(self) -> bool | None:
        """The charger's ``AuthEnabled`` as last read; None if it never was."""
        if (key := self.configuration.get(AUTH_ENABLED)) is None:
            return None
        return same(key.value, "true")

    def read(self, configuration: Mapping[str, ConfigurationKey]) -> Self:
        """Take over the whole configuration of the charger."""
        known = Capabilities.read(configuration) if configuration else self.capabilities
        told = configuration.get(FREE_ID_TAG)
        return replace(
            self,
            configuration=configuration,
            capabilities=known,
            free_id_tag=(told.value or None) if told else self.free_id_tag,
        )

    def partly_read(self, found: Mapping[str, ConfigurationKey]) -> Self:
        """Take over some settings of the charger."""
        return self.read({**self.configuration, **found})

    def judged(self, protection: Protection) -> Self:
        """Take over how far the charger is protected."""
        return replace(self, protection=protection)

    def found_in(self, serial_number: str | None, found: Mapping[str, str]) -> Self:
        """Keep what was found before our first write in the unit that is there."""
        known = self.originals_of or serial_number
        return replace(self, originals={**found, **self.originals}, originals_of=known)

    def of_unit(self, serial_number: str | None) -> Self:
        """Return those of a unit, whose original configuration is its own."""
        known = self.originals_of
        if serial_number is None or known == serial_number:
            return self
        if known is None:
            # They were found in this one, before it had told its serial number.
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

    def drifted(self, drift: Drift) -> Self:
        """Take over who has undone the offline fix, and when."""
        return replace(self, drift=drift)
