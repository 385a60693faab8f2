"""The halo LED, derived from the state, because OCPP cannot read it (docs/chargers.md §6)."""

from enum import StrEnum
from typing import Final

from ocpp.v16.enums import ChargePointStatus


class HaloMeaning(StrEnum):
    """The meaning of the halo."""

    READY = "ready"
    LOCKED = "locked"
    CONNECTED = "connected"
    CHARGING = "charging"
    ERROR = "error"


LOOKS: Final = {
    HaloMeaning.READY: ("green", "steady"),
    HaloMeaning.LOCKED: ("yellow", "steady"),
    HaloMeaning.CONNECTED: ("turquoise", "steady"),
    HaloMeaning.CHARGING: ("blue", "pulsing"),
    HaloMeaning.ERROR: ("red", "steady"),
}
"""The colour and pattern of the halo, in the words of Wallbox's own table."""

_WHATEVER_THE_LOCK: Final = {
    ChargePointStatus.suspended_ev: HaloMeaning.CONNECTED,
    ChargePointStatus.suspended_evse: HaloMeaning.CONNECTED,
    ChargePointStatus.finishing: HaloMeaning.CONNECTED,
    ChargePointStatus.charging: HaloMeaning.CHARGING,
    ChargePointStatus.faulted: HaloMeaning.ERROR,
    # Reported once, in 2022 (docs/chargers.md §3.2).
    ChargePointStatus.unavailable: HaloMeaning.READY,
}
_LOCKED_BY_DEFAULT: Final = {
    ChargePointStatus.available: HaloMeaning.LOCKED,
    ChargePointStatus.preparing: HaloMeaning.LOCKED,
}
_FREE: Final = {
    ChargePointStatus.available: HaloMeaning.READY,
    ChargePointStatus.preparing: HaloMeaning.CONNECTED,
}


def halo(
    status: ChargePointStatus | None,
    *,
    needs_authorisation: bool | None,
    paused: bool = False,
) -> HaloMeaning | None:
    """Return the meaning of the halo; None if it is unknown.

    Args:
        needs_authorisation: The charger's ``AuthEnabled``; None if it has not been read.
        paused: Charging is paused, and nothing flows.
    """
    if status is None:
        return None
    if paused and status is ChargePointStatus.charging:
        return HaloMeaning.CONNECTED
    if known := _WHATEVER_THE_LOCK.get(status):
        return known
    if needs_authorisation is None:
        return None
    return (_LOCKED_BY_DEFAULT if needs_authorisation else _FREE).get(status)
