"""What a charger can hold and allow, as its configuration tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from mashumaro import DataClassDictMixin

from ...csms.requests import ConfigurationKey, whole_number
from .charging_profiles import LOWEST_CURRENT

CEILING: Final = "chargingALimitConn1"
LEVELS: Final = "ChargeProfileMaxStackLevel"
PROFILES: Final = "MaxChargingProfilesInstalled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities(DataClassDictMixin):
    """What a charger can hold and allow."""

    ceiling: int | None = None
    """The amps it was set to in its installation, or in the app; None where it does not tell."""
    highest_level: int = 0
    """Of the stack levels of charging profiles."""
    two_profiles: bool = True
    """There is room for a profile of the transaction beside the default one. 5.x has room for
    one, and follows the default one within a transaction too (docs/chargers.md §2)."""

    @classmethod
    def read(cls, configuration: Mapping[str, ConfigurationKey]) -> Self:
        """Read them; chargers whose ceiling was never set say 0 (docs/chargers.md §1.3)."""
        ceiling = whole_number(configuration, CEILING)
        return cls(
            ceiling=ceiling if ceiling and ceiling >= LOWEST_CURRENT else None,
            highest_level=whole_number(configuration, LEVELS) or 0,
            two_profiles=whole_number(configuration, PROFILES) != 1,
        )
