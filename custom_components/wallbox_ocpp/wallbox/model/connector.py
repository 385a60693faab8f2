"""What a charger says of its connector, and so of the car."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ocpp.v16.enums import ChargePointStatus

PLUGGED_IN: Final = frozenset(
    {
        ChargePointStatus.preparing,
        ChargePointStatus.charging,
        ChargePointStatus.suspended_ev,
        ChargePointStatus.suspended_evse,
        ChargePointStatus.finishing,
    }
)

SUSPENDED: Final = frozenset(
    {ChargePointStatus.suspended_ev, ChargePointStatus.suspended_evse}
)
"""A car is there and draws nothing."""

WITHIN_TRANSACTION: Final = SUSPENDED | {ChargePointStatus.charging}


@dataclass(frozen=True, kw_only=True, slots=True)
class Connector:
    """The connector, as its status tells."""

    status: ChargePointStatus | None = None
    """None while the charger is away, or has not said."""
    since: datetime | None = None
    """Since when, by the charger's clock."""
    plugged_in_at: datetime | None = None
    """When the car came that waits for its transaction, if that was seen."""

    @property
    def plugged_in(self) -> bool | None:
        """Whether a vehicle is connected; None where the status does not tell."""
        if self.status in PLUGGED_IN:
            return True
        return False if self.status is ChargePointStatus.available else None
