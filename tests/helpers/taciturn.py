"""Chargers that say less, for tests in which many hours pass: nothing takes longer than readings."""

from dataclasses import replace
from typing import Final

from simulator.virtual_wallbox import Personality

_INTERVAL: Final = "MeterValueSampleInterval"


def taciturn(traits: Personality, interval: int = 60) -> Personality:
    """Return the same charger, but that it sends readings so rarely, in seconds, whatever it is asked."""
    return replace(
        traits,
        key_values={**traits.key_values, _INTERVAL: str(interval)},
        rejected_keys=traits.rejected_keys | {_INTERVAL},
    )
