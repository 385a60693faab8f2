"""Chargers that say less, for tests in which many hours pass: nothing takes longer than readings."""

from dataclasses import replace
from typing import Final

from simulator.virtual_wallbox import Personality

_INTERVAL: Final = "MeterValueSampleInterval"
_MEASURANDS: Final = "MeterValuesSampledData"
ENERGY: Final = "Energy.Active.Import.Register"
POWER: Final = "Power.Active.Import"


def taciturn(traits: Personality, interval: int = 60) -> Personality:
    """Return the same charger, but that it sends readings so rarely, in seconds, whatever it is asked."""
    return replace(
        traits,
        key_values={**traits.key_values, _INTERVAL: str(interval)},
        rejected_keys=traits.rejected_keys | {_INTERVAL},
    )


def telling(traits: Personality, *measurands: str) -> Personality:
    """Return the same charger, but that its readings have no other measurands."""
    return replace(
        traits,
        key_values={**traits.key_values, _MEASURANDS: ",".join(measurands)},
        hidden_keys=traits.hidden_keys | {_MEASURANDS},
    )
