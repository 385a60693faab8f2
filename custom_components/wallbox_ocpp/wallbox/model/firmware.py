"""Facts that follow from the vendor, model code and firmware version of a charger."""

from functools import lru_cache
from typing import Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy

from .electricity import MOST_PHASES

MINIMUM_FOR_OFFLINE_FIX: Final = "5.15.7"
"""The minimum that the article names, very likely the first version with the authorisation keys
(docs/chargers.md §1.4)."""

RATED_CURRENT: Final = 32
"""Amps of a Wallbox with a European plug."""

RATED_CURRENT_US: Final = 48
"""Amps of the strongest Wallbox with an American plug. There are 40 A ones, too, and their model
codes are not known for sure; a charger lowers a limit to what it can deliver."""


_MOST_VOLTAGE: Final = 253.0
"""V of a phase: 230 V + 10 % (EN 50160)."""


@lru_cache
def supports_offline_fix(firmware: str | None) -> bool | None:
    """Return whether a firmware has the keys of the offline fix; None if the version is unreadable."""
    version = AwesomeVersion(firmware or "")
    if version.strategy is AwesomeVersionStrategy.UNKNOWN:
        return None
    return version >= MINIMUM_FOR_OFFLINE_FIX


def family(model: str | None) -> str | None:
    """Return the name on the box for a model code: ``PLP1-0-2-4`` (docs/chargers.md §3.1)."""
    return _FAMILIES.get(model[:4]) if model else None


def rated_current(model: str | None) -> int:
    """Return the highest rated current, in amps, that a charger of this model may have.

    ``PUP1-U-1-6`` is the one American code on record (docs/chargers.md §3.1).
    """
    family_code, variant, *_ = *(model or "").split("-"), ""
    american = family_code.startswith("PUP") or variant == "U"
    return RATED_CURRENT_US if american else RATED_CURRENT


@lru_cache
def most_power(model: str | None) -> float:
    """Return the most power, in W, that a charger of this model can deliver on three phases."""
    return rated_current(model) * _MOST_VOLTAGE * MOST_PHASES


def has_socket(model: str | None) -> bool:
    """Return whether a charger of this model has a socket, to which a cable is locked.

    Both codes of the Copper SB, which has a socket, have an S or a W in second place. Units with
    a fixed cable answer UnlockConnector with NotSupported (docs/chargers.md §3.1, §3.6).
    """
    _, variant, *_ = *(model or "").split("-"), ""
    return variant in ("S", "W")


_FAMILIES: Final = {
    "CMX2": "Commander 2",
    "CPB1": "Copper SB",
    "PLP1": "Pulsar Plus",
    "PLP2": "Pulsar Max",
    "PPR1": "Pulsar Pro",
    "PUP1": "Pulsar Plus",
    "PUP2": "Pulsar Plus",
}
