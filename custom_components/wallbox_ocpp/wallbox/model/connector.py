"""What a charger says of its connector, and so of the car, and what is wrong with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

CHARGE_POINT: Final = 0
"""The number under which a charger speaks of itself as a whole (OCPP 1.6 §4.9)."""

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
    error: ChargePointErrorCode | None = None
    """What is wrong with the connector; a charger may go on charging with it."""
    charge_point_status: ChargePointStatus | None = None
    charge_point_error: ChargePointErrorCode | None = None
    """Of the charger as a whole."""

    @property
    def plugged_in(self) -> bool | None:
        """Whether a vehicle is connected; None where the status does not tell."""
        if self.status in PLUGGED_IN:
            return True
        return False if self.status is ChargePointStatus.available else None

    @property
    def error_shown(self) -> ChargePointErrorCode | None:
        """What is wrong, with the connector or with the charger as a whole."""
        return self.error or self.charge_point_error

    def reported(
        self,
        connector_id: int,
        status: ChargePointStatus | None,
        error: ChargePointErrorCode | None,
    ) -> Self:
        """Return it with what a status says of errors, and of the charger as a whole."""
        if error is ChargePointErrorCode.no_error:
            error = None
        if connector_id == CHARGE_POINT:
            return replace(self, charge_point_status=status, charge_point_error=error)
        return replace(self, error=error)
