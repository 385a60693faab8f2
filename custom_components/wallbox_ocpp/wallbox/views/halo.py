"""The halo LED, worked out from the state: OCPP cannot read it (docs/chargers.md §6)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocpp.v16.enums import ChargePointStatus


class HaloMeaning(StrEnum):
    """What the ring tells the person in front of it."""

    READY = "ready"
    LOCKED = "locked"
    CONNECTED = "connected"
    CHARGING = "charging"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Halo:
    """Colour and pattern of the ring, in the words of Wallbox's own table."""

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
    # Seen by one owner in 2022 (docs/chargers.md §3.2), and by nobody since.
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
    """Work out the ring; None where the facts do not say.

    Args:
        status: Of the connector.
        needs_authorisation: The charger's ``AuthEnabled``; None if it has not been read.
        paused: It was asked to pause, and nothing flows.
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
