"""The capabilities of a charger, read from its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from ...csms.requests import ConfigurationKey, whole_number
from .electricity import LOWEST_CURRENT

CEILING: Final = "chargingALimitConn1"
LEVELS: Final = "ChargeProfileMaxStackLevel"
PROFILES: Final = "MaxChargingProfilesInstalled"


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
            two_profiles=whole_number(configuration, PROFILES) != 1,
        )
