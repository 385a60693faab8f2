"""The LED ring: colour and pattern (docs/chargers.md §6)."""

from enum import StrEnum
from typing import NamedTuple

from .status import Status


class Colour(StrEnum):
    """Colours of the published table."""

    DARK = "dark"
    GREEN = "green"
    TURQUOISE = "turquoise"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class Pattern(StrEnum):
    """How the ring moves."""

    STEADY = "steady"
    ROTATING = "rotating"
    PULSING = "pulsing"


class Halo(NamedTuple):
    """What the ring shows."""

    colour: Colour
    pattern: Pattern = Pattern.STEADY


DARK = Halo(Colour.DARK)
STARTING = Halo(Colour.GREEN, Pattern.ROTATING)
CHARGING = Halo(Colour.BLUE, Pattern.PULSING)
WAITING = Halo(Colour.TURQUOISE)
READY = Halo(Colour.GREEN)
LOCKED = Halo(Colour.YELLOW)
ERROR = Halo(Colour.RED)

_FREE: dict[Status, Halo] = {
    Status.AVAILABLE: READY,
    Status.PREPARING: WAITING,
    Status.CHARGING: CHARGING,
    Status.SUSPENDED_EV: WAITING,
    Status.SUSPENDED_EVSE: WAITING,
    Status.FINISHING: WAITING,
    # No published colour: a reserved charger is not free for everybody.
    Status.RESERVED: LOCKED,
    # A report of 2022 only: docs/chargers.md §3.2.
    Status.UNAVAILABLE: READY,
    Status.FAULTED: ERROR,
}
_AUTHORISATION_NEEDED = _FREE | {Status.AVAILABLE: LOCKED, Status.PREPARING: LOCKED}


def halo(
    status: Status, *, powered: bool, starting: bool, free: bool, brightness: int
) -> Halo:
    """Return what the ring shows.

    Args:
        status: The connector's status.
        powered: The charger has power.
        starting: It is booting.
        free: Sessions need no authorisation.
        brightness: The key `LightIntensity`, percent.
    """
    if not powered or brightness == 0:
        return DARK
    if starting:
        return STARTING
    return (_FREE if free else _AUTHORISATION_NEEDED)[status]
