"""How the fail-safe stands, as people see it."""

from enum import StrEnum

from ..state import ChargerState


class Standing(StrEnum):
    """Whether the fail-safe will come into force without Home Assistant, or is in force."""

    IN_FORCE = "in_force"
    """The charger allows what it says, until Home Assistant has allowed more."""
    KEPT = "kept"
    """With this firmware, the charger was seen to limit or to pause a car by itself."""
    NOT_KEPT = "not_kept"
    UNTRIED = "untried"
    """It is tried once a car has charged for a minute."""


def standing(state: ChargerState) -> Standing | None:
    """Return how the fail-safe stands; None if it changes nothing for a car that is charging."""
    if state.charging.limit.by_failsafe:
        return Standing.IN_FORCE
    if state.charging.failsafe.later is None:
        return None
    if (proof := state.lease_proof) is None:
        return Standing.UNTRIED
    return Standing.KEPT if proof.kept else Standing.NOT_KEPT
