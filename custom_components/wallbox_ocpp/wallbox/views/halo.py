"""The halo LED, derived from the state, because OCPP cannot read it (docs/chargers.md §6)."""

from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Halo:
    """The colour and pattern of the halo, in the words of Wallbox's own table."""

    meaning: HaloMeaning
    colour: str
    pattern: str


_READY: Final = Halo(meaning=HaloMeaning.READY, colour="green", pattern="steady")
_LOCKED: Final = Halo(meaning=HaloMeaning.LOCKED, colour="yellow", pattern="steady")
_CONNECTED: Final = Halo(
    meaning=HaloMeaning.CONNECTED, colour="turquoise", pattern="steady"
)
_CHARGING: Final = Halo(meaning=HaloMeaning.CHARGING, colour="blue", pattern="pulsing")
_ERROR: Final = Halo(meaning=HaloMeaning.ERROR, colour="red", pattern="steady")

_WHATEVER_THE_LOCK: Final = {
    ChargePointStatus.suspended_ev: _CONNECTED,
    ChargePointStatus.suspended_evse: _CONNECTED,
    ChargePointStatus.finishing: _CONNECTED,
    ChargePointStatus.charging: _CHARGING,
    ChargePointStatus.faulted: _ERROR,
    # Reported once, in 2022 (docs/chargers.md §3.2).
    ChargePointStatus.unavailable: _READY,
}
_LOCKED_BY_DEFAULT: Final = {
    ChargePointStatus.available: _LOCKED,
    ChargePointStatus.preparing: _LOCKED,
}
_FREE: Final = {
    ChargePointStatus.available: _READY,
    ChargePointStatus.preparing: _CONNECTED,
}


def halo(
    status: ChargePointStatus | None,
    *,
    needs_authorisation: bool | None,
    paused: bool = False,
) -> Halo | None:
    """Return the halo; None if it is unknown.

    Args:
        status: The status of the connector.
        needs_authorisation: The charger's ``AuthEnabled``; None if it has not been read.
        paused: Charging is paused, and nothing flows.
    """
    if status is None:
        return None
    if paused and status is ChargePointStatus.charging:
        return _CONNECTED
    if known := _WHATEVER_THE_LOCK.get(status):
        return known
    if needs_authorisation is None:
        return None
    return (_LOCKED_BY_DEFAULT if needs_authorisation else _FREE).get(status)
